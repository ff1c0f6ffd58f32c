"""What an incident is about grows, in any order the same, for everybody who reads it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_log import LOG, at, entry
from tocsin.facts import Entry, Refused
from tocsin.facts.incidents import BecameAware, Opened, PersonClass, Relation, Widened
from tocsin.incident import Incident, apply, decide, extend, replay
from tocsin.incident.custody import custody
from tocsin.incident.legal import legal_of
from tocsin.incident.model import Actor
from tocsin.incident.timeline import words_of
from tocsin.playbook.runs import Runs

ANA = Actor(who="ana")
OPENED = Opened(
    title="wrong", systems=("search", "chat"), unregistered=("chat",),
    discovered_at=at(0), occurred_at=None,
)  # fmt: skip
KNOWN = frozenset({"search", "fraud", "vision"})


def widened(*systems: str) -> Widened:
    unknown = tuple(one for one in systems if one not in KNOWN)
    return Widened(systems=systems, unregistered=unknown, because="b")


def log_of(*facts: Opened | Widened) -> list[Entry]:
    return [entry(seq, fact) for seq, fact in enumerate(facts, start=1)]


def systems_in_runs(entries: list[Entry]) -> tuple[str, ...]:
    runs = Runs()
    for one in entries:
        runs.apply(one)
    return runs.circumstances.systems


_more = st.lists(
    st.lists(st.sampled_from(["chat", "fraud", "ghost", "vision"]), min_size=1, unique=True),
    max_size=4,
)


@given(_more, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_in_which_systems_come_makes_no_difference(
    more: list[list[str]], chance: object, cut: int
) -> None:
    facts = [widened(*one) for one in more]
    mixed = list(facts)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = log_of(OPENED, *facts), log_of(OPENED, *mixed)
    first, second = replay(one), replay(other)
    said = [msgspec.json.encode([now.systems, now.unregistered]) for now in (first, second)]
    assert said[0] == said[1]
    assert first.systems[:2] == OPENED.systems
    assert set(first.systems) == {*OPENED.systems, *(name for some in more for name in some)}
    assert len(first.systems) == len(set(first.systems))
    assert set(first.unregistered) == set(first.systems) - KNOWN
    assert systems_in_runs(one) == first.systems == systems_in_runs(other)
    assert custody([one]).systems[LOG] == custody([other]).systems[LOG] == set(first.systems)
    assert extend(replay(one[:cut]), one[cut:]) == first
    again: Incident = Incident()
    for step in one:
        again = apply(again, step)
    assert msgspec.json.encode(again) == msgspec.json.encode(first)


def test_what_is_about_it_already_is_no_news_and_a_closed_one_does_not_grow() -> None:
    now = replay(log_of(OPENED))
    (draft,) = decide.widen(
        now, ANA, at(1), systems=["fraud", "chat", "fraud", "ghost"], registered=KNOWN, because="b"
    )
    assert draft.fact == widened("fraud", "ghost")
    with pytest.raises(Refused, match="about chat already"):
        decide.widen(now, ANA, at(1), systems=["chat"], registered=KNOWN, because="b")
    with pytest.raises(Refused, match="no system is named"):
        decide.widen(now, ANA, at(1), systems=[], registered=KNOWN, because="b")
    with pytest.raises(Refused, match="the reason is empty"):
        decide.widen(now, ANA, at(1), systems=["fraud"], registered=KNOWN, because=" ")
    (gone,) = decide.dismiss(now, ANA, at(2), because="noise")
    closed = extend(now, [entry(2, gone.fact)])
    with pytest.raises(Refused, match="reopen it first"):
        decide.widen(closed, ANA, at(3), systems=["fraud"], registered=KNOWN, because="b")


def test_what_goes_on_as_another_brings_its_systems_and_asking_again_brings_none_twice() -> None:
    gone = replay(log_of(OPENED, widened("fraud", "ghost")))
    into = replay(
        [
            entry(
                1,
                msgspec.structs.replace(OPENED, systems=("fraud",), unregistered=()),
                log="incident/9Z",
            )
        ]
    )
    come, _ = decide.merge(gone, into, ANA, at(3), because="same")
    wider = [one.fact for one in come if isinstance(one.fact, Widened)]
    assert [(one.systems, one.unregistered) for one in wider] == [
        (("search", "chat", "ghost"), ("chat", "ghost"))
    ]
    entries = [entry(seq, one.fact, log="incident/9Z") for seq, one in enumerate(come, start=2)]
    grown = extend(into, entries)
    assert set(grown.systems) == {"fraud", *gone.systems}
    again, _ = decide.merge(gone, grown, ANA, at(3), because="same")
    assert again == []


def test_a_part_that_is_split_off_is_about_what_is_named_and_the_rest_stays() -> None:
    whole = replay(log_of(OPENED, widened("fraud")))
    begun, gone = decide.split(
        whole, ANA, at(4), child="9Z", title="part", systems=["fraud"], registered=KNOWN,
        because="b",
    )  # fmt: skip
    part = replay([entry(seq, one.fact, log="incident/9Z") for seq, one in enumerate(begun, 1)])
    assert part.systems == ("fraud",)
    assert [one.fact.relation for one in gone] == [Relation.SPLIT_INTO]  # type: ignore[union-attr]
    assert extend(whole, [entry(3, gone[0].fact)]).systems == whole.systems


def test_the_law_is_asked_again_only_where_it_was_asked_before() -> None:
    plain = log_of(OPENED, widened("fraud"))
    assert not legal_of(plain).ever
    aware = BecameAware(person="ana", standing=PersonClass.STAFF, basis="b")
    touched = legal_of([*log_of(OPENED), entry(2, aware), entry(3, widened("fraud"))])
    assert (touched.touched, touched.touched_at) == (3, at(3))


def test_the_timeline_says_what_came_and_what_the_register_does_not_know() -> None:
    said = words_of(widened("fraud", "ghost"))
    assert "about fraud, ghost too: b; not in the register: ghost" in said
