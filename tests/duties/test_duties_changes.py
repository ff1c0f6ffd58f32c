"""What another pack changes is said in words: rules that come and go, periods, recipients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from small_law import ARTICLE, SMALL
from tocsin.duties.changes import Change, Kind, changes, changes_for
from tocsin.duties.deadline import Deadline
from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import Law
from tocsin.duties.read import read_law

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def law(text: str = ARTICLE, file: str = "eu/act/1.toml") -> Law:
    read, told = read_law({**SMALL, file: text})
    assert read is not None, "\n".join(map(str, told))
    return read


def changed(old: str, new: str) -> tuple[Change, ...]:
    assert old in ARTICLE
    return changes(law(), law(ARTICLE.replace(old, new, 1)))


def test_the_same_pack_changes_nothing_and_neither_do_its_notes() -> None:
    assert changes(law(), law()) == ()
    assert changed('why = "three days"', 'why = "counted anew"') == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{ hours = 72 }", "{ hours = 96 }", "72 hours -> 96 hours (1(1)(a))"),
        ('start = "aware"', 'start = "classified"', "counted from aware -> from classified"),
        (
            'start = "aware"',
            'start = "aware"\nlater_start = "aware"\nlater_aware_by = ["manager"]',
            "whose later awareness is argued for: anybody -> manager (1(1)(a))",
        ),
        ("from = 2025-01-17", "from = 2025-02-17", "from: 2025-01-17 -> 2025-02-17"),
        ('enforcement = "live"', 'enforcement = "grace"', "enforcement: live -> grace"),
        ('grade = "P"', 'grade = "M"', "grade: P -> M"),
        ('is = "bank"', 'is = "insurer"', "new condition: entity is insurer"),
        ('counting = "hours"\n', "", "no more argued for later: hours count from the next full"),
        ("the authority in {places}", "the ministry", "new to: the ministry"),
        ('"1(1)"', '"1(9)"', "new stands in: 1(9)"),
        ('contention = "C1"\n', "", "contested: C1 -> none"),
    ],
)
def test_each_difference_has_words(old: str, new: str, words: str) -> None:
    found = changed(old, new)
    assert {one.kind for one in found} == {Kind.CHANGES}
    assert any(words in said for one in found for said in one.words), found


def test_rules_come_and_go() -> None:
    cut = ARTICLE.index('[[rule]]\nid = "eu/act/1/final')
    shorter = ARTICLE[:cut] + ARTICLE[ARTICLE.index("[[vector]]") :]
    (gone,) = changes(law(), law(shorter))
    (come,) = changes(law(shorter), law())
    assert (gone.kind, come.kind) == (Kind.VANISHES, Kind.APPEARS)
    assert gone.what == come.what == "eu/act/1/final"
    assert "1 month from submitted.initial (1(2))" in come.words[0]


def test_a_version_that_follows_is_a_new_version() -> None:
    cut = ARTICLE.index('[[rule]]\nid = "eu/act/1/final')
    first = ARTICLE[ARTICLE.index("[[rule]]") : cut]
    ends = first.replace("says", "until = 2027-01-01\nsays", 1)
    follows = first.replace("says", "from = 2027-01-01\nsays", 1).replace("72", "96")
    (one,) = changes(law(), law(ARTICLE.replace(first, ends + follows)))
    assert any(said.startswith("a new version from 2027-01-01") for said in one.words)
    assert any("until: none -> 2027-01-01" in said for said in one.words)


def test_what_rules_share_is_compared_as_well() -> None:
    places = SMALL["places.toml"].replace("Berlin", "Vienna")
    facts = SMALL["facts.toml"].replace('type = "count"', 'type = "text"')
    (zone,) = changes(law(), law(places, "places.toml"))
    (kind,) = changes(law(), law(facts, "facts.toml"))
    assert (zone.what, kind.what) == ("places.toml", "facts.toml")
    assert zone.words[0].startswith("DE: Europe/Berlin") and "Europe/Vienna" in zone.words[0]
    assert kind.words == ("people: count -> text",)


def duty(standing: Standing, due: datetime | None = None) -> Duty:
    deadline = Deadline(conservative=due, latest=None, steps=()) if due else None
    return Duty(rule=law().rules[0], standing=standing, why="", deadline=deadline)


@pytest.mark.parametrize(
    ("before", "after", "words", "earlier"),
    [
        (None, duty(Standing.RAISED, NOON), "no such rule -> raised, due", True),
        (duty(Standing.RAISED, NOON), None, "-> no such rule", False),
        (duty(Standing.NOT_RAISED), duty(Standing.OPEN), "not raised -> open", True),
        (duty(Standing.OPEN), duty(Standing.NOT_RAISED), "open, no instant -> not raised", False),
        (
            duty(Standing.RAISED, NOON),
            duty(Standing.RAISED, NOON - timedelta(hours=1)),
            "12:00+00:00 -> raised, due 2026-11-26T11:00+00:00",
            True,
        ),
        (
            duty(Standing.RAISED, NOON),
            duty(Standing.RAISED, NOON + timedelta(hours=1)),
            "13:00+00:00",
            False,
        ),
    ],
)
def test_what_becomes_of_a_duty(
    before: Duty | None, after: Duty | None, words: str, earlier: bool
) -> None:
    (one,) = changes_for([before] if before else [], [after] if after else [])
    assert words in one.words and one.earlier is earlier


def test_a_duty_that_stays_as_it_is_is_not_told() -> None:
    raised = duty(Standing.RAISED, NOON)
    assert changes_for([raised], [raised]) == ()
    assert changes_for([duty(Standing.NOT_RAISED)], [duty(Standing.NOT_RAISED)]) == ()
