"""Whatever the log holds, nothing passes a gate but what was shown by it, after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.recovery import (
    CriterionMeasured,
    GateRegistered,
    Passing,
    ShortcutTaken,
    StageStarted,
    WatchBegan,
    WatchEnded,
)
from tocsin.incident.obstacles import candidate_obstacles, next_stage, stage_obstacles
from tocsin.incident.recovery import Held, Recovery, Registered

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOG = "incident/7K3ABCDEFG"
CRITERIA = ("answers", "errors")
SIGNED = Author(who="cy", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key="SHA256:x")
TYPED = Author(who="cy", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="cy")


def entry(fact: Fact, seq: int, author: Author = SIGNED) -> Entry:
    at = NOON + timedelta(minutes=seq)
    return Entry(log=LOG, seq=seq, happened_at=at, recorded_at=at, author=author,
                 access=Access.OPS, fact=fact)  # fmt: skip


GATE = GateRegistered(
    system="assistant", digest="0" * 64, criteria=CRITERIA, baseline="1",
    shares=(100, 1000, 10_000), watch_seconds=(60, 60, 60), vendors=(), because="",
)  # fmt: skip
MEASURED = CriterionMeasured(
    gate="", system="assistant", criterion="answers", candidate="3", look=1,
    result=Passing.PASSED, difference="0", bound="0", margin="0.1", confidence="0.975",
    sample=9, short_by=0, said="", evidence=(),
)  # fmt: skip

seqs = st.integers(1, 12)
events = st.lists(
    st.one_of(
        st.just(GATE),
        st.builds(
            lambda gate, criterion, candidate, result: msgspec.structs.replace(
                MEASURED, gate=f"{LOG}/{gate}", criterion=criterion, candidate=candidate,
                result=result,
            ),
            seqs, st.sampled_from(CRITERIA), st.sampled_from("23"), st.sampled_from(Passing),
        ),
    ),
    max_size=12,
)  # fmt: skip


def folded(facts: list[Fact], authors: list[Author] | None = None) -> Recovery:
    found = Recovery(LOG)
    for seq, fact in enumerate(facts, start=1):
        found.apply(entry(fact, seq, authors[seq - 1] if authors else SIGNED))
    return found


@given(events)
def test_no_candidate_passes_while_any_criterion_is_not_shown_by_the_gate_in_force(
    facts: list[Fact],
) -> None:
    found = folded(facts)
    gates = [seq for seq, fact in enumerate(facts, start=1) if isinstance(fact, GateRegistered)]
    if not gates:
        assert not found.registered and not found.held
        return
    gate = found.registered["assistant"]
    assert gate.place == f"{LOG}/{gates[-1]}"
    for candidate in "23":
        latest: dict[str, Passing] = {}
        for seq, fact in enumerate(facts, start=1):
            mine = isinstance(fact, CriterionMeasured) and fact.gate == gate.place
            if mine and fact.candidate == candidate and seq > gates[-1]:  # type: ignore[union-attr]
                latest[fact.criterion] = fact.result  # type: ignore[union-attr]
        passes = all(latest.get(name) is Passing.PASSED for name in CRITERIA)
        now = NOON + timedelta(hours=1)
        obstacles = candidate_obstacles(gate, found.of(gate), candidate, now)
        assert passes == (not obstacles)


stages = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.integers(1, 3), st.sampled_from("34")),
        st.tuples(st.just("watch"), st.integers(1, 3), st.just("")),
        st.tuples(st.just("end"), st.integers(1, 3), st.sampled_from([p.value for p in Passing])),
    ),
    max_size=15,
)  # fmt: skip


@given(stages, st.integers(0, 16))
def test_no_stage_is_reached_without_each_before_it_watched_since_the_last_stop(
    what: list[tuple[str, int, str]], stopped: int
) -> None:
    facts: list[Fact] = [GATE]
    place = f"{LOG}/1"
    for kind, stage, word in what:
        facts.append(_stage_fact(kind, stage, word, place))
    found = folded(facts)
    gate = found.registered["assistant"]
    held, since = found.of(gate), NOON + timedelta(minutes=stopped)
    now = NOON + timedelta(hours=1)
    reached = next_stage(gate, held, "3", now, since)
    for stage in range(1, reached):
        turn = held.turn("3", stage, since)
        assert turn is not None and turn.at > since
        assert turn.ended is not None and turn.ended.result is Passing.PASSED
        assert turn.fact.candidate == "3"
    waits = [one for one in stage_obstacles(gate, held, "3", 4, now, since)
             if one.what.startswith("watch")]  # fmt: skip
    assert bool(waits) == (reached <= 3)


def _stage_fact(kind: str, stage: int, word: str, place: str) -> Fact:
    if kind == "start":
        return StageStarted(gate=place, system="assistant", stage=stage,
                            share=GATE.shares[stage - 1], candidate=word, run="run-1")  # fmt: skip
    if kind == "watch":
        return WatchBegan(gate=place, system="assistant", stage=stage, until=NOON, detectors=())
    return WatchEnded(gate=place, system="assistant", stage=stage, result=Passing(word),
                      finding=None, requests=1, stopped_by=None, because="")  # fmt: skip


def test_a_word_that_was_only_typed_is_no_shortcut() -> None:
    cut = ShortcutTaken(gate=f"{LOG}/1", system="assistant", skipped="answers", candidate="3",
                        expires_at=NOON + timedelta(days=1), because="")  # fmt: skip
    gate = folded([GATE]).registered["assistant"]
    assert not folded([GATE, cut], [SIGNED, TYPED]).of(gate).shortcuts
    held = folded([GATE, cut]).of(gate)
    assert list(held.shortcuts) == [("3", "answers")]


def test_what_stands_elsewhere_is_measured_before_it_was_registered() -> None:
    early = msgspec.structs.replace(MEASURED, gate="recovery/1")
    found = folded([early, msgspec.structs.replace(early, criterion="errors")])
    gate = Registered(place="recovery/1", at=NOON + timedelta(hours=1), who="cy", fact=GATE)
    held: Held = found.of(gate)
    said = [one.said for one in candidate_obstacles(gate, held, "3", NOON + timedelta(hours=2))]
    assert len(said) == 2 and all("before the gate was registered" in one for one in said)
