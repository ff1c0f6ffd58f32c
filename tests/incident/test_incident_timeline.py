"""A timeline that a tired person understands, and that shows nobody what is not theirs."""

from __future__ import annotations

import re

import pytest

from incident_log import at, entry, sample
from tocsin.facts import KINDS, Access, Asserter, Gone, Unreadable
from tocsin.facts.incidents import Noted
from tocsin.facts.kinds import Kind
from tocsin.incident.timeline import timeline, words_of

OURS = re.compile(r"\b(fold|receipt|bundle|desk|inject)\b", re.IGNORECASE)
OPS = frozenset({Access.OPS})


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_every_kind_has_plain_words(kind: type[Kind]) -> None:
    text = words_of(sample(kind))
    assert len(text) > 10
    assert not OURS.search(text), f"{text!r} uses a word of the workshop"
    assert "None" not in text and "{" not in text


def test_no_two_kinds_say_the_same() -> None:
    texts = [words_of(sample(kind)) for kind in KINDS.values()]
    assert len(set(texts)) == len(texts)


def test_what_is_for_counsel_is_counted_and_not_shown() -> None:
    log = [
        entry(1, Noted(text="plain")),
        entry(2, Noted(text="secret one"), access=Access.COUNSEL, happened=at(-500)),
        entry(3, Noted(text="secret two"), access=Access.COUNSEL),
        entry(4, Noted(text="for the board"), access=Access.BOARD),
        entry(5, Noted(text="secret three"), access=Access.COUNSEL),
    ]
    rows = timeline(log, OPS)
    assert [row.text for row in rows] == [
        "Note: plain",
        "2 entries for counsel only",
        "1 entry for the board only",
        "1 entry for counsel only",
    ]
    assert not any("secret" in repr(row) for row in rows)
    assert not any(row.who for row in rows[1:])
    assert [row.hidden for row in rows] == [0, 2, 1, 1]
    assert rows[1].happened_at != at(-500), "when it happened is part of what is not theirs"
    full = timeline(log, frozenset(Access))
    assert [row.seq for row in full] == [1, 2, 3, 4, 5]


def test_rows_give_both_times_author_and_proof() -> None:
    person, worker = timeline(
        [
            entry(1, Noted(text="x"), happened=at(-30)),
            entry(2, Noted(text="y"), who="worker-1", kind=Asserter.WORKER),
        ],
        OPS,
    )
    assert (person.happened_at, person.recorded_at) == (at(-30), at(1))
    assert (person.late, person.who, person.proven) == (True, "ana", "signed with an enrolled key")
    assert (worker.late, worker.who) == (False, "Tocsin")


def test_what_is_gone_says_why() -> None:
    texts = [words_of(Unreadable(kind="noted", why=why)) for why in Gone]
    assert ["erased" in texts[0], "withheld" in texts[1], "newer" in texts[2]] == [True] * 3
