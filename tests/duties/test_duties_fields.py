"""Field sets: every shipped one is whole and counts as its source; mistakes come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from notice_log import form, forms
from tocsin.duties.fields import FieldSet, Needed, Source
from tocsin.duties.law import Grade
from tocsin.duties.read_fields import read_fields

LAW = Path(__file__).parents[2] / "law"
AGREED = {
    "eu-ai-act-73-draft", "gpai-incident-2025", "gdpr-33", "gdpr-34", "nis2-early-warning",
    "nis2-notification", "nis2-final", "dora-initial", "dora-intermediate", "dora-final",
    "cra-early-warning", "cra-notification", "cra-final", "us-ca-sb53", "mdr-mir-7.3.1", "oecd-29",
    "ai-600-1-gv-4.3-002", "form-8-k-1.05", "nydfs-500.17", "hipaa-164.404",
}  # fmt: skip
HEAD = """
title = "T"
instrument = "I"
version = "1"
compared_on = 2026-11-23
grade = "P"
"""
FIELD = """
[[section]]
title = "S"
[[section.field]]
id = "a"
label = "A"
give = "write it"
needed = "yes"
from = ["person"]
shape = "text"
"""
GOOD = HEAD + FIELD


@pytest.mark.parametrize("id", sorted(forms().by_id))
def test_every_field_has_words_and_a_source(id: str) -> None:
    found = form(id)
    assert found.title and found.instrument and found.version and found.sources
    for field in found.fields:
        assert field.label and field.give and field.from_, field.id
        assert field.label != field.give
        assert (field.needed is Needed.IF) == bool(field.needed_if)
    assert len({one.id for one in found.fields}) == len(found.fields)


def test_the_sets_are_those_that_rules_may_name() -> None:
    assert set(forms().by_id) >= AGREED


def test_sets_count_as_their_sources_count() -> None:
    counts = {id: len(form(id).fields) for id in AGREED}
    assert (counts["dora-initial"], counts["dora-intermediate"], counts["dora-final"]) == (
        15 + 10, 15 + 10 + 35, 15 + 10 + 35 + 16,
    )  # fmt: skip
    assert len(form("dora-final").fields) == 76
    assert counts["gpai-incident-2025"] == 10
    assert counts["oecd-29"] == 29
    mandatory = [one for one in form("oecd-29").fields if one.needed is Needed.YES]
    assert [one.id for one in mandatory] == ["1", "2", "3", "4", "7", "10", "11"]
    assert counts["ai-600-1-gv-4.3-002"] == 9
    assert counts["us-ca-sb53"] == 4


def test_what_nobody_read_is_graded_so() -> None:
    assert not form("nydfs-500.17").grade.verified
    assert any(not one.grade.verified for one in form("mdr-mir-7.3.1").fields)
    assert all(one.grade.verified for one in form("dora-final").fields)


def test_legal_facts_that_fields_name_are_in_the_dictionary() -> None:
    text = (LAW / "facts.toml").read_text()
    for field in (field for one in forms().by_id.values() for field in one.fields):
        for place in field.from_:
            if place.source is Source.FACT:
                assert f"[{place.key}]" in text or f'["{place.key}"]' in text, place.key


def one(text: str, **others: str) -> FieldSet | None:
    files = {"fields/x.toml": text} | {f"fields/{id}.toml": said for id, said in others.items()}
    return read_fields(files)[0].by_id.get("x")


IF = GOOD.replace('needed = "yes"', 'needed = "if"\nneeded_if = "it is so"')


def told(text: str, **others: str) -> list[str]:
    files = {"fields/x.toml": text} | {f"fields/{id}.toml": said for id, said in others.items()}
    return [str(each) for each in read_fields(files, keys=("classified",))[1]]


def test_a_set_is_read_with_what_it_includes_before_it() -> None:
    found = one('includes = ["y"]' + GOOD, y=GOOD.replace('"a"', '"b"'))
    assert found is not None
    assert [(each.id, each.of) for each in found.fields] == [("b", "y"), ("a", "x")]
    assert found.grade is Grade.PRIMARY
    again = one('includes = ["y"]' + GOOD, y=GOOD.replace('"a"', '"c"'))
    assert again is not None and again.digest != found.digest


def test_every_mistake_is_told_at_once_with_its_line_and_a_remedy() -> None:
    text = (
        HEAD.replace('version = "1"\n', "").replace('grade = "P"', 'grade = "Q"')
        + FIELD.replace('"person"', '"persn", "fact:clasified"').replace('"yes"', '"maybe"')
        + 'choices = ["x"]\nhue = "red"\n'
    )
    found = told(text)
    assert len(found) == 7, found
    assert any('did you mean "person"?' in each for each in found)
    assert any('did you mean "classified"?' in each for each in found)
    assert any("hue" in each and "not known here" in each for each in found)
    assert all(each.startswith("fields/x.toml:") for each in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty file"),
        ("x = ", "not TOML"),
        (HEAD, "no fields"),
        (GOOD.replace('needed = "yes"', 'needed = "if"'), "needed_if"),
        (GOOD.replace('shape = "text"', 'shape = "choice"'), "choices"),
        (GOOD + 'settled_by = ["late"]\n', "on a field without needed_if"),
        (IF + 'settled_by = ["lat"]\n', "late, fact:KEY, or field:ID=CHOICE"),
        (IF + 'settled_by = ["field:a=yes"]\n', 'no field "a" has such a choice'),
        (GOOD + GOOD.split('title = "S"')[1], 'a second field with id "a"'),
        ('includes = ["z"]' + GOOD, "there is no fields/z.toml"),
        ('includes = ["x"]' + GOOD, "cannot include itself"),
        (GOOD.replace('from = ["person"]', "from = []"), "where does it come from"),
    ],
)
def test_a_set_with_a_mistake_is_no_set(text: str, says: str) -> None:
    assert one(text) is None
    assert any(says in each for each in told(text)), told(text)


def test_a_fact_that_settles_a_field_is_in_the_dictionary() -> None:
    (found,) = told(IF + 'settled_by = ["fact:clasified"]\n')
    assert 'did you mean "classified"?' in found
    good = one(IF + 'settled_by = ["late", "fact:classified"]\n')
    assert good is not None and len(good.fields[0].settled_by) == 2


def test_a_set_that_includes_a_wrong_one_is_no_set() -> None:
    assert one('includes = ["y"]' + GOOD, y=HEAD) is None
