"""The workspace of the cause at the keyboard: raise, weigh, conclude, show."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_seat import Keyboard, copied


@pytest.fixture
def tocsin(staffed_home: Path, tmp_path: Path) -> Keyboard:
    return Keyboard(copied(staffed_home, tmp_path / "home"))


@pytest.fixture
def ana(keys: dict[str, Path]) -> tuple[str, str, str, Path]:
    return "--as", "ana", "--key", keys["ana"]


@pytest.fixture
def incident(tocsin: Keyboard) -> str:
    return tocsin.opened()


def test_from_a_hypothesis_to_a_conclusion_that_is_doubted(
    tocsin: Keyboard, incident: str, ana: tuple[str, str, str, Path], tmp_path: Path
) -> None:
    raised = tocsin.done(
        "analysis", "hypothesis", incident, "release 7 lost it", "--mode", "degradation"
    )
    assert raised["hypothesis"]["id"] == "H1"
    entry = ("--entry", "1", "--because", "seen")
    tocsin.done("analysis", "weigh", incident, "H1", *entry, "--supports", "--strength", "strong")
    tocsin.done("analysis", "conclude", incident, "H1", "supported", "--because", "all", *ana)
    assert "H1 SUPPORTED" in tocsin("analysis", "show", incident).out
    tocsin.done("incident", "note", incident, "version 6 fails too")
    tocsin.done("analysis", "weigh", incident, "H1", "--entry", "5", "--contradicts",
                "--because", "v6 too")  # fmt: skip
    shown = tocsin("analysis", "show", incident)
    assert shown.status == 1
    assert "DOUBTFUL" in shown.out
    for form in ("svg", "html"):
        to = tmp_path / f"cause.{form}"
        tocsin.done("analysis", "show", incident, f"--{form}", "--to", to)
        assert "DOUBTFUL" in to.read_text()


def test_a_key_makes_a_repetition_safe(tocsin: Keyboard, incident: str) -> None:
    words = ("analysis", "hypothesis", incident, "release 7", "--client-key", "k1")
    first, again = tocsin.done(*words), tocsin.done(*words)
    assert again["repeated"]
    assert first["entries"] == again["entries"]


def test_a_person_with_a_key_signs_the_conclusion(tocsin: Keyboard, incident: str) -> None:
    tocsin.done("analysis", "hypothesis", incident, "release 7")
    ran = tocsin("analysis", "conclude", incident, "H1", "open", "--because", "x")
    assert ran.status == 2
    assert "has an enrolled key" in ran.err


def test_mistakes_say_what_would_be_right(tocsin: Keyboard, incident: str) -> None:
    assert "no hypothesis yet" in tocsin("analysis", "show", incident).out
    ran = tocsin("analysis", "hypothesis", incident, "x", "--mode", "degredation")
    assert ran.status == 2
    assert "degradation" in ran.err
    ran = tocsin("analysis", "weigh", incident, "H1", "--entry", "1", "--supports",
                     "--because", "x")  # fmt: skip
    assert ran.status == 2
    assert "none yet" in ran.err
    ran = tocsin("analysis", "show", incident, "--svg", "--width", "10")
    assert ran.status == 2
