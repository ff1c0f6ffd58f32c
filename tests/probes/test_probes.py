"""A probe says shown only when every look saw it, and says how often it would be wrong."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Verdict
from tocsin.probes.agreement import Plan, missed, reading
from tocsin.probes.kinds import build
from tocsin.world import Reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


AWAY = ConnectorError("nobody there", may_have_acted=False)
START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def serving(*answers: bytes | int | ConnectorError) -> Callable[[str], tuple[int, bytes]]:
    """A far side that gives these answers in turn, and then from the beginning."""
    turns = itertools.cycle(answers)

    def fetch(url: str) -> tuple[int, bytes]:
        assert url == "https://app.example/served/a%2Fb"
        answer = next(turns)
        if isinstance(answer, ConnectorError):
            raise answer
        return (answer, b"") if isinstance(answer, int) else (200, answer)

    return fetch


def sampled(*answers: bytes | int | ConnectorError, field: str = "state") -> Reading:
    settings = {"place": "https://app.example/served/{target}", "looks": "4", "field": field}
    probe = build("http-state", settings, serving(*answers), VirtualClock(START))
    return probe.sample("a/b", "off", NOON)


ON, OFF = b'{"state": "on"}', b'{"state": "off"}'


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ((OFF,), Verdict.SHOWN),
        ((ON,), Verdict.NOT_SHOWN),
        ((ON, b'{"state": "paused"}'), Verdict.NOT_SHOWN),
        ((OFF, OFF, OFF, ON), Verdict.UNDETERMINED),
        ((OFF, OFF, OFF, AWAY), Verdict.UNDETERMINED),
        ((AWAY,), Verdict.UNDETERMINED),
        ((ON, AWAY), Verdict.UNDETERMINED),
        ((503,), Verdict.UNDETERMINED),
        ((204,), Verdict.UNDETERMINED),
        ((OFF, b"{}"), Verdict.UNDETERMINED),
        ((b"garbage",), Verdict.UNDETERMINED),
        ((b'["off"]',), Verdict.UNDETERMINED),
        ((b'{"state": 0}',), Verdict.UNDETERMINED),
        ((b'{"state": "off\\n"}',), Verdict.UNDETERMINED),
    ],
)
def test_only_what_all_looks_saw_is_shown(
    answers: tuple[bytes | int | ConnectorError, ...], verdict: Verdict
) -> None:
    assert sampled(*answers).verdict is verdict


def test_a_reading_states_its_sample_hypothesis_and_error() -> None:
    found = sampled(OFF, OFF, ON, AWAY)
    assert found.sample == 4 and found.error == "0.0625"
    assert found.hypothesis == (
        "a/b is off at app.example; fewer than 0.5 of all answers are otherwise"
    )
    assert "2 of 4 looks: off" in found.seen and "1 of 4 looks: on" in found.seen
    assert "1 of 4 looks saw nothing: nobody there" in found.seen
    assert sampled(b" off\n", field="").verdict is Verdict.SHOWN


@given(looks=st.lists(st.sampled_from(["on", "off", AWAY]), min_size=2, max_size=8))
def test_one_doubt_is_enough_never_to_say_shown(looks: list[str | ConnectorError]) -> None:
    verdict = reading(Plan(), "there", "assistant", "off", looks).verdict
    assert (verdict is Verdict.SHOWN) == all(look == "off" for look in looks)
    assert (verdict is Verdict.NOT_SHOWN) == all(look == "on" for look in looks)


@given(share=st.decimals("0.001", "1", places=3), looks=st.integers(2, 60))
def test_the_stated_error_is_never_smaller_than_the_true_one(share: Decimal, looks: int) -> None:
    true = (1 - share) ** looks
    assert true <= Decimal(missed(str(share), looks)) <= true * Decimal("1.02")


def test_looks_are_spread_over_time() -> None:
    clock = VirtualClock(START)
    settings = {"place": "https://app.example/served/{target}", "pause_seconds": "10"}
    build("http-state", settings, serving(OFF), clock).sample("a/b", "off", NOON)
    assert (clock.now() - START).total_seconds() == 40


def test_a_file_is_read_anew_at_each_look(tmp_path: Path) -> None:
    path = tmp_path / "served.json"
    path.write_text(json.dumps({"assistant": "off"}))
    clock = VirtualClock(START)
    probe = build("file-state", {"place": str(path)}, serving(), clock)
    assert probe.sample("assistant", "off", NOON).verdict is Verdict.SHOWN
    assert probe.sample("assistant", "on", NOON).verdict is Verdict.NOT_SHOWN
    assert probe.sample("search", "off", NOON).verdict is Verdict.UNDETERMINED

    class Flapping(VirtualClock):
        """Somebody changes the file while the probe pauses."""

        def sleep(self, seconds: float) -> None:
            path.write_text(json.dumps({"assistant": "on"}))

    flapping = build("file-state", {"place": str(path)}, serving(), Flapping(START))
    assert flapping.sample("assistant", "off", NOON).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize("words", [b"", b"[]", b"{", b'{"assistant": 1}', b"\xff", b"[" * 100_000])
def test_a_spoilt_file_shows_nothing(tmp_path: Path, words: bytes) -> None:
    path = tmp_path / "served.json"
    path.write_bytes(words)
    probe = build("file-state", {"place": str(path)}, serving(), VirtualClock(START))
    assert probe.sample("assistant", "off", NOON).verdict is Verdict.UNDETERMINED


def test_what_is_no_file_shows_nothing(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "giant").write_bytes(b" " * (1024 * 1024 + 1))
    for name in ("absent", "pipe", "giant", "."):
        settings = {"place": str(tmp_path / name), "looks": "2"}
        probe = build("file-state", settings, serving(), VirtualClock(START))
        assert probe.sample("assistant", "off", NOON).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("http", {}, "http-state"),
        ("http-state", {"place": "nowhere"}, "host"),
        ("http-state", {"place": "https://a.example/", "look": "3"}, "looks"),
        ("http-state", {"place": "https://a.example/", "looks": "1"}, "2 to 1000"),
        ("http-state", {"place": "https://a.example/", "share": "0"}, "share"),
        ("http-state", {"place": "https://a.example/", "share": "NaN"}, "share"),
        ("http-state", {"place": "https://a.example/", "looks": "few"}, "numbers"),
        ("file-state", {"place": "/x", "field": "state"}, "no setting 'field'"),
        ("file-state", {}, "path"),
    ],
)
def test_a_probe_that_could_not_tell_is_refused(
    kind: str, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        build(kind, settings, serving(), VirtualClock(START))
