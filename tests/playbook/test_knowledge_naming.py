"""Ids of techniques are checked against the release, and what was meant is guessed with care."""

from __future__ import annotations

import pytest
from atlas_files import LISTED
from hypothesis import given
from hypothesis import strategies as st

from tocsin.playbook.knowledge import Atlas, Named, not_in_release, read_atlas
from tocsin.playbook.knowledge.naming import present

MARKED = LISTED.replace(b"Poison the data\n", b"Poison the data\n    deprecated: true\n")


def checked(*ids: str) -> list[str]:
    atlas, _ = read_atlas(MARKED)
    assert atlas is not None
    named = [Named(technique=id, file="p.yaml", line=3, path="techniques") for id in ids]
    return [str(mistake) for mistake in not_in_release(named, atlas)]


def test_what_is_there_is_not_told() -> None:
    assert checked("AML.T0051", "AML.T0051.001") == []


def test_what_is_deprecated_is_advice() -> None:
    assert checked("AML.T0020") == [
        "p.yaml:3: advice: techniques: AML.T0020 (Poison the data) is deprecated in ATLAS 5.9.0;"
        " name what took its place"
    ]


@pytest.mark.parametrize(
    "written", ["aml.t0051", "AML.T51", "T0051", "ATLAS-T0051", "AML.T0015", "AML.T0501"]
)
def test_what_was_written_loosely_is_recognised(written: str) -> None:
    (line,) = checked(written)
    assert 'did you mean "AML.T0051" (Inject a prompt)?' in line


def test_a_case_that_was_written_loosely_is_recognised() -> None:
    (line,) = checked("t51.1")
    assert 'did you mean "AML.T0051.001" (Inject a prompt: Indirectly)?' in line


def test_what_only_begins_like_an_id_is_not_taken_for_it() -> None:
    (line,) = checked("AML.T0051-and-more")
    assert "did you mean" not in line


def test_the_name_of_a_technique_leads_to_its_id() -> None:
    (line,) = checked("inject-a-prompt")
    assert 'did you mean "AML.T0051"' in line


def test_a_case_that_is_not_there_shows_those_that_are() -> None:
    (line,) = checked("aml.t0051.007")
    assert "AML.T0051 (Inject a prompt) has AML.T0051.001" in line


def test_mistakes_come_by_line() -> None:
    atlas, _ = read_atlas(MARKED)
    assert atlas is not None
    named = [Named(technique="X", file="p.yaml", line=line, path="") for line in (9, 2)]
    assert [mistake.line for mistake in not_in_release(named, atlas)] == [2, 9]


def test_nothing_is_guessed_where_nothing_is_near() -> None:
    (line,) = checked("AML.T0999")
    assert "ATLAS 5.9.0 has no technique 'AML.T0999'; look it up there" in line


def release_with(*ids: str) -> Atlas:
    rows = ", ".join(f"{{id: {id}, name: n}}" for id in ids)
    atlas, told = read_atlas(f"version: 9\nmatrices: [{{techniques: [{rows}]}}]\n".encode())
    assert atlas is not None, told
    return atlas


@pytest.mark.parametrize(
    ("named", "there", "ids"),
    [
        ("AML.T0019", ("AML.T0115", "AML.T0115.000"), ("AML.T0115.000",)),
        ("AML.T0115.000", ("AML.T0019", "AML.T0058"), ("AML.T0019",)),
        ("AML.T0115", ("AML.T0019", "AML.T0058"), ("AML.T0019", "AML.T0058")),
        ("AML.T0019", ("AML.T0019", "AML.T0115", "AML.T0115.000"), ("AML.T0019",)),
        ("AML.T0019", ("AML.T0051",), ()),
        ("AML.T0051", ("AML.T0019",), ()),
    ],
)
def test_a_technique_is_found_under_the_id_that_a_release_has_for_it(
    named: str, there: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    atlas = release_with(*there)
    assert present(named, atlas) == ids
    told = not_in_release([Named(technique=named, file="p", line=1, path="")], atlas)
    assert [one.advice for one in told] == ([] if ids == (named,) else [bool(ids)])
    if ids and ids != (named,):
        assert told[0].remedy == f"there it is {', '.join(ids)}"


@given(st.text(max_size=40))
def test_any_word_is_told_or_known(word: str) -> None:
    assert checked(word) == [] or len(checked(word)) == 1
