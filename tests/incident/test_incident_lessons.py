"""What an incident taught: only a proof closes an item of work, whatever somebody writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lesson_case import ANA, BEN, CLEO, DUE, EVE, PEOPLE, PROOF, Case

from incident_log import at, entry, sample
from tocsin.facts import Access, Draft, Fact, Refused
from tocsin.facts.incidents import (
    Assigned,
)
from tocsin.facts.lessons import (
    ActionChanged,
    ActionClosed,
    ActionGivenUp,
    ActionKind,
    ActionOpened,
    ActionProofAttached,
    ActionReopened,
    ChangeKind,
    ChangeProposed,
    CostBasis,
    CostKind,
    FactorKind,
    LessonFact,
    LessonNoted,
    Section,
    Went,
)
from tocsin.facts.privilege import RootCauseAssigned
from tocsin.incident import decide_actions, decide_lessons
from tocsin.incident.decide_actions import FITS, Text
from tocsin.incident.lessons import Standing, lessons_of
from tocsin.incident.model import Actor
from tocsin.incident.privilege import space_of


def test_an_item_is_closed_by_a_proof_and_says_of_which_kind() -> None:
    for drill in (None, "drill/D1"):
        case = Case()
        case.opened()
        proof = case.shown(drill)
        case.add(decide_actions.close_action(case.known, at(4), action="1", because="done"))
        item = case.known.items["action-1"]
        assert item.standing is Standing.CLOSED
        assert item.ended is not None and item.ended.shown is not None
        assert item.ended.shown.seq == proof
        assert item.is_proven == (drill is not None)


def test_without_a_proof_nothing_closes_it() -> None:
    case = Case()
    case.opened()
    with pytest.raises(Refused, match="closed by nothing else"):
        decide_actions.close_action(case.known, at(4), action="action-1", because="trust me")
    for by in range(6):  # not even an entry that says so
        case.write(ActionClosed(action="action-1", by=by, because="trust me"))
    assert case.known.items["action-1"].standing is Standing.OPEN
    assert len(case.known.disregarded) == 6


def test_a_proof_of_another_item_is_none() -> None:
    case = Case()
    case.opened()
    case.opened()
    proof = case.shown()
    with pytest.raises(Refused, match="has no proof"):
        decide_actions.close_action(case.known, at(4), action="2", because="x", by=proof)
    case.write(ActionClosed(action="action-2", by=proof, because="x"))
    assert case.known.items["action-2"].standing is Standing.OPEN


def test_opened_again_it_takes_a_new_proof() -> None:
    case = Case()
    case.opened()
    old = case.shown()
    case.add(decide_actions.close_action(case.known, at(4), action="1", because="done"))
    case.add(decide_actions.reopen_action(case.known, at(5), action="1", because="it came again"))
    case.write(ActionClosed(action="action-1", by=old, because="as before"))
    item = case.known.items["action-1"]
    assert (item.standing, item.reopened, item.proofs) == (Standing.OPEN, 1, ())
    assert item.is_overdue(DUE) and not item.is_overdue(at(6))


def test_given_up_is_not_closed_and_not_the_owners_to_decide() -> None:
    case = Case()
    case.opened()
    for actor in (BEN, CLEO):
        with pytest.raises(Refused, match="and not the owner"):
            decide_actions.give_up(
                case.known, case.incident, actor, at(4), action="1", because="too dear"
            )
    case.add(
        decide_actions.give_up(case.known, case.incident, EVE, at(4), action="1", because="x"),
        who="eve",
    )
    item = case.known.items["action-1"]
    assert item.standing is Standing.GIVEN_UP and not item.is_proven
    with pytest.raises(Refused, match="open it again first"):
        decide_actions.close_action(case.known, at(5), action="1", because="after all")


def test_an_item_needs_owner_due_and_the_drill_that_will_prove_it() -> None:
    case = Case()
    whole = dict(
        changes=ActionKind.CODE, what="w", owner="ben", due=DUE, drill="d", factor=None,
        people=PEOPLE,
    )  # fmt: skip
    for wrong, said in (
        ({"owner": "bem"}, 'did you mean "ben"'),
        ({"due": at(1)}, "cannot be due"),
        ({"drill": " "}, "drill that will prove that it works is empty"),
        ({"factor": "factor-1"}, "name one first"),
        ({"what": "\n"}, "is empty"),
    ):
        with pytest.raises(Refused, match=said):
            decide_actions.open_action(
                case.known,
                case.incident,
                ANA,
                at(2),
                **{**whole, **wrong},  # type: ignore[arg-type]
            )


def test_a_change_of_an_item_says_what_is_other_and_why() -> None:
    case = Case()
    case.opened()

    def change(**said: object) -> list[Draft]:
        whole = {"owner": None, "due": None, "drill": None, "because": "b", "people": PEOPLE}
        return decide_actions.change_action(
            case.known,
            at(3),
            action="action-1",
            **{**whole, **said},  # type: ignore[arg-type]
        )

    for wrong in ({}, {"owner": "ben"}, {"owner": "zoe"}, {"due": at(1)}, {"drill": " "}):
        with pytest.raises(Refused):
            change(**wrong)
    case.add(change(owner="ana", due=DUE + timedelta(days=1)))
    item = case.known.items["action-1"]
    assert (item.owner, item.due, item.moved) == ("ana", DUE + timedelta(days=1), 1)


def test_a_proposal_fits_its_item_and_changes_something() -> None:
    assert set(FITS) == set(ChangeKind)
    case = Case()
    case.opened(ActionKind.PLAYBOOK)
    text = Text(of=ChangeKind.PLAYBOOK, name="p.yaml", before="a" * 64, after="b" * 64,
                told="a step is new", errors=0, lint="")  # fmt: skip
    case.add(decide_actions.propose(case.known, at(3), action="1", text=text))
    assert case.known.items["action-1"].proposed[0].fact.told == "a step is new"
    same = Text(of=ChangeKind.PLAYBOOK, name="p", before="a" * 64, after="a" * 64, told="",
                errors=0, lint="")  # fmt: skip
    clause = Text(of=ChangeKind.CLAUSE, name="c", before=None, after="c" * 64, told="",
                  errors=None, lint="")  # fmt: skip
    for wrong in (same, clause):
        with pytest.raises(Refused):
            decide_actions.propose(case.known, at(3), action="1", text=wrong)


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [("0", "EUR", "'0' is no amount above zero"), ("000.00", "EUR", "no amount above zero"),
     ("1e3", "EUR", "is no amount; write digits"), ("-1", "EUR", "commas or a sign: 1250.00"),
     ("=1+1", "EUR", "is no amount; write"), ("", "EUR", "is no amount; write"),
     ("1 250", "EUR", "is no amount; write"), ("1", "eur", "neither a currency"),
     ("1", "hours", "neither a currency"),
     ("1.00001", "EUR", "5 digits after the point, and an amount has at most 4 there"),
     ("1" * 16, "EUR", "16 digits before the point, and an amount has at most 15 there"),
     ("1" * 5000, "EUR", "has 5000 digits before the point")],
)  # fmt: skip
def test_a_cost_is_a_plain_number_of_something_known(amount: str, unit: str, said: str) -> None:
    case = Case()
    with pytest.raises(Refused, match=re.escape(said)) as why:
        decide_lessons.record_cost(
            case.known, case.incident, ANA, at(2), what=CostKind.LABOUR, amount=amount, unit=unit,
            basis=CostBasis.MEASURED, because="b",
        )  # fmt: skip
    assert len(str(why.value)) < 200


def test_the_root_cause_is_written_only_by_who_may() -> None:
    case = Case()

    def written(section: Section, actor: Actor = ANA) -> Draft:
        return decide_lessons.write_section(
            case.known, case.incident, actor, at(4), section=section, text="because",
            space=space_of(case.log.entries), counsel=True,
        )[0]  # fmt: skip

    for section in set(Section) - {Section.ROOT_CAUSE}:
        assert written(section).access is Access.OPS
    with pytest.raises(Refused, match="counsel decides who writes it"):
        written(Section.ROOT_CAUSE)
    case.add([Draft(fact=Assigned(role="counsel", person="cleo"), happened_at=at(2))], who="cleo")
    for privileged, access in ((True, Access.COUNSEL), (False, Access.OPS)):
        choice = RootCauseAssigned(
            person="ana", from_at=at(3), privileged=privileged, because="she knows the data"
        )
        case.add([Draft(fact=choice, happened_at=at(3))], who="cleo")
        assert written(Section.ROOT_CAUSE).access is access
    with pytest.raises(Refused, match="ana writes the root cause, not ben"):
        written(Section.ROOT_CAUSE, BEN)


def test_what_is_counsels_is_not_there_for_others_and_its_number_is_taken() -> None:
    case = Case()
    case.opened(actor=CLEO)
    case.opened()
    seen = case.known.readable(frozenset({Access.OPS}))
    assert list(seen.items) == ["action-2"]
    assert seen.next_id("action") == "action-3"
    drafts = decide_actions.attach_proof(
        case.known, at(3), action="1", proof=PROOF, drill=None, says="s"
    )
    assert drafts[0].access is Access.COUNSEL  # what follows is as hidden as what it follows


def test_what_was_withdrawn_stays_in_the_record_and_stands_no_more() -> None:
    case = Case()
    case.add(
        decide_lessons.name_factor(
            case.known, case.incident, ANA, at(2), where=FactorKind.PROCESS,
            statement="no gate", evidence=[PROOF, PROOF],
        )
    )  # fmt: skip
    assert case.known.factors["factor-1"].fact.evidence == (PROOF,)
    case.add(decide_lessons.withdraw(case.known, ANA, at(3), name="factor-1", because="wrong"))
    assert case.known.factors["factor-1"].withdrawn == "wrong"
    with pytest.raises(Refused, match="withdrawn already"):
        decide_lessons.withdraw(case.known, ANA, at(4), name="factor-1", because="again")
    with pytest.raises(Refused, match='did you mean "factor-1"'):
        decide_lessons.withdraw(case.known, ANA, at(4), name="faktor-1", because="x")


def test_a_lesson_names_entries_that_are_there() -> None:
    case = Case()
    with pytest.raises(Refused, match="there is no entry 99"):
        decide_lessons.note_lesson(case.known, case.incident, ANA, at(2), went=Went.WELL,
                                   what="w", entries=[1, 99])  # fmt: skip
    noted = decide_lessons.note_lesson(
        case.known, case.incident, ANA, at(2), went=Went.BY_LUCK, what="w", entries=[1, 1]
    )
    assert isinstance(noted[0].fact, LessonNoted) and noted[0].fact.entries == (1,)


CLOSES: dict[type, bool] = {ActionClosed: True, ActionGivenUp: False}
"""Every kind that ends an item of work, and whether that is a closure that needs a proof."""


def test_every_kind_about_an_item_has_a_rule_for_its_end() -> None:
    about = [kind for kind in get_args(LessonFact) if "action" in kind.__struct_fields__]
    ends = set[type]()
    for kind in about:
        if kind is ActionOpened:
            continue
        case = Case()
        case.opened()
        proof = case.shown()
        fact = sample(kind, action="action-1", **({"by": proof} if kind is ActionClosed else {}))
        case.write(fact)
        if case.known.items["action-1"].standing is not Standing.OPEN:
            ends.add(kind)
    assert ends == set(CLOSES)


_WRITTEN: list[Callable[[str, int], Fact]] = [
    lambda name, by: sample(ActionOpened, action=name),
    lambda name, by: sample(ActionChanged, action=name),
    lambda name, by: sample(ActionProofAttached, action=name, proof=PROOF),
    lambda name, by: sample(ActionClosed, action=name, by=by),
    lambda name, by: sample(ActionReopened, action=name),
    lambda name, by: sample(ActionGivenUp, action=name),
    lambda name, by: sample(ChangeProposed, action=name, change=f"change-{by}"),
]


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(_WRITTEN) - 1), st.sampled_from(["action-1", "action-2"]),
            st.integers(0, 12),
        ),
        max_size=14,
    ),
    st.integers(0, 14),
)  # fmt: skip
def test_no_log_whatsoever_closes_an_item_without_its_proof(
    wishes: list[tuple[int, str, int]], cut: int
) -> None:
    entries = [
        entry(seq, _WRITTEN[which](name, by))
        for seq, (which, name, by) in enumerate(wishes, start=1)
    ]
    known = lessons_of(entries)
    for item in known.items.values():
        if item.standing is Standing.CLOSED:
            assert item.ended is not None and item.ended.shown is not None
            proof = entries[item.ended.shown.seq - 1].fact
            assert isinstance(proof, ActionProofAttached) and proof.action == item.id
            assert item.seq < item.ended.shown.seq < item.ended.seq
    halves = lessons_of(entries[:cut])
    for one in entries[cut:]:
        halves.take(one)
    assert halves == known  # where a log is cut makes no difference
