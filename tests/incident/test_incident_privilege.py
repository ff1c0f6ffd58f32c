"""Counsel's space: who reads what is a fold of the log, and nothing else lets anybody in."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from privilege_story import ANA, CARL, CLEO, Story

from incident_log import at, entry, sample
from tocsin.facts import KINDS, Access, Asserter, Entry, Gone, Proof, Refused, Unreadable
from tocsin.facts.incidents import Assigned, Claimed, Noted, Opened
from tocsin.facts.kinds import Kind
from tocsin.facts.privilege import (
    CounselAdmitted,
    CounselRemoved,
    CounselSpaceOpened,
    OpinionGiven,
    Privilege,
    PrivilegeAsserted,
)
from tocsin.facts.withheld import as_read_by
from tocsin.incident import decide, decide_privilege
from tocsin.incident.fold import replay
from tocsin.incident.model import COUNSEL, Actor
from tocsin.incident.privilege import opinions_for, readers, space_of
from tocsin.register.can import Subject

OPS, EVERYTHING = frozenset({Access.OPS}), frozenset(Access)


def subject(who: str, *roles: str) -> Subject:
    return Subject(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, roles=frozenset(roles))


def test_without_a_space_the_role_reads_and_with_one_only_its_members() -> None:
    story = Story()
    assert readers(subject("carl", "counsel"), story.space) == EVERYTHING
    assert readers(subject("ana"), story.space) == OPS
    story.open_space()
    story.admit("ana")
    story.remove("carl")
    assert story.space.members == {"ana", "cleo"}
    assert Access.COUNSEL in readers(subject("ana"), story.space)
    assert Access.COUNSEL not in readers(subject("carl", "counsel"), story.space)
    assert story.incident.holder(COUNSEL) == "cleo"
    assert not story.space.disregarded


def test_who_could_read_an_entry_when_it_was_written_stays_known() -> None:
    story = Story()
    story.open_space()
    before = len(story.entries)
    story.admit("ana")
    story.remove("ana")
    assert story.space.members_after(before) == {"carl", "cleo"}
    assert story.space.members_after(before + 1) == {"ana", "carl", "cleo"}
    assert story.space.members_after(None) == {"carl", "cleo"}
    assert story.space.members_after(1) == frozenset()


def test_a_member_who_is_not_counsel_lets_nobody_in() -> None:
    story = Story()
    story.open_space()
    story.admit("ana")
    with pytest.raises(Refused, match="ask carl, cleo"):
        story.admit("ben", by=ANA)
    story.say(CounselAdmitted(person="ben", because="by hand"), who="ana")
    story.say(CounselRemoved(person="cleo", because="by hand"), who="ana")
    assert story.space.members == {"ana", "carl", "cleo"}
    assert list(story.space.disregarded) == [len(story.entries) - 1, len(story.entries)]


def test_only_counsel_opens_a_space_and_only_once() -> None:
    story = Story()
    with pytest.raises(Refused, match="only counsel can open"):
        story.open_space(ANA)
    story.say(CounselSpaceOpened(members=("ana",), because="by hand"))
    assert not story.space.is_open
    assert story.space.members is None
    with pytest.raises(Refused, match="opens it: tocsin counsel open"):
        story.admit("ben")
    story.open_space()
    with pytest.raises(Refused, match="open already"):
        story.open_space()
    story.say(CounselSpaceOpened(members=("cleo", "eve"), because="again"), who="cleo")
    assert story.space.members == {"carl", "cleo"}


def test_a_machine_is_no_counsel() -> None:
    story = Story()
    story.open_space()
    fact = CounselAdmitted(person="bot", because="b")
    told = entry(len(story.entries) + 1, fact, who="cleo", kind=Asserter.MACHINE)
    assert space_of([*story.entries, told]).members == {"carl", "cleo"}


def test_the_last_counsel_stays_and_no_one_comes_or_goes_twice() -> None:
    story = Story()
    story.open_space()
    story.remove("carl")
    with pytest.raises(Refused, match="the last counsel"):
        story.remove("cleo")
    with pytest.raises(Refused, match="is not in counsel's space"):
        story.remove("carl")
    story.admit("ana")
    with pytest.raises(Refused, match="in counsel's space already"):
        story.admit("ana")
    with pytest.raises(Refused, match="the person is empty"):
        story.admit("  ")
    story.say(CounselRemoved(person="cleo", because="by hand"), who="cleo")
    assert "cleo" in (story.space.members or ())
    story.say(CounselAdmitted(person="ana", because="again"), who="cleo")
    assert [one.person for one in story.space.changes].count("ana") == 1


def test_a_counsel_who_was_removed_decides_nothing_more() -> None:
    story = Story()
    story.open_space()
    story.remove("carl")
    with pytest.raises(Refused, match="only counsel of this space"):
        story.admit("eve", by=CARL)
    story.say(CounselAdmitted(person="eve", because="by hand"), who="carl")
    assert story.space.members == {"cleo"}


def test_an_opinion_stands_apart_and_is_counsels_unless_said_else() -> None:
    story = Story()
    story.say(Claimed(claim="C1", statement="s", grade="suspected", evidence=()))  # type: ignore[arg-type]
    for about in ("C1", "1", ""):
        story.add(decide_privilege.opine(story.incident, ANA, at(3), text="he knew", about=about))
    for about in ("C2", "99", "Q1", "0"):
        with pytest.raises(Refused, match=f"there is no {about}"):
            decide_privilege.opine(story.incident, ANA, at(3), text="he knew", about=about)
    said = decide_privilege.opine(story.incident, ANA, at(3), text="x", access=Access.OPS)
    story.add(said)
    assert [one.access for one in story.space.opinions] == [Access.COUNSEL] * 3 + [Access.OPS]
    assert [one.text for one in opinions_for(story.space, OPS)] == ["x"]
    assert len(opinions_for(story.space, EVERYTHING)) == 4


def test_a_ground_is_asserted_by_counsel_of_what_is_for_counsel_alone() -> None:
    story = Story()
    story.say(Noted(text="exposure"), who="cleo", access=Access.COUNSEL)

    def assert_(actor: Actor, label: Access = Access.COUNSEL, **given: str) -> None:
        words = {"description": "a note", "basis": "advice"} | given
        story.add(
            decide_privilege.assert_privilege(
                story.incident, story.space, actor, at(5), entry=3, label=label,
                privilege=Privilege.WORK_PRODUCT, **words,
            ),
            actor.who,
        )  # fmt: skip

    with pytest.raises(Refused, match="only counsel can assert"):
        assert_(ANA)
    with pytest.raises(Refused, match="was never withheld"):
        assert_(CLEO, Access.OPS)
    assert_(CLEO)
    with pytest.raises(Refused, match="asserted of entry 3 already"):
        assert_(CLEO)
    assert_(CLEO, category=" advice ")
    assert story.space.asserted[3].category == "advice"
    story.say(sample(PrivilegeAsserted, entry=3), who="ana")
    assert story.space.asserted[3].category == "advice"
    story.open_space()
    with pytest.raises(Refused, match="only counsel of this space"):
        assert_(ANA)
    assert_(CARL, description="two notes")


def test_what_is_for_counsel_does_not_cross_into_another_incident_in_words() -> None:
    story = Story()
    ruled = decide.record_awareness(
        story.incident, CLEO, at(2), person="eve", standing="staff", basis="PRIVILEGED",  # type: ignore[arg-type]
    )  # fmt: skip
    story.add([msgspec.structs.replace(d, access=Access.COUNSEL) for d in ruled], "cleo")
    other = replay([entry(1, sample(Opened), log="incident/B")])
    come, gone = decide.merge(story.incident, other, ANA, at(3), because="same")
    begun, _ = decide.split(
        story.incident, ANA, at(3), child="C", title="part", systems=(), registered=frozenset(),
        because="apart",
    )  # fmt: skip
    assert "PRIVILEGED" not in repr((come, gone, begun))
    assert "eve" in repr(come), "that somebody knew is never lost"
    assert "eve" in repr(begun)


kinds = st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.__name__))
labels = st.sampled_from(list(Access))
authors = st.sampled_from(["ana", "ben", "carl", "cleo"])


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """Whole logs of any kinds by anybody, with facts about the space among them."""
    people = st.sampled_from(["ana", "ben", "carl", "cleo"])
    space = st.one_of(
        people.map(lambda p: CounselAdmitted(person=p, because="b")),
        people.map(lambda p: CounselRemoved(person=p, because="b")),
        st.lists(people, max_size=3).map(
            lambda m: CounselSpaceOpened(members=tuple(m), because="b")
        ),
        people.map(lambda p: Assigned(role=COUNSEL, person=p)),
        people.map(lambda p: OpinionGiven(about="", opinion=p)),
    )
    facts = draw(st.lists(st.one_of(space, kinds.map(sample)), max_size=25))
    return [
        entry(seq, fact, who=draw(authors), access=draw(labels))
        for seq, fact in enumerate(facts, 1)
    ]


@given(log=logs(), cut=st.integers(0, 25))
def test_where_a_log_is_cut_makes_no_difference(log: list[Entry], cut: int) -> None:
    assert space_of(log[cut:], space_of(log[:cut])) == space_of(log)


@given(log=logs(), who=authors, is_counsel=st.booleans())
def test_counsels_text_is_read_by_members_and_by_nobody_else(
    log: list[Entry], who: str, is_counsel: bool
) -> None:
    space = space_of(log)
    roles = ("counsel",) if is_counsel else ()
    may = Access.COUNSEL in readers(subject(who, *roles), space)
    assert may == (who in space.members if space.members is not None else is_counsel)
    assert Access.OPS in readers(subject(who, *roles), space)


@given(log=logs())
def test_a_space_that_was_opened_always_has_a_counsel_in_it(log: list[Entry]) -> None:
    space = space_of(log)
    if space.is_open:
        assert space.counsel
        assert space.counsel <= (space.members or frozenset())


@given(log=logs())
def test_nobody_joins_but_by_counsel_of_the_space(log: list[Entry]) -> None:
    space = space_of(log)
    founders = next(
        (e.fact.members for e in log if e.seq == space.opened_seq),
        (),  # type: ignore[union-attr]
    )
    for change in space.changes:
        assert change.by in founders


@given(log=logs(), given_labels=st.frozensets(labels))
def test_whatever_is_not_for_a_reader_comes_without_a_word(
    log: list[Entry], given_labels: frozenset[Access]
) -> None:
    read = as_read_by(log, given_labels)
    assert len(read) == len(log)
    for before, after in zip(log, read, strict=True):
        if before.access in given_labels:
            assert after == before
        else:
            tag = str(before.fact.__struct_config__.tag)  # type: ignore[union-attr]
            assert after.fact == Unreadable(kind=tag, why=Gone.WITHHELD)
            assert (after.seq, after.author, after.access) == (
                before.seq, before.author, before.access,
            )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS.values(), key=lambda kind: kind.__name__))
def test_no_kind_keeps_a_word(kind: type[Kind]) -> None:
    told = entry(1, sample(kind), access=Access.COUNSEL)
    (read,) = as_read_by([told], OPS)
    (again,) = as_read_by([read], OPS)
    assert "some " not in repr(read)
    assert again == read
    assert as_read_by([told], EVERYTHING) == [told]
