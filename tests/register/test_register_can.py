"""One decision for every door: refused unless something allows it, and the refusal says what."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Access, Asserter, Proof, Refused
from tocsin.register.can import (
    LABELS,
    OF_PEOPLE,
    OPEN,
    SCOPES,
    About,
    Right,
    Subject,
    accesses,
    can,
    check_can,
    why_not,
)

EVERYTHING = frozenset(SCOPES)
COUNSEL = About(access=Access.COUNSEL)

subjects = st.builds(
    Subject,
    who=st.sampled_from(["ana", "ben"]),
    kind=st.sampled_from(Asserter),
    proof=st.sampled_from(Proof),
    roles=st.frozensets(st.sampled_from(["counsel", "commander", "executive"])),
    scopes=st.none() | st.frozensets(st.sampled_from(sorted(SCOPES))),
    known=st.booleans(),
)
abouts = st.builds(
    About,
    access=st.sampled_from(Access),
    readers=st.none() | st.frozensets(st.sampled_from(["ana", "ben"])),
)


def person(*scopes: str, roles: tuple[str, ...] = (), who: str = "ana") -> Subject:
    given_scopes = frozenset(scopes)
    return Subject(who=who, kind=Asserter.PERSON, proof=Proof.TOKEN,
                   roles=frozenset(roles), scopes=given_scopes)  # fmt: skip


def machine(*scopes: str) -> Subject:
    return Subject(who="grafana", kind=Asserter.MACHINE, proof=Proof.TOKEN,
                   scopes=frozenset(scopes))  # fmt: skip


@given(subject=subjects, right=st.sampled_from(Right), about=abouts)
def test_a_token_without_the_scope_never_has_the_right(
    subject: Subject, right: Right, about: About
) -> None:
    if subject.scopes is not None and right.value not in subject.scopes:
        assert not can(subject, right, about)
    if subject.proof is Proof.TOKEN and subject.scopes is None:
        assert not can(subject, right, about)


@given(subject=subjects, right=st.sampled_from(sorted(OF_PEOPLE, key=str)), about=abouts)
def test_no_machine_and_no_process_decides(subject: Subject, right: Right, about: About) -> None:
    if subject.kind is not Asserter.PERSON:
        assert not can(subject, right, about)


@given(subject=subjects, about=abouts)
def test_counsels_text_is_read_by_members_alone(subject: Subject, about: About) -> None:
    outside = subject.kind in (Asserter.PERSON, Asserter.MACHINE)
    if about.access is Access.COUNSEL and outside and can(subject, Right.READ, about):
        assert subject.scopes is None or "counsel" in subject.scopes
        assert subject.who in about.readers if about.readers is not None else (
            "counsel" in subject.roles and subject.kind is Asserter.PERSON
        )  # fmt: skip


@given(subject=subjects, right=st.sampled_from(Right), about=abouts)
def test_a_refusal_says_what_would_make_it_allowed(
    subject: Subject, right: Right, about: About
) -> None:
    why = why_not(subject, right, about)
    assert can(subject, right, about) is (why is None)
    if why is not None:
        assert "; " in why
        with pytest.raises(Refused, match="; "):
            check_can(subject, right, about)


@given(subject=subjects, readers=st.none() | st.frozensets(st.sampled_from(["ana", "ben"])))
def test_labels_are_those_that_can_be_read(
    subject: Subject, readers: frozenset[str] | None
) -> None:
    found = accesses(subject, readers)
    for label in Access:
        assert (label in found) is can(subject, Right.READ, About(access=label, readers=readers))


def test_more_scopes_never_take_a_right_away() -> None:
    for right, label in product(Right, Access):
        about = About(access=label)
        if can(person(right.value, roles=("counsel",)), right, about):
            assert can(person(*EVERYTHING, roles=("counsel",)), right, about)


def test_a_persons_token_reads_counsels_text_with_role_scope_or_membership() -> None:
    assert not can(person("read", roles=("counsel",)), Right.READ, COUNSEL)
    assert can(person("read", "counsel", roles=("counsel",)), Right.READ, COUNSEL)
    assert not can(person("read", "counsel"), Right.READ, COUNSEL)
    space = About(access=Access.COUNSEL, readers=frozenset({"ben"}))
    assert not can(person("read", "counsel", roles=("counsel",)), Right.READ, space)
    assert can(person("read", "counsel", who="ben"), Right.READ, space)


def test_whoever_writes_to_counsel_need_not_be_counsel() -> None:
    assert can(person("record"), Right.RECORD, COUNSEL)
    assert can(machine("signals"), Right.SIGNAL, OPEN)
    assert not can(machine("signals"), Right.READ, OPEN)


def test_one_who_left_the_register_has_a_token_that_is_worth_nothing() -> None:
    gone = Subject(who="ana", kind=Asserter.PERSON, proof=Proof.TOKEN,
                   scopes=EVERYTHING, known=False)  # fmt: skip
    assert not any(can(gone, right) for right in Right)


def test_labels_are_scopes_and_open_text_needs_none() -> None:
    assert {one.value for one in LABELS} <= SCOPES
    assert accesses(person("read")) == {Access.OPS}
