"""Words that were agreed go: checked anew from the record, then sent by a run of their own.

What goes are the bytes that were approved. They go once: the release and the beginning of the run
are one append, so that two people at once send it once.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import SAY_PLAN
from tocsin.desk.plans.runs import By, check_goes_on, started_under_key
from tocsin.desk.record import Writer
from tocsin.desk.words.messages import plan_of_words
from tocsin.desk.words.saying import Looked, flag_anew, look_at
from tocsin.desk.words.telling import mail_of
from tocsin.facts import Draft, Refused
from tocsin.facts.runs import RunStarted
from tocsin.facts.statements import StatementReleased
from tocsin.incident.fold import replay
from tocsin.playbook import plan_of


def release(desk: Writer, log: str, statement: str, by: By) -> str:
    """Let words go, and give the run that sends them.

    Raises:
        Refused: not agreed, doubted and not overridden, gone already, a promise that is over, or
            nobody to send them to.
    """
    earlier = started_under_key(desk, log, by)
    if earlier is not None:
        return earlier
    flag_anew(desk, log, statement)
    begun: list[str] = []

    def judge(known: Known) -> Sequence[Draft]:
        looked, now = look_at(desk, known, statement), desk.world.clock.now()
        _check(desk, looked)
        check_goes_on(replay(known.entries))
        plan = _plan(desk, looked)
        read = plan_of(plan, SAY_PLAN)
        check_equipment(desk.world, read)
        run = f"run-{len(known.runs.by_id) + 1}"
        begun[:] = [run]
        one = looked.statement
        kept = desk.world.vault.put(io.BytesIO(plan)).digest
        return [
            Draft(fact=RunStarted(run=run, plan=read.id, plan_digest=kept), happened_at=now),
            Draft(
                fact=StatementReleased(statement=one.id, text=one.draft.text, run=run),
                happened_at=now,
                access=one.access,
            ),
        ]

    desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    return begun[0]


def why_not(desk: Writer, looked: Looked) -> list[str]:
    """All that keeps these words from going now; empty when they may go."""
    one, missing, now = looked.statement, looked.agreed.missing, desk.world.clock.now()
    if not one.is_open:
        if one.is_in_the_outbox:
            return [f"it is {one.state.value}; what it waits for: tocsin outbox list"]
        return [f"{one.id} is {one.state.value}"]
    told = []
    if looked.agreed.declined_by is not None:
        who, role = looked.agreed.declined_by
        told.append(f"{who} refused it as {role}; draft it anew")
    if missing:
        told.append(f"it waits for a yes of {' and '.join(missing)}")
        told += [f"entry {one.seq} does not count: {one.why}" for one in looked.agreed.disregarded]
    told += [f"{each.flag.value}: {each.why}" for each in looked.open_flags]
    promise = one.draft.next_update_at
    if promise is not None and promise <= now:
        told.append("the next update that it promises is over by now; draft it anew")
    if not looked.addresses:
        told.append(f"nobody in the register is of {one.draft.audience.value} and has an address")
    return told


def _check(desk: Writer, looked: Looked) -> None:
    told = why_not(desk, looked)
    if told:
        raise Refused(f"{looked.statement.id} does not go: " + "; ".join(told))


def _plan(desk: Writer, looked: Looked) -> bytes:
    subject, _, body = looked.text.decode().partition("\n\n")
    draft = looked.statement.draft
    return plan_of_words(
        SAY_PLAN,
        [draft.audience.value],
        subject,
        body,
        through=mail_of(desk, desk.knowledge.register()),
        title=f"Tell {draft.audience.value}",
        claims=(*draft.known, *draft.suspected, *draft.refuted),
    )
