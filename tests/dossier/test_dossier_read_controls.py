"""Each mapping that travels with Tocsin is read whole; all mistakes in another are told at once."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tocsin.cli.commands import parser
from tocsin.dossier.read_controls import STEP_KINDS, Catalogue, read_controls
from tocsin.playbook import steps

FOLDER = Path(__file__).parents[2] / "controls"
SHIPPED = [(f"controls/{one.name}", one.read_text()) for one in sorted(FOLDER.glob("*.toml"))]
OWN = """\
framework = "nist-ai-rmf"

[[control]]
id = "GOVERN 1.2"
says = "See ours."
evidence = ["our-policy"]

[[control]]
id = "OURS 1"
says = "The board is told each quarter."
evidence = ["review"]
"""
OWN_PIECE = """\
[our-policy]
says = "The policy was noted."
facts = ["noted"]
next = "tocsin incident note"
"""


def shipped() -> Catalogue:
    catalogue, told = read_controls(SHIPPED)
    assert catalogue is not None, told
    return catalogue


def test_what_travels_with_tocsin_is_read_without_a_mistake() -> None:
    catalogue = shipped()
    ids = {one.id for one in catalogue.frameworks}
    assert ids == {
        "nist-ai-rmf", "nist-ai-600-1", "nist-sp-800-61r3", "iso-42001", "eu-ai-act", "sr-11-7",
        "sr-26-2", "fda",
    }  # fmt: skip
    named = {id for one in catalogue.frameworks for c in one.controls for id in c.evidence}
    assert named == set(catalogue.pieces), "pieces that nothing names, or names without a piece"


def test_on_each_day_one_letter_on_model_risk_stands() -> None:
    frameworks = [one for one in shipped().frameworks if one.id.startswith("sr-")]
    old, new = sorted(frameworks, key=lambda one: one.id)
    assert old.until == new.from_


def test_each_next_step_that_is_a_command_exists() -> None:
    known = {word for action in parser()._actions for word in (action.choices or ())}
    for piece in shipped().pieces.values():
        for part in piece.next.split("tocsin ")[1:]:
            assert part.split()[0].rstrip(",;") in known, piece.next


def test_the_kinds_of_step_are_those_of_the_language() -> None:
    assert {one.capitalize() for one in STEP_KINDS} <= set(dir(steps))


def test_own_files_add_controls_and_evidence_and_change_no_word() -> None:
    files = [*SHIPPED, ("own/mine.toml", OWN), ("own/evidence.toml", OWN_PIECE)]
    catalogue, told = read_controls(files)
    assert catalogue is not None, told
    (rmf,) = [one for one in catalogue.frameworks if one.id == "nist-ai-rmf"]
    by_id = {one.id: one for one in rmf.controls}
    assert by_id["GOVERN 1.2"].evidence == ("our-policy",)
    assert by_id["GOVERN 1.2"].says != "See ours." and by_id["OURS 1"].evidence == ("review",)


def test_all_mistakes_are_told_with_file_and_line() -> None:
    bad = 'framework = "f"\ntitle = "F"\n[[control]]\nid = "1"\nevidence = ["stpo"]\nodd = 1\n'
    piece = '[stop]\nsays = "S"\nnext = "n"\nfacts = ["orderd"]\n[none]\nsays = "N"\nnext = "n"\n'
    catalogue, told = read_controls([("evidence.toml", piece), ("f.toml", bad)])
    assert catalogue is None
    words = [str(one) for one in told]
    for expected in (
        "evidence.toml:4", '"ordered"', "evidence.toml:5", "f.toml:5", '"stop"', "f.toml:6",
        'no "says"', 'no "version"', "compared_on",
    ):  # fmt: skip
        assert any(expected in one for one in words), (expected, words)


def test_a_control_without_evidence_says_what_else_shows_it() -> None:
    text = OWN.replace('evidence = ["our-policy"]', "")
    catalogue, told = read_controls([*SHIPPED, ("own.toml", text)])
    assert catalogue is None and "beyond" in str(told[0])


@given(text=st.text(max_size=200))
def test_any_text_is_a_catalogue_or_mistakes(text: str) -> None:
    catalogue, told = read_controls([("any.toml", text)])
    assert catalogue is not None or told
