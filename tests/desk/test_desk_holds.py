"""Of a hold people are told, in plain words; who does not answer is reminded, then others are."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from test_desk_telling import desk_of

from desk_register import KEYS, REGISTER, adopted, enrolled
from desk_world import BY_ANA, LOG, NOON, Hand, facts
from tocsin.desk import DESK_AUTHOR, Writer, run_until_idle
from tocsin.desk.evidence.custody import place_hold
from tocsin.desk.evidence.holds import (
    answer,
    end,
    hold_meant,
    holds_of,
    leave_out,
    notify,
    tell_end,
)
from tocsin.desk.plans.runs import By
from tocsin.desk.record import draft
from tocsin.facts import Access, Asserter, Author, Draft, Proof, Refused
from tocsin.facts.custody import HoldPlaced, HoldReleased
from tocsin.facts.dues import FellDue
from tocsin.facts.holds import HoldNotified, HoldReleaseAsked
from tocsin.facts.incidents import Assigned, Closed, Reopened
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import Ordered
from tocsin.register.model import Decision, Entity, Person, ProofRule
from tocsin.register.statements import ENTRY_NAMESPACE

DAY = timedelta(days=1)
COUNSEL = Person(id="cleo", name="Cleo", email="cleo@example.org", roles=("counsel",))


def by(who: str) -> By:
    return By(author=Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account=who))


def signed(who: str) -> By:
    one = KEYS[who]
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=one.fingerprint)
    return By(author=author, sign=lambda message: one.sign(message, ENTRY_NAMESPACE))


def with_counsel(desk: Writer) -> Writer:
    people = {**REGISTER.people, "cleo": COUNSEL}
    return adopted(desk, msgspec.structs.replace(REGISTER, people=people))


def texts(desk: Writer) -> list[str]:
    return [
        desk.world.vault.open(one.text).read().decode() for one in facts(desk.world, MessageWritten)
    ]


def test_a_hold_starts_with_the_declaration_and_concerns_owners_deputies_and_who_leads() -> None:
    desk = desk_of()
    desk.decide(
        LOG, lambda _: [draft(Assigned(role="commander", person="cy"), NOON)], BY_ANA.author
    )
    (one,) = holds_of(desk, LOG)
    assert (one.hold.id, one.systems, one.custodians) == (
        "declaration", ("assistant",), ("ana", "bo", "cy"),
    )  # fmt: skip
    assert one.notices.share is None


def test_the_notice_says_what_is_held_why_and_what_to_do_and_nothing_of_counsels() -> None:
    mail = Hand()
    desk = desk_of(mail)
    told = notify(desk, LOG, "declaration", BY_ANA)
    assert (told.people, told.unreached) == (("ana", "bo"), ())
    run_until_idle(desk.world, until=NOON + timedelta(minutes=5))
    assert {one.target for one in facts(desk.world, Ordered)} == {
        "ana@example.org", "bo@example.org",
    }  # fmt: skip
    (text,) = set(texts(desk))
    assert "the system assistant" in text and "delete, alter or overwrite none" in text
    assert "tocsin hold ack 7K3ABCDEFG declaration" in text
    assert "suing" not in text
    with pytest.raises(Refused, match="everybody whom hold declaration covers was told"):
        notify(desk, LOG, "declaration", BY_ANA)


def test_why_counsel_holds_something_is_in_no_mail() -> None:
    desk = desk_of()
    fact = HoldPlaced(hold="H1", systems=("assistant",), people=("di",), digests=("b" * 64,),
                      because="PRIVILEGED {reason}")  # fmt: skip
    desk.decide(
        LOG, lambda _: [Draft(fact=fact, happened_at=NOON, access=Access.COUNSEL)], BY_ANA.author
    )
    assert notify(desk, LOG, "H1", BY_ANA).people == ("ana", "bo", "di")
    run_until_idle(desk.world, until=NOON + timedelta(minutes=5))
    assert all("PRIVILEGED" not in text and "counsel asks for it" in text for text in texts(desk))


def test_people_acknowledge_in_their_own_name_and_the_share_is_known() -> None:
    desk = desk_of()
    place_hold(desk, LOG, "a letter came", BY_ANA, people=("di", "bo"))
    notify(desk, LOG, "H1", BY_ANA)
    answer(desk, LOG, "H1", by("bo"))
    notices = hold_meant(desk, LOG, "H1").notices
    assert (notices.share, notices.open) == (50, ["di"])
    with pytest.raises(Refused, match="acknowledged it at"):
        answer(desk, LOG, "H1", by("bo"))
    with pytest.raises(Refused, match="was not put to ana"):
        answer(desk, LOG, "H1", BY_ANA)
    with pytest.raises(Refused, match="those that stand are: declaration, H1"):
        answer(desk, LOG, "H9", by("bo"))
    assert notify(desk, LOG, "H1", BY_ANA, again=True).people == ("di",)
    assert [one.turn for one in facts(desk.world, HoldNotified)] == [1, 2]
    answer(desk, LOG, "H1", by("di"))
    with pytest.raises(Refused, match="has acknowledged it"):
        notify(desk, LOG, "H1", BY_ANA, again=True)


def test_who_has_a_key_signs_what_they_acknowledge() -> None:
    desk = enrolled(desk_of())
    with pytest.raises(Refused, match="has an enrolled key"):
        answer(desk, LOG, "declaration", by("bo"))
    answer(desk, LOG, "declaration", signed("bo"))
    assert hold_meant(desk, LOG, "declaration").notices.answered["bo"].proof is Proof.SIGNATURE


def test_who_does_not_answer_is_reminded_then_their_deputy_is_told_and_it_ends_some_day() -> None:
    mail = Hand()
    desk = desk_of(mail)
    notify(desk, LOG, "declaration", BY_ANA)
    run_until_idle(desk.world, until=NOON + timedelta(hours=1))
    answer(desk, LOG, "declaration", by("bo"))
    desk.decide(LOG, lambda _: [draft(Closed(because="over"), NOON)], BY_ANA.author)
    run_until_idle(desk.world, until=NOON + 30 * DAY)
    due = facts(desk.world, FellDue)
    assert [(one.about, one.turn, one.role) for one in due] == [
        ("declaration/ana", 0, "ana"),
        ("declaration/ana", 1, "bo"),
        ("declaration/ana", 2, "bo"),
        ("declaration/ana", 3, "bo"),
    ]
    assert due[0].due_at == NOON + 2 * DAY and due[1].due_at >= NOON + 3 * DAY
    assert desk.world.journal.next_due() is None


def test_who_acknowledged_a_hold_before_they_were_told_is_not_waited_for() -> None:
    desk = desk_of(Hand())
    answer(desk, LOG, "declaration", by("bo"))
    notify(desk, LOG, "declaration", BY_ANA)
    run_until_idle(desk.world, until=NOON + 30 * DAY)
    due = facts(desk.world, FellDue)
    assert {one.about for one in due} == {"declaration/ana"}, "bo could not answer a second time"


def test_the_end_of_a_hold_ends_its_reminders_and_is_written_to_who_was_told() -> None:
    desk = desk_of()
    place_hold(desk, LOG, "a letter came", BY_ANA, people=("di",))
    notify(desk, LOG, "H1", BY_ANA)
    _, ended = end(desk, LOG, "H1", "settled", BY_ANA)
    assert ended and len(facts(desk.world, HoldReleased)) == 1
    assert tell_end(desk, LOG, "H1", ("di",), BY_ANA) is not None
    assert tell_end(desk, LOG, "H1", ("nobody",), BY_ANA) is None
    run_until_idle(desk.world, until=NOON + 30 * DAY)
    assert facts(desk.world, FellDue) == []
    assert "is over" in texts(desk)[-1]


def test_only_counsel_leaves_people_out_and_nobody_who_was_told() -> None:
    desk = with_counsel(desk_of())
    place_hold(desk, LOG, "a letter came", BY_ANA, people=("di", "bo"))
    with pytest.raises(Refused, match="only counsel decides"):
        leave_out(desk, LOG, "H1", ("di",), "b", BY_ANA)
    leave_out(desk, LOG, "H1", ("di",), "he may be the one", by("cleo"))
    assert notify(desk, LOG, "H1", BY_ANA).people == ("bo",)
    with pytest.raises(Refused, match="bo was told already"):
        leave_out(desk, LOG, "H1", ("bo",), "b", by("cleo"))
    with pytest.raises(Refused, match="not told as it is"):
        leave_out(desk, LOG, "H1", ("di",), "b", by("cleo"))
    hidden = [one for one in desk.known(LOG).entries if one.access is Access.COUNSEL]
    assert "he may be the one" in repr(hidden[-1])


def test_where_the_register_says_so_two_people_with_two_keys_end_a_hold() -> None:
    rule = ProofRule(decision=Decision.HOLD_RELEASE, proof=Proof.SIGNATURE, people=2)
    two = msgspec.structs.replace(REGISTER, entity=Entity(proofs=(rule,)))
    desk = enrolled(adopted(desk_of(), two))
    place_hold(desk, LOG, "a letter came", signed("ana"))
    with pytest.raises(Refused, match="proven by account"):
        end(desk, LOG, "H1", "settled", BY_ANA)
    assert not end(desk, LOG, "H1", "settled", signed("ana"))[1]
    with pytest.raises(Refused, match="a second person has to release it"):
        end(desk, LOG, "H1", "settled", signed("ana"))
    assert [one.id for one in (c.hold for c in holds_of(desk, LOG))] == ["declaration", "H1"]
    assert end(desk, LOG, "H1", "settled", signed("bo"))[1]
    assert len(facts(desk.world, HoldReleaseAsked)) == 1


def test_what_was_asked_before_a_reopening_frees_nothing_after_it() -> None:
    rule = ProofRule(decision=Decision.HOLD_RELEASE, proof=Proof.SIGNATURE, people=2)
    two = msgspec.structs.replace(REGISTER, entity=Entity(proofs=(rule,)))
    desk = enrolled(adopted(desk_of(), two))
    desk.decide(LOG, lambda _: [draft(Closed(because="over"), NOON)], BY_ANA.author)
    assert not end(desk, LOG, "declaration", "settled", signed("ana"))[1]
    again = [draft(Reopened(because="not over"), NOON), draft(Closed(because="over"), NOON)]
    desk.decide(LOG, lambda _: again, BY_ANA.author)
    assert not end(desk, LOG, "declaration", "settled", signed("bo"))[1]


def test_nobody_is_told_where_nobody_can_be_reached() -> None:
    desk = desk_of()
    place_hold(desk, LOG, "a letter came", BY_ANA, people=("nobody",))
    with pytest.raises(Refused, match="none of nobody has an email address"):
        notify(desk, LOG, "H1", BY_ANA)
    place_hold(desk, LOG, "a letter came", BY_ANA, digests=("c" * 64,))
    assert notify(desk, LOG, "H2", BY_ANA).people == ("ana", "bo")


def test_a_notice_that_was_begun_before_a_crash_is_sent_once() -> None:
    mail = Hand()
    desk = desk_of(mail)
    record, desk.record = desk.record, _dies  # type: ignore[method-assign]
    with pytest.raises(_Died):
        notify(desk, LOG, "declaration", BY_ANA)
    desk.record = record  # type: ignore[method-assign]
    notify(desk, LOG, "declaration", BY_ANA)
    run_until_idle(desk.world, until=NOON + timedelta(minutes=5))
    assert len(mail.calls) == 2


class _Died(Exception):
    pass


def _dies(*_: object, **__: object) -> None:
    raise _Died


def test_a_worker_does_not_acknowledge_for_anybody() -> None:
    desk = desk_of()
    with pytest.raises(Refused, match="only a person can say this"):
        answer(desk, LOG, "declaration", By(author=DESK_AUTHOR))
