"""Tells whoever must know that something fell due outside a run, and records that it did.

The words go out as a run of one step, so that they have an order and a receipt like any other.
They are begun under a key before the fact is recorded: whoever dies in between is repeated, and
nobody is told twice.
"""

from __future__ import annotations

from tocsin.desk.loaded.known import moment_piece
from tocsin.desk.loaded.rules import addresses_of
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import Writer
from tocsin.desk.words.messages import plan_of_call, plan_of_words
from tocsin.desk.words.telling import mail_of
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts import Author, Refused
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.incident.dues import DueMoment
from tocsin.incident.legal_dues import BEFORE
from tocsin.incident.words_due import due_remedy, due_subject

CALL_WITHIN_SECONDS = 300
REMINDER = "reminder"
UNHEARD = "commander"
"""Who is told where the one who should be has no address."""


def fell_due(desk: Writer, log: str, moment: DueMoment, author: Author) -> FellDue:
    """Begin to tell, and give the fact that says so. Raises Unreachable."""
    told_by, untold = None, ""
    try:
        plan, role = _plan_of(desk, log, moment)
        by = By(author=author, client_key=f"{log}/{moment_piece(moment).key}")
        told_by = start_run(desk, log, plan, by, file=REMINDER, ended_too=True)
    except Refused as why:
        role, untold = moment.role, str(why)
    return FellDue(
        what=moment.what,
        about=moment.about,
        turn=moment.turn,
        due_at=moment.at,
        role=role,
        told_by=told_by,
        untold=untold,
    )


def _instant(moment: DueMoment) -> str:
    if moment.what is Awaited.LEGAL_DEADLINE:
        at = moment.at + BEFORE[moment.turn]
        return f"Its instant is {at:%Y-%m-%d %H:%M} UTC. {NOT_ADVICE.capitalize()}."
    return f"It was due at {moment.at:%Y-%m-%d %H:%M} UTC."


def _plan_of(desk: Writer, log: str, moment: DueMoment) -> tuple[bytes, str]:
    """A plan of one step, and whom it tells."""
    incident = log.removeprefix(INCIDENT_PREFIX)
    said = due_subject(moment.what, moment.about, moment.turn)
    subject = f"{said} [{incident}]"
    text = f"{said}.\n{_instant(moment)}\n{due_remedy(moment.what, moment.about, incident)}\n"
    register = desk.knowledge.register()
    if moment.calls:
        return plan_of_call(
            REMINDER, moment.role, text, title=subject, within_seconds=CALL_WITHIN_SECONDS,
            step="tell",
        ), moment.role  # fmt: skip
    heard = [one for one in (moment.role, UNHEARD) if addresses_of(register, one)]
    if not heard:
        raise Refused(
            f"neither {moment.role} nor {UNHEARD} has an email address in the register in force"
        )
    through = mail_of(desk, register)
    return plan_of_words(REMINDER, heard[:1], subject, text, through=through), heard[0]
