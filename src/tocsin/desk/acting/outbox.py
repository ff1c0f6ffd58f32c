"""What people do with writes that do not go out: hold, release, try again, settle, let go.

Each is a fact with its author. Nothing here sends anything: that is a worker's, under the same key
as before, so that nobody is told twice by it.
"""

from __future__ import annotations

from collections.abc import Callable

from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_person, check_says_why
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.facts import OUTBOX_LOG, Draft, Fact, Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.outbox import WriteDropped, WriteHeld, WriteReleased, WriteRetried
from tocsin.facts.runs import Effect, Outcome, OutcomeJudged
from tocsin.playbook import OrderStanding
from tocsin.playbook.outbox import UNSETTLED, Breaker, Write, WriteState, breakers_of, writes_of
from tocsin.world import Appended

RETRY_ATTEMPTS = 3
_NOT_BEGUN = frozenset({OrderStanding.AWAITING, OrderStanding.UNSEALED, OrderStanding.READY})


def outbox(desk: Writer, log: str | None = None) -> list[Write]:
    """Everything that was to be written outside: in one log, or in all incidents."""
    logs = [log] if log is not None else desk.world.journal.logs(INCIDENT_PREFIX)
    return [write for one in logs for write in writes_of(one, desk.known(one).runs.by_id)]


def breakers(desk: Writer) -> list[Breaker]:
    """The integrations that failed and have not answered since."""
    return list(breakers_of(desk.known(OUTBOX_LOG).entries).values())


def unsettled(desk: Writer) -> list[Write]:
    """What needs a person, or is in doubt. An act on a system that failed is its plan's to handle,
    and is told there."""
    return [one for one in outbox(desk) if one.state in UNSETTLED and _is_told(one)]


def _is_told(write: Write) -> bool:
    words = write.order.fact.effect is Effect.TELL
    return words or write.state is not WriteState.DEAD


def hold(desk: Writer, log: str, order: int, because: str, by: By) -> Appended:
    """Let it not go out until somebody releases it."""

    def say(write: Write) -> list[Fact]:
        if write.order.held is not None:
            raise Refused(f"action {order} is held already: {write.order.held}")
        if write.order.standing not in _NOT_BEGUN:
            raise _not_so(write, "only what has not begun can be held")
        return [WriteHeld(run=write.run, order=order, because=because)]

    return _say(desk, log, order, because, say, by)


def release(desk: Writer, log: str, order: int, because: str, by: By) -> Appended:
    """Let it go on."""

    def say(write: Write) -> list[Fact]:
        if write.order.held is None:
            raise _not_so(write, "nothing holds it")
        return [WriteReleased(run=write.run, order=order, because=because)]

    return _say(desk, log, order, because, say, by)


def retry(desk: Writer, log: str, order: int, because: str, by: By) -> Appended:
    """Have it sent again, under the same key: a person saw that it is not there, or that its
    attempts are spent."""

    def say(write: Write) -> list[Fact]:
        record, fact = write.order, write.order.fact
        again = WriteRetried(
            run=write.run, order=order, attempts_more=RETRY_ATTEMPTS, because=because
        )
        if record.standing is OrderStanding.UNKNOWN:
            absent = OutcomeJudged(
                run=write.run, order=order, outcome=Outcome.NOT_DONE, basis=because
            )
            return [absent] if record.attempts_left else [absent, again]
        if record.standing is not OrderStanding.FAILED:
            raise _not_so(write, "only what is dead, or held because nobody knows, is tried again")
        if fact.effect is not Effect.TELL:
            raise Refused(
                f"action {order} acts on {fact.target}, and its plan went on without it; start "
                "anew what should happen now: tocsin incident run, or tocsin stop"
            )
        return [again]

    return _say(desk, log, order, because, say, by)


def settle(desk: Writer, log: str, order: int, reference: str, because: str, by: By) -> Appended:
    """It is there, as this reference: a person looked, or did it by other means."""
    if not reference.strip():
        raise Refused("nothing says where it stands; name it: --reference OPS-311, or a link")

    def say(write: Write) -> list[Fact]:
        if write.order.standing not in (OrderStanding.UNKNOWN, OrderStanding.FAILED):
            raise _not_so(write, "only what is dead, or held because nobody knows, is settled")
        judged = OutcomeJudged(
            run=write.run,
            order=order,
            outcome=Outcome.DONE,
            basis=because,
            reference=reference,
        )
        return [judged]

    return _say(desk, log, order, because, say, by)


def drop(desk: Writer, log: str, order: int, because: str, by: By) -> Appended:
    """Let it go: it will not be sent, or not again, and is told no more."""

    def say(write: Write) -> list[Fact]:
        if write.state in (WriteState.DONE, WriteState.LET_GO, WriteState.SENDING):
            raise _not_so(write, "only what has not gone out is let go")
        return [WriteDropped(run=write.run, order=order, because=because)]

    return _say(desk, log, order, because, say, by)


def write_of(known: Known, order: int) -> Write:
    """One write of a log. Raises Refused: there is none under that number."""
    writes = writes_of(known.log, known.runs.by_id)
    found = next((one for one in writes if one.order.seq == order), None)
    if found is None:
        there = ", ".join(str(one.order.seq) for one in writes) or "none"
        raise Refused(
            f"entry {order} of {known.log} is nothing to write outside; there is: {there}"
        )
    return found


def _say(
    desk: Writer,
    log: str,
    order: int,
    because: str,
    say: Callable[[Write], list[Fact]],
    by: By,
) -> Appended:
    check_person(desk, by.author)
    check_says_why(because)

    def drafts(known: Known) -> list[Draft]:
        now = desk.world.clock.now()
        return [draft(fact, now) for fact in say(write_of(known, order))]

    return desk.decide_known(log, drafts, by.author, client_key=by.client_key, sign=by.sign)


def _not_so(write: Write, rule: str) -> Refused:
    return Refused(f"action {write.order.seq} is {write.state.value}; {rule}")
