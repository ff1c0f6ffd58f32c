"""Hypotheses, what speaks for and against, and conclusions that later evidence puts in doubt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_log import Written, at, entry
from tocsin.facts import Access, Asserter, Draft, Refused
from tocsin.facts.analysis import (
    Bearing,
    Conclusion,
    HypothesisConcluded,
    HypothesisRaised,
    QueryAsked,
    ReplayBegan,
    Replayed,
    Strength,
)
from tocsin.facts.incidents import Assigned
from tocsin.facts.privilege import RootCauseAssigned
from tocsin.incident import decide_analysis as decide
from tocsin.incident.analysis import Analysis, Hypothesis, analysis_of
from tocsin.incident.model import Actor

ANA, CLEO = Actor(who="ana"), Actor(who="cleo", roles=frozenset({"counsel"}))
D = "a" * 64


def by(
    actor: Actor, minutes: float, labels: frozenset[Access] = frozenset(Access)
) -> decide.Speaker:
    return decide.Speaker(actor=actor, at=at(minutes), labels=labels, counsel=True)


def cause(person: str = "ana", *, privileged: bool = False, since: float = 0) -> list[Draft]:
    """Cleo is counsel of the incident, and decides who writes the cause."""
    choice = RootCauseAssigned(
        person=person, from_at=at(since), privileged=privileged, because="so it is"
    )
    return [
        Draft(fact=fact, happened_at=at(0))
        for fact in (Assigned(role="counsel", person="cleo"), choice)
    ]


class Room:
    """A log with one hypothesis, in which ana writes the cause."""

    def __init__(self, chosen: list[Draft] | None = None) -> None:
        self.log = Written()
        self.log.add(cause() if chosen is None else chosen, who="cleo")
        self.raise_("release 7 lost its tokenizer")

    def raise_(self, statement: str, actor: Actor = ANA, under: str | None = None) -> None:
        self.log.add(
            decide.raised(self.log.entries, by(actor, 1), statement=statement, under=under)
        )

    def weigh(self, bearing: Bearing, *, entry: int = 1, because: str = "seen") -> int:
        self.log.add(
            decide.weighed(
                self.log.entries, by(ANA, 2), hypothesis="H1", evidence=None, entry=entry,
                bearing=bearing, strength=Strength.STRONG, because=because,
            )
        )  # fmt: skip
        return self.log.entries[-1].seq

    def conclude(self, conclusion: Conclusion, despite: str = "") -> None:
        self.log.add(
            decide.concluded(
                self.log.entries, by(ANA, 3), hypothesis="H1", conclusion=conclusion,
                because="all of it", despite=despite,
            )
        )  # fmt: skip

    def answer(self, weighed: int) -> None:
        self.log.add(
            decide.answered(
                self.log.entries, by(ANA, 3), hypothesis="h1", weighed=weighed, because="cut short"
            )
        )

    @property
    def one(self) -> Hypothesis:
        return analysis_of(self.log.entries).hypotheses["H1"]


def test_a_hypothesis_is_not_supported_by_nothing() -> None:
    room = Room()
    with pytest.raises(Refused, match="nothing was weighed that supports H1"):
        room.conclude(Conclusion.SUPPORTED)
    with pytest.raises(Refused, match="nothing was weighed that contradicts H1"):
        room.conclude(Conclusion.REFUTED)


def test_what_speaks_against_is_answered_or_outweighed_in_words() -> None:
    room = Room()
    room.weigh(Bearing.SUPPORTS)
    against = room.weigh(Bearing.CONTRADICTS, entry=2)
    with pytest.raises(Refused, match=f"entry {against}; answer each"):
        room.conclude(Conclusion.SUPPORTED)
    room.answer(against)
    room.conclude(Conclusion.SUPPORTED)
    assert room.one.standing is Conclusion.SUPPORTED
    with pytest.raises(Refused, match="leave --despite out"):
        room.conclude(Conclusion.SUPPORTED, despite="noise")


def test_saying_why_is_enough_and_stands_beside_the_conclusion() -> None:
    room = Room()
    room.weigh(Bearing.SUPPORTS)
    room.weigh(Bearing.CONTRADICTS, entry=2)
    room.conclude(Conclusion.SUPPORTED, despite="one run of twenty")
    assert room.one.conclusions[-1].fact.despite == "one run of twenty"
    assert room.one.doubts == ()


def test_a_conclusion_that_later_evidence_contradicts_is_doubtful_until_it_is_answered() -> None:
    room = Room()
    room.weigh(Bearing.SUPPORTS)
    room.conclude(Conclusion.SUPPORTED)
    later = room.weigh(Bearing.CONTRADICTS, entry=2)
    assert [one.seq for one in room.one.doubts] == [later]
    assert room.one.standing is Conclusion.SUPPORTED
    room.answer(later)
    assert room.one.doubts == ()


def test_a_refutation_is_doubtful_once_something_supports() -> None:
    room = Room()
    room.weigh(Bearing.CONTRADICTS)
    room.conclude(Conclusion.REFUTED)
    later = room.weigh(Bearing.SUPPORTS, entry=2)
    assert [one.seq for one in room.one.doubts] == [later]


def test_the_last_weighing_of_the_same_evidence_counts_and_the_first_stays_on_view() -> None:
    room = Room()
    first = room.weigh(Bearing.SUPPORTS)
    second = room.weigh(Bearing.NEUTRAL, because="the clock was wrong")
    assert [(w.seq, w.replaced_by) for w in room.one.weighings] == [(first, second), (second, None)]
    assert room.one.that(Bearing.SUPPORTS) == ()
    with pytest.raises(Refused, match="just that was weighed"):
        room.weigh(Bearing.NEUTRAL, because="the clock was wrong")


def test_what_is_not_there_is_refused_with_what_is() -> None:
    room = Room()
    with pytest.raises(Refused, match="has entries 1 to 3, and no 99"):
        room.weigh(Bearing.SUPPORTS, entry=99)
    with pytest.raises(Refused, match="there are: H1"):
        decide.answered(room.log.entries, by(ANA, 1), hypothesis="H9", weighed=1, because="x")
    with pytest.raises(Refused, match="those are: none"):
        room.answer(1)
    with pytest.raises(Refused, match="that is H1 already"):
        room.raise_("release 7 lost its  tokenizer")


def test_what_counsel_says_and_what_is_said_of_it_are_counsels() -> None:
    room = Room()
    room.raise_("the vendor knew", CLEO)
    room.log.add(
        decide.weighed(
            room.log.entries, by(ANA, 2), hypothesis="H2", evidence=D, entry=None,
            bearing=Bearing.SUPPORTS, strength=Strength.WEAK, because="a mail",
        )
    )  # fmt: skip
    assert [one.access for one in room.log.entries[-2:]] == [Access.COUNSEL, Access.COUNSEL]
    seen = analysis_of(room.log.entries, frozenset({Access.OPS}))
    assert list(seen.hypotheses) == ["H1"]
    assert seen.hidden == 2


def test_what_counsel_weighed_in_secret_is_nobody_elses_to_see() -> None:
    room = Room()
    room.log.add(
        decide.weighed(
            room.log.entries, by(CLEO, 2), hypothesis="H1", evidence=D, entry=None,
            bearing=Bearing.CONTRADICTS, strength=Strength.WEAK, because="a privileged mail",
        )
    )  # fmt: skip
    seen = analysis_of(room.log.entries, frozenset({Access.OPS}))
    assert seen.hypotheses["H1"].weighings == ()


def test_a_machine_concludes_nothing() -> None:
    room = Room()
    drawn = HypothesisConcluded(
        hypothesis="H1", conclusion=Conclusion.REFUTED, because="a model said so", despite=""
    )
    entries = [*room.log.entries, entry(4, drawn, who="judge", kind=Asserter.MACHINE)]
    assert analysis_of(entries).hypotheses["H1"].standing is Conclusion.OPEN


def asked(content: str) -> QueryAsked:
    return QueryAsked(
        query="Q1", system="assistant", text=D, result=content * 64, content=content * 64, rows=1,
        cut=False, engine="DuckDB", read=D, files=1, reproducible=True,
    )  # fmt: skip


def test_a_question_asked_again_is_compared_with_the_first_time() -> None:
    log = Written()
    log.add([Draft(fact=asked(c), happened_at=at(1)) for c in "bbc"])
    query = analysis_of(log.entries).queries["Q1"]
    assert [query.same(one) for one in query.askings] == [None, True, False]


def test_a_version_ends_once_however_often_it_is_told() -> None:
    log = Written()
    began = ReplayBegan(replay="R1", set=D, items=2, against=("a", "b"), purpose="attack")
    done = [
        Replayed(
            replay="R1", set=D, against=name, served=None, result=D, items=2, held=held,
            failed=2 - held, unanswered=0, low="0", high="1",
        )
        for name, held in (("a", 1), ("a", 2), ("b", 2))
    ]  # fmt: skip
    log.add([Draft(fact=fact, happened_at=at(1)) for fact in (began, *done[:2])])
    assert not analysis_of(log.entries).replays["R1"].is_over
    log.add([Draft(fact=done[2], happened_at=at(1))])
    replay = analysis_of(log.entries).replays["R1"]
    assert replay.is_over
    assert [(one.against, one.held) for one in replay.ended] == [("a", 1), ("b", 2)]


def test_the_cause_is_written_by_whom_counsel_chose_and_when() -> None:
    for chosen, says in (
        ([], "counsel decides who writes it"),
        (cause("ben"), "ben writes the root cause, not ana"),
        (cause(since=60), "not written before"),
    ):
        room = Room(chosen)
        room.weigh(Bearing.SUPPORTS)
        with pytest.raises(Refused, match=says):
            room.conclude(Conclusion.SUPPORTED)
        room.conclude(Conclusion.OPEN)


def test_what_is_said_of_a_privileged_cause_is_counsels_and_cannot_be_widened() -> None:
    room = Room(cause(privileged=True))
    room.weigh(Bearing.SUPPORTS)
    assert {one.access for one in room.log.entries[2:]} == {Access.COUNSEL}
    with pytest.raises(Refused, match="leave --access out"):
        decide.raised(room.log.entries, by(ANA, 2), statement="another", access=Access.OPS)


def test_who_may_not_read_a_hypothesis_cannot_find_it_out() -> None:
    room = Room()
    room.raise_("the vendor knew", CLEO)
    everyday = by(ANA, 2, frozenset({Access.OPS}))
    with pytest.raises(Refused, match="there are: H1"):
        decide.answered(room.log.entries, everyday, hypothesis="H2", weighed=1, because="x")
    [drafted] = decide.raised(room.log.entries, everyday, statement="the vendor knew")
    assert isinstance(drafted.fact, HypothesisRaised) and drafted.fact.hypothesis == "H3"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "for", "against", "neutral", "answer", "support", "refute"]),
        st.integers(1, 6),
    ),
    max_size=25,
)


def _played(steps: Sequence[tuple[str, int]]) -> Room:
    room = Room()
    for word, number in steps:
        try:
            match word:
                case "raise":
                    room.raise_(f"because of {number}")
                case "for" | "against" | "neutral":
                    bearing = {
                        "for": Bearing.SUPPORTS,
                        "against": Bearing.CONTRADICTS,
                        "neutral": Bearing.NEUTRAL,
                    }[word]
                    room.weigh(bearing, entry=number)
                case "answer":
                    room.answer(number)
                case "support":
                    room.conclude(Conclusion.SUPPORTED, "enough" if number > 4 else "")
                case _:
                    room.conclude(Conclusion.REFUTED)
        except Refused:
            continue
    return room


@given(STEPS)
def test_nothing_is_supported_over_silence(steps: list[tuple[str, int]]) -> None:
    """At the moment of each conclusion `supported`, all that spoke against it was answered, or
    it was said why not; and what came later and was not answered is told as a doubt."""
    entries = _played(steps).log.entries
    for place, one in enumerate(entries):
        if isinstance(one.fact, HypothesisConcluded):
            before = analysis_of(entries[:place]).hypotheses["H1"]
            if one.fact.conclusion is Conclusion.SUPPORTED:
                assert before.that(Bearing.SUPPORTS)
                assert bool(before.unanswered) == bool(one.fact.despite)
    last = analysis_of(entries).hypotheses["H1"]
    if last.standing is Conclusion.SUPPORTED:
        since = last.conclusions[-1].seq
        assert {w.seq for w in last.unanswered if w.seq > since} == {w.seq for w in last.doubts}


@given(STEPS, st.integers(0, 30))
def test_where_a_log_is_cut_makes_no_difference(steps: list[tuple[str, int]], cut: int) -> None:
    entries = _played(steps).log.entries
    whole, grown = analysis_of(entries), Analysis()
    for one in entries[:cut]:
        grown.apply(one)
    for one in entries[cut:]:
        grown.apply(one)
    assert grown.hypotheses == whole.hypotheses
