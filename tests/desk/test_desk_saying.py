"""Words go to people outside only as they were approved, by whom they must be, and once."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from spoken_world import (
    E1,
    SOON,
    account,
    approved,
    by,
    drafted,
    graded,
    known,
    record,
    sent,
    speaking_desk,
)

from desk_world import LOG, NOON, Hand, facts
from tocsin.desk import run_until_idle
from tocsin.desk.plans.runs import By
from tocsin.desk.words.releasing import release
from tocsin.desk.words.saying import Request, draft_words, look, propose
from tocsin.desk.words.speaking import approve, decline, override, withdraw
from tocsin.facts import Access, Asserter, Author, Proof, Refused
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.incidents import Grade
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import Ordered, RunStarted
from tocsin.facts.statements import (
    Audience,
    Flag,
    Moment,
    StatementApproved,
    StatementDrafted,
    StatementFlagged,
    StatementReleased,
)
from tocsin.incident.statements import State, promised
from tocsin.register.audiences import FLOOR
from tocsin.register.model import Entity, WordsRule

CUSTOMERS, PRESS = Audience.CUSTOMERS, Audience.PRESS
OUTSIDE = [one for one, reach in FLOOR.items() if reach.outside]
CLAIM = known("C1", "Version 2 gives wrong refunds")


def test_words_go_as_they_were_approved_to_all_of_the_audience_once() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    assert one.state is State.DRAFT and not facts(desk.world, RunStarted)
    approved(desk, one.id, "max", "lea")
    release(desk, LOG, one.id, account("ana"))
    with pytest.raises(Refused, match="it is going"):
        release(desk, LOG, one.id, account("bo"))
    run_until_idle(desk.world)
    (written,) = facts(desk.world, MessageWritten)
    assert (written.statement, written.audience) == ("S1", "customers")
    assert written.text == one.draft.text
    text = desk.world.vault.open(written.text).read().decode()
    assert "- Version 2 gives wrong refunds" in text
    assert [order.target for order in facts(desk.world, Ordered)] == ["all@customers.example"]
    assert len(mail.calls) == 1
    after = desk.known(LOG).statements.by_id["S1"]
    assert after.state is State.SENT and after.reached == ("all@customers.example",)


def test_what_was_promised_and_not_kept_falls_due() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    sent(desk, CUSTOMERS, "max", "lea", next_update_at=SOON)
    written = facts(desk.world, MessageWritten)[0]
    text = desk.world.vault.open(written.text).read().decode()
    assert "We will write again by 2026-11-23 14:00 UTC." in text
    assert written.next_update_at == SOON
    (due,) = facts(desk.world, FellDue)
    assert (due.what, due.about, due.due_at) == (Awaited.NEXT_UPDATE, "customers", SOON)
    (promise,) = promised(desk.known(LOG).statements)
    assert promise.is_late(desk.world.clock.now()) and promise.statement == "S1"
    late = drafted(desk, CUSTOMERS)
    assert (
        b"We promised this update by 2026-11-23 14:00 UTC. It is late."
        in look(desk, LOG, late.id).text
    )
    assert not look(desk, LOG, late.id).flags


def test_released_twice_under_one_client_key_they_go_once() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    approved(desk, one.id, "max", "lea")
    again = By(author=account("ana").author, client_key="k")
    assert release(desk, LOG, one.id, again) == release(desk, LOG, one.id, again)
    run_until_idle(desk.world)
    assert len(mail.calls) == 1 and len(facts(desk.world, StatementReleased)) == 1


@pytest.mark.parametrize("audience", OUTSIDE)
def test_nothing_goes_outside_before_every_role_of_the_floor_agreed(audience: Audience) -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, audience)
    people = {"communications": "max", "counsel": "lea", "executive": "eve"}
    floor = FLOOR[audience].approved_by
    assert floor and "counsel" in floor
    for role in floor:
        with pytest.raises(Refused, match=f"waits for a yes of .*{role}"):
            release(desk, LOG, one.id, account("ana"))
        approve(desk, LOG, one.id, by(people[role]))
    assert release(desk, LOG, one.id, account("ana")) == "run-1"


def test_an_approval_is_of_the_very_bytes() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    approved(desk, one.id, "max", "lea")
    again = drafted(desk, CUSTOMERS, added="Call your branch.")
    assert again.id == one.id and again.draft.text != one.draft.text and again.drafts == 2
    assert not again.valid and len(again.void) == 2
    with pytest.raises(Refused, match="waits for a yes of communications and counsel"):
        release(desk, LOG, one.id, account("ana"))
    with pytest.raises(Refused, match="another text by now"):
        approve(desk, LOG, one.id, by("lea"), shown=one.draft.text[:12])


def test_the_same_words_drafted_again_are_the_same_draft() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    drafted(desk, CUSTOMERS)
    approved(desk, "S1", "max")
    again = drafted(desk, CUSTOMERS)
    assert len(facts(desk.world, StatementDrafted)) == 1 and len(again.valid) == 1


def test_one_person_and_one_key_fill_one_role() -> None:
    entity = Entity(words=(WordsRule(audience=PRESS, approved_by=("counsel", "executive")),))
    desk = speaking_desk(entity=entity)
    record(desk, CLAIM)
    one = drafted(desk, PRESS)
    assert look(desk, LOG, one.id).reach.approved_by == ("counsel", "executive", "communications")
    approve(desk, LOG, one.id, by("lea"))
    with pytest.raises(Refused, match="lea is not communications"):
        approve(desk, LOG, one.id, by("lea"), role="communications")
    with pytest.raises(Refused, match="lea approved S1 as counsel already"):
        approve(desk, LOG, one.id, by("lea"))


def test_a_name_a_machine_or_a_strange_key_approves_nothing() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    with pytest.raises(Refused, match="proven by account"):
        approve(desk, LOG, one.id, account("lea"))
    with pytest.raises(Refused, match=r"enrolled for max, not for lea|is max's"):
        approve(desk, LOG, one.id, by("lea", key="max"))
    link = Author(who="lea", kind=Asserter.PERSON, proof=Proof.LINK)
    with pytest.raises(Refused, match="one-time link answers actions"):
        approve(desk, LOG, one.id, By(author=link))
    assert not facts(desk.world, StatementApproved)


def test_an_approval_that_was_written_past_the_desk_is_found_out() -> None:
    """Whoever can write into the record still cannot make words go."""
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    for who, role in (("max", "communications"), ("lea", "counsel")):
        forged = msgspec.structs.replace(by(who).author, signature="made up")
        fact = StatementApproved(statement=one.id, text=one.draft.text, role=role, because="")
        desk.record(LOG, lambda _, fact=fact: [fact], forged)
    with pytest.raises(Refused, match=r"entry \d+ does not count: the signature does not hold"):
        release(desk, LOG, one.id, account("ana"))


def test_who_refuses_stops_the_words_until_they_are_drafted_anew() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    approved(desk, one.id, "max")
    decline(desk, LOG, one.id, by("lea"), because="not yet")
    with pytest.raises(Refused, match="lea refused it as counsel"):
        release(desk, LOG, one.id, account("ana"))
    with pytest.raises(Refused, match="draft it anew"):
        approve(desk, LOG, one.id, by("lea"))
    again = drafted(desk, CUSTOMERS, next_update_at=SOON)
    approved(desk, again.id, "max", "lea")
    release(desk, LOG, again.id, account("ana"))


def test_what_was_withdrawn_never_goes_and_what_went_is_not_withdrawn() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    withdraw(desk, LOG, one.id, "too early", by("max"))
    with pytest.raises(Refused, match="S1 is withdrawn"):
        approve(desk, LOG, one.id, by("lea"))
    assert drafted(desk, CUSTOMERS).id == "S2"
    approved(desk, "S2", "max", "lea")
    release(desk, LOG, "S2", account("ana"))
    with pytest.raises(Refused, match="correct it"):
        withdraw(desk, LOG, "S2", "too late", by("max"))


def test_a_claim_refuted_after_the_approval_holds_the_words_back() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    approved(desk, one.id, "max", "lea")
    record(desk, graded("C1", Grade.REFUTED, E1))
    with pytest.raises(Refused, match="not-confirmed: C1 is told as known and is refuted"):
        release(desk, LOG, one.id, account("ana"))
    (flag,) = facts(desk.world, StatementFlagged)
    assert (flag.flag, flag.about, flag.text) == (Flag.NOT_CONFIRMED, "C1", one.draft.text)


def test_a_claim_refuted_while_the_message_waits_is_not_sent() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS)
    approved(desk, one.id, "max", "lea")
    release(desk, LOG, one.id, account("ana"))
    record(desk, graded("C1", Grade.REFUTED, E1))
    run_until_idle(desk.world)
    assert not mail.calls
    assert desk.known(LOG).statements.by_id[one.id].state is State.NOT_SENT


def test_counsel_and_nobody_else_lets_a_flag_pass_for_these_very_bytes() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS, added="12 people work on it.")
    approved(desk, one.id, "max", "lea")
    with pytest.raises(Refused, match="not-in-record"):
        release(desk, LOG, one.id, account("ana"))
    flag = Flag.NOT_IN_RECORD
    with pytest.raises(Refused, match="max is not counsel"):
        override(desk, LOG, one.id, flag, "12", "so it is", by("max"))
    with pytest.raises(Refused, match="say why"):
        override(desk, LOG, one.id, flag, "12", " ", by("lea"))
    with pytest.raises(Refused, match="no flag is not-in-record 13"):
        override(desk, LOG, one.id, flag, "13", "so it is", by("lea"))
    override(desk, LOG, one.id, flag, "12", "counted by me", by("lea"))
    override(desk, LOG, one.id, Flag.NO_EVIDENCE, "added-words", "so it is", by("lea"))
    assert not look(desk, LOG, one.id).open_flags
    changed = drafted(desk, CUSTOMERS, added="12 people work on it now.")
    assert look(desk, LOG, changed.id).open_flags, "an override is of the bytes as well"


def test_a_correction_goes_to_whoever_got_the_wrong_words_and_is_linked() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, CLAIM)
    sent(desk, CUSTOMERS, "max", "lea")
    record(desk, graded("C1", Grade.REFUTED, E1), known("C2", "Version 1 gave them"))
    people = {k: v for k, v in desk.knowledge.register().people.items() if k != "list"}
    from desk_register import adopted

    adopted(desk, msgspec.structs.replace(desk.knowledge.register(), people=people))
    fixed = sent(desk, CUSTOMERS, "max", "lea", moment=Moment.CORRECTION)
    text = desk.world.vault.open(fixed.draft.text).read().decode()
    assert "This does not hold:\n- Version 2 gives wrong refunds" in text
    assert fixed.draft.corrects == "S1" and fixed.reached == ("all@customers.example",)
    assert desk.known(LOG).statements.by_id["S1"].state is State.CORRECTED


def test_nothing_is_corrected_that_did_not_go() -> None:
    desk = speaking_desk()
    record(desk, CLAIM)
    with pytest.raises(Refused, match="nothing went to customers"):
        drafted(desk, CUSTOMERS, moment=Moment.CORRECTION)


def test_the_register_asks_for_more_and_never_for_less_in_silence() -> None:
    more = WordsRule(audience=CUSTOMERS, approved_by=("executive",))
    less = WordsRule(audience=PRESS, approved_by=("counsel",), loosened_because="a firm of two")
    desk = speaking_desk(entity=Entity(words=(more, less)))
    record(desk, CLAIM)
    for audience, asked in (
        (CUSTOMERS, ("executive", "communications", "counsel")),
        (PRESS, ("counsel",)),
    ):
        assert propose(desk, LOG, Request(audience=audience)).reach.approved_by == asked


def test_words_inside_need_nobody_or_the_commander() -> None:
    mail = Hand()
    desk = speaking_desk(mail)
    record(desk, known("C1", "Version 2 answers wrongly"))
    sent(desk, Audience.SUPPORT)
    assert len(mail.calls) == 2
    one = drafted(desk, Audience.EXECUTIVES)
    with pytest.raises(Refused, match="waits for a yes of commander"):
        release(desk, LOG, one.id, account("ana"))
    approve(desk, LOG, one.id, by("cy"))
    release(desk, LOG, one.id, account("ana"))


def test_the_board_reads_its_own_and_its_draft_is_the_boards() -> None:
    desk = speaking_desk()
    record(desk, known("C1", "The model harms one group"), access=Access.BOARD)
    board = drafted(desk, Audience.ETHICS_BOARD)
    assert board.draft.known == ("C1",) and board.access is Access.BOARD
    assert drafted(desk, Audience.SUPPORT).draft.known == ()


def test_a_promise_that_is_over_is_not_made_and_last_words_make_none() -> None:
    desk = speaking_desk()
    with pytest.raises(Refused, match="which is over"):
        drafted(desk, CUSTOMERS, next_update_at=NOON)
    with pytest.raises(Refused, match="last words promise"):
        drafted(desk, CUSTOMERS, next_update_at=SOON, moment=Moment.FINAL)
    record(desk, CLAIM)
    one = drafted(desk, CUSTOMERS, next_update_at=SOON)
    approved(desk, one.id, "max", "lea")
    desk.world.clock.sleep(timedelta(hours=3).total_seconds())
    with pytest.raises(Refused, match="over by now"):
        release(desk, LOG, one.id, account("ana"))


def test_who_is_nobody_gets_nothing_and_what_is_asked_wrongly_says_what_is_right() -> None:
    desk = speaking_desk()
    with pytest.raises(Refused, match="no claim is called C9"):
        drafted(desk, CUSTOMERS, claims=["C9"])
    with pytest.raises(Refused, match="no words are called S9"):
        look(desk, LOG, "S9")
    with pytest.raises(Refused, match=r"there is no template customers/first\.xx\.j2"):
        draft_words(desk, LOG, Request(audience=CUSTOMERS, language="xx"), account("max"))
    with pytest.raises(Refused, match="open it first"):
        propose(desk, "incident/NONE", Request(audience=CUSTOMERS))
