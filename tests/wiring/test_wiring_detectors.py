"""Detectors of a home: read strictly, one file a system; a log is read by them or not at all."""

from __future__ import annotations

from pathlib import Path

from tocsin.detection.declared.declaration import Drift, Rate, Silence
from tocsin.register.model import Register, System
from tocsin.wiring.detectors import logs_of, read_detectors, stamp
from tocsin.world import RealClock

EXAMPLE = Path(__file__).parents[2] / "examples" / "first-alarm" / "detectors.yaml"
REGISTER = Register(
    systems={"assistant": System(id="assistant", name="A", owner="ana", tier=1, log="log")}
)


def written(home: Path, name: str, text: str) -> Path:
    path = home / "detectors" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_the_example_is_without_mistake_and_watches_what_the_plan_names(tmp_path: Path) -> None:
    written(tmp_path, "assistant.yaml", EXAMPLE.read_text())
    declared, mistakes = read_detectors(tmp_path)
    assert mistakes == []
    rate, drift, silent = declared["assistant"].detectors
    assert isinstance(rate, Rate) and rate.id == "assistant-fallback-rate"
    assert isinstance(drift, Drift) and drift.id == "assistant-intent-drift"
    assert isinstance(silent, Silence) and silent.id == "assistant-silent"
    logs = logs_of(REGISTER, tmp_path, RealClock())
    sources, producers, mistakes = logs.sources, logs.producers, logs.mistakes
    assert (list(sources), list(producers), mistakes) == (["assistant"], ["log/assistant"], [])
    assert sources["assistant"].mapping == declared["assistant"].log
    assert not (tmp_path / "summaries").exists()  # whoever only opens a home makes nothing


def test_a_log_without_detectors_is_read_as_is_usual(tmp_path: Path) -> None:
    logs = logs_of(REGISTER, tmp_path, RealClock())
    assert list(logs.sources) == ["assistant"] and logs.mistakes == []


def test_a_log_whose_detectors_have_mistakes_is_not_read(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", EXAMPLE.read_text().replace("15%", "lots"))
    logs = logs_of(REGISTER, tmp_path, RealClock())
    sources, producers, mistakes = logs.sources, logs.producers, logs.mistakes
    assert (sources, producers) == ({}, {})
    assert [m.file for m in mistakes] == ["detectors/a.yaml"] and "'lots'" in str(mistakes[0])


def test_two_files_for_one_system_and_a_system_nobody_knows_are_mistakes(tmp_path: Path) -> None:
    one = EXAMPLE.read_text()
    written(tmp_path, "a.yaml", one)
    written(tmp_path, "b.yaml", one)
    written(tmp_path, "c.yaml", one.replace("system: assistant", "system: asistant"))
    mistakes = logs_of(REGISTER, tmp_path, RealClock()).mistakes
    line = one.splitlines().index("system: assistant") + 1
    assert [str(mistake) for mistake in mistakes] == [
        f"detectors/b.yaml:{line}: mistake: system: more detectors of assistant; "
        "put all of them into detectors/a.yaml",
        f"detectors/c.yaml:{line}: mistake: system: no system 'asistant' has a log; "
        'did you mean "assistant"?',
    ]


def test_an_unknown_system_is_told_together_with_the_other_mistakes(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("15%", "lots")
    written(tmp_path, "a.yaml", text.replace("system: assistant", "system: helpdesk"))
    mistakes = logs_of(REGISTER, tmp_path, RealClock()).mistakes
    assert {m.file for m in mistakes} == {"detectors/a.yaml"}
    said = "\n".join(map(str, mistakes))
    assert "'lots'" in said and "no system 'helpdesk' has a log; declare it with a log" in said


def test_the_first_file_without_mistakes_is_used_where_two_are_about_one_system(
    tmp_path: Path,
) -> None:
    written(tmp_path, "a.yaml", EXAMPLE.read_text().replace("15%", "lots"))
    written(tmp_path, "b.yml", EXAMPLE.read_text())
    declared, mistakes = read_detectors(tmp_path)
    assert list(declared) == ["assistant"]
    assert [m.file for m in mistakes] == ["detectors/a.yaml", "detectors/b.yml"]


def test_a_changed_file_is_another_stamp(tmp_path: Path) -> None:
    before = stamp(tmp_path)
    written(tmp_path, "a.yaml", "x")
    assert stamp(tmp_path) != before
