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
    tocsin: Keyboard, incident: str, ana: tuple[str, str, str, Path], tmp_path: Path,
    keys: dict[str, Path],
) -> None:  # fmt: skip
    raised = tocsin.done(
        "analysis", "hypothesis", incident, "release 7 lost it", "--mode", "degradation"
    )
    assert raised["hypothesis"]["id"] == "H1"
    entry = ("--entry", "1", "--because", "seen")
    tocsin.done("analysis", "weigh", incident, "H1", *entry, "--supports", "--strength", "strong")
    conclude = ("analysis", "conclude", incident, "H1", "supported", "--because", "all", *ana)
    assert "counsel decides who writes it" in tocsin.refused(*conclude)
    tocsin.done("counsel", "choose-cause", incident, "ana", "--because", "no claim",
                "--as", "cleo", "--key", keys["cleo"])  # fmt: skip
    tocsin.done(*conclude)
    assert "H1 SUPPORTED" in tocsin("analysis", "show", incident).out
    tocsin.done("incident", "note", incident, "version 6 fails too")
    tocsin.done("analysis", "weigh", incident, "H1", "--entry", "7", "--contradicts",
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


def test_what_counsel_says_of_the_cause_is_read_by_counsel_alone(
    tocsin: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    cleo = ("--as", "cleo", "--key", keys["cleo"])
    tocsin.done("analysis", "hypothesis", incident, "the vendor knew", *cleo)
    shown = tocsin("analysis", "show", incident, "--json")
    assert "vendor" not in shown.out and shown.json["withheld"] == 1
    assert "1 entry of the analysis" in tocsin("analysis", "show", incident).out
    assert "all but" in tocsin("analysis", "show", "--help").out
    told = tocsin.refused("analysis", "show", incident, "--reader", "counsel", "--as", "cleo")
    assert "typed" in told
    shown = tocsin("analysis", "show", incident, "--reader", "counsel", *cleo)
    assert "the vendor knew" in shown.out
    words = ("analysis", "weigh", incident, "H1", "--entry", "1", "--supports", "--because", "x")
    assert "none yet" in tocsin.refused(*words)
    tocsin.done(*words, *cleo)
    own = tocsin.done("analysis", "hypothesis", incident, "the vendor knew")
    assert (own["hypothesis"]["id"], own["hypothesis"]["weighed"]) == ("H2", [])
