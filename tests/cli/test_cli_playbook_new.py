"""`tocsin playbook new`: by flags, by questions on a terminal, with and without a home."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin.playbook import plan_of

FIRST_ALARM = Path(__file__).parents[2] / "examples" / "first-alarm"
FLAGS = ("--mode", "unfair-outcome", "--system", "hiring", "--on-call", "on-call", "--commander",
         "lead", "--switch", "kill-switch", "--fallback", "recruiters", "--rollback", "yes",
         "--outside", "applicants, authority")  # fmt: skip


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in lines)))


@pytest.fixture(autouse=True)
def _nobody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))


def test_flags_alone_give_a_plan_that_passes_the_linter(tmp_path: Path) -> None:
    tocsin, file = Keyboard(tmp_path / "none"), tmp_path / "hiring.yaml"
    told = tocsin.done("playbook", "new", *FLAGS, "--to", file)
    assert told["ok"] and told["mistakes"] == [] and told["file"] == str(file)
    plan = plan_of(file.read_bytes())
    assert (plan.id, plan.systems) == ("hiring-unfair-outcome", ("hiring",))
    assert set(plan.audiences) >= {"applicants", "authority"}
    assert tocsin.done("playbook", "lint", file, "--strict")["ok"]
    assert tocsin("playbook", "prove", file).status == 0
    out = tocsin("playbook", "new", *FLAGS).out
    assert out == file.read_text()


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine")
    said = Keyboard(tmp_path / "none").refused(
        "playbook", "new", *FLAGS, "--to", tmp_path / "mine.yaml"
    )
    assert "is there already" in said and (tmp_path / "mine.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--mode", "drift"), "say --system"),
        (("--system", "credit"), "say --mode"),
        (("--mode", "dirft", "--system", "credit"), 'did you mean "drift"?'),
        (("--mode", "drift", "--system", "two words"), "is no name"),
        (("--mode", "drift", "--system", "a", "--outside", "press, b c"), "'b c' is no name"),
        (("--mode", "vendor-compromise", "--system", "a"), "say --vendor"),
    ],
)
def test_what_is_missing_or_wrong_is_told_by_its_flag(
    tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    assert said in Keyboard(tmp_path / "none").refused("playbook", "new", *flags)


def test_on_a_terminal_it_asks_and_takes_the_default_for_an_empty_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "drift", "two words", "credit", "", "", "credit-switch", "rules", "no", "")
    ran = Keyboard(tmp_path / "none")("playbook", "new", "--to", tmp_path / "credit.yaml")
    assert ran.status == 0, ran
    assert "How does it fail?" in ran.err and "drift: the world has changed" in ran.err
    assert "'two words' is no name" in ran.err and "What serves meanwhile? [people]" in ran.err
    plan = plan_of((tmp_path / "credit.yaml").read_bytes())
    assert plan.systems == ("credit",) and plan.connectors == {"credit-switch", "mail"}
    assert plan.roles == {"on-call", "incident-commander"} and "roll-back" not in plan.steps


def test_a_terminal_that_says_nothing_is_told_which_flag_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch)
    assert "say --mode" in Keyboard(tmp_path / "none").refused("playbook", "new")


def test_a_home_offers_what_its_register_has(
    tocsin: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = (FIRST_ALARM / "register.toml").read_text()
    (tocsin.home / "register" / "register.toml").write_text(register)
    typed(monkeypatch, "degradation", "assistant", "", "", "", "", "", "")
    ran = tocsin("playbook", "new", "--to", tmp_path / "p.yaml")
    assert ran.status == 0, ran
    assert "Which system fails? (assistant, service-desk)" in ran.err
    assert "[kill-switch]" in ran.err and "[service-desk]" in ran.err
    plan = plan_of((tmp_path / "p.yaml").read_bytes())
    assert plan.connectors == {"kill-switch", "mail", "registry"}
    stop, back = plan.steps["stop"], plan.steps["roll-back"]
    assert (stop.target, stop.connector) == ("assistant.model", "kill-switch")  # type: ignore[union-attr]
    assert (back.target, back.connector) == ("intents@production", "registry")  # type: ignore[union-attr]
    assert plan.evidence == {"requests", "summaries", "model", "lineage", "configuration",
                             "retrieval", "switches"}  # fmt: skip


def test_what_the_home_lacks_is_told_and_the_plan_is_written_all_the_same(
    staffed: Keyboard, tmp_path: Path
) -> None:
    ran = staffed("playbook", "new", *FLAGS, "--to", tmp_path / "p.yaml", "--json")
    assert ran.status == 1 and not ran.json["ok"], ran
    assert any("no system hiring" in str(m["found"]) for m in ran.json["mistakes"])
    assert plan_of((tmp_path / "p.yaml").read_bytes()).id == "hiring-unfair-outcome"
