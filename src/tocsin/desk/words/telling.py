"""Words for an audience: what is known, suspected and not known, previewed to the byte.

The words go out as a run of a plan of one step, so that they have orders, receipts and a place in
the record like any other act. What the incident keeps for counsel or the board is never in them.
"""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from tocsin.desk.loaded.rules import addresses_of
from tocsin.desk.plans.runs import By, start_run, started_under_key
from tocsin.desk.record import Writer
from tocsin.desk.words.messages import plan_of_words
from tocsin.facts import Access, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.incidents import Grade
from tocsin.facts.statements import Audience
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.model import Incident
from tocsin.playbook.templates import one_line, text_bytes
from tocsin.register.audiences import outside_audience, reach_of
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Register

MAIL_KIND = "smtp"
TELL_PLAN = "tell"
_GRADES = (
    (Grade.CONFIRMED, "What we know:"),
    (Grade.SUSPECTED, "What we suspect and have not confirmed:"),
    (Grade.REFUTED, "What turned out to be wrong:"),
)
_NOT_KNOWN = "What we do not know yet:"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Words as they would be sent: `data` is the whole, to the byte.

    Args:
        claims: ids of the claims it states.
        addresses: to whom it goes.
        through: the integration that sends it.
    """

    audience: str
    subject: str
    body: str
    claims: tuple[str, ...]
    addresses: tuple[str, ...]
    through: str
    next_update_at: datetime | None

    @property
    def data(self) -> bytes:
        """Subject, empty line, words: the bytes that lie in the vault and are sent."""
        return text_bytes(self.subject, self.body)

    @property
    def digest(self) -> str:
        """What tells this message from another."""
        return sha256_hex(self.data)


def preview(
    desk: Writer,
    log: str,
    audience: str,
    text: str,
    *,
    subject: str | None = None,
    next_update_at: datetime | None = None,
) -> Message:
    """What `tell` would send now. Records nothing.

    Args:
        text: what somebody has to say beside the graded facts; may be empty where there are some.
        next_update_at: when the audience is promised to hear more.

    Raises:
        Refused: nobody is reached by that name, nothing would be said, no mail is set up.
    """
    incident = replay(as_read_by(desk.known(log).entries, frozenset({Access.OPS})))
    if not incident.systems:
        raise Refused(f"there is no {log}; open the incident first")
    register = desk.knowledge.register()
    _check_may_be_told(register, audience)
    now = desk.world.clock.now()
    if next_update_at is not None and next_update_at <= now:
        raise Refused(
            f"the next update cannot be promised for {next_update_at:%Y-%m-%d %H:%M} UTC, which is "
            "over; name a later time"
        )
    stated = [one for one in incident.claims if one.access is Access.OPS]
    body = _body(text, incident, next_update_at)
    if not body:
        raise Refused(
            "there is nothing to say: no claim and no open question is on record; write a text, or "
            "record what is known first: tocsin incident claim"
        )
    return Message(
        audience=audience,
        subject=_subject(subject, incident),
        body=body,
        claims=tuple(one.id for one in stated),
        addresses=_addresses(register, audience),
        through=mail_of(desk, register),
        next_update_at=next_update_at,
    )


def tell(
    desk: Writer,
    log: str,
    audience: str,
    text: str,
    by: By,
    *,
    subject: str | None = None,
    next_update_at: datetime | None = None,
    previewed: str | None = None,
) -> str:
    """Send words to an audience, in a run of its own; its id.

    Args:
        previewed: the digest of what was previewed; refused when other words would go now.
    """
    earlier = started_under_key(desk, log, by)
    if earlier is not None:
        return earlier
    message = preview(desk, log, audience, text, subject=subject, next_update_at=next_update_at)
    if previewed is not None and previewed != message.digest:
        raise Refused(
            "what is known has changed since the preview, and so would the words; look again "
            "without --send"
        )
    now = desk.world.clock.now()
    seconds = None
    if message.next_update_at is not None:
        seconds = math.ceil((message.next_update_at - now).total_seconds())
    plan = plan_of_words(
        TELL_PLAN,
        [audience],
        message.subject,
        message.body,
        through=message.through,
        title=f"Tell {audience}",
        claims=message.claims,
        next_update_seconds=seconds,
    )
    return start_run(desk, log, plan, by, file=TELL_PLAN)


def _check_may_be_told(register: Register, audience: str) -> None:
    """Passes for people inside about whom nobody is asked. Raises Refused."""
    asked = outside_audience(register, audience)
    if asked is None and audience in {one.value for one in Audience}:
        asked = Audience(audience) if reach_of(register, Audience(audience)).approved_by else None
    if asked is not None:
        roles = " and ".join(reach_of(register, asked).approved_by) or "nobody"
        raise Refused(
            f"words to {audience} need a yes of {roles}; draft them: tocsin say INCIDENT "
            f"{asked.value} --draft"
        )


def _body(text: str, incident: Incident, next_update_at: datetime | None) -> str:
    parts = [text.strip()] if text.strip() else []
    for grade, head in _GRADES:
        lines = [
            f"- {one_line(one.statement)}"
            for one in incident.claims
            if one.access is Access.OPS and one.grade is grade
        ]
        if lines:
            parts.append("\n".join([head, *lines]))
    open_questions = [
        f"- {one_line(one.text)}" for one in incident.open_questions if one.access is Access.OPS
    ]
    if open_questions:
        parts.append("\n".join([_NOT_KNOWN, *open_questions]))
    if parts and next_update_at is not None:
        parts.append(f"Next update: {next_update_at:%Y-%m-%d %H:%M} UTC")
    return "\n\n".join(parts)


def _subject(given: str | None, incident: Incident) -> str:
    if given is None:
        return one_line(f"[{incident.id}] {incident.title}")
    if not one_line(given):
        raise Refused(
            "the subject has no letter that can be shown; leave it out, or say what it is about"
        )
    return one_line(given)


def _addresses(register: Register, audience: str) -> tuple[str, ...]:
    found = addresses_of(register, audience)
    if not found:
        roles = {role for person in register.people.values() for role in person.roles}
        reached = sorted(role for role in roles if addresses_of(register, role))
        among = f"audiences that are reached: {', '.join(reached) or 'none'}"
        raise Refused(
            f"nobody with an email address has the role {audience} in the register; "
            + did_you_mean(audience, reached, among)
        )
    return found


def mail_of(desk: Writer, register: Register) -> str:
    """The integration that sends mail. Raises Refused where none is set up."""
    for name, one in sorted(register.integrations.items()):
        if one.kind == MAIL_KIND and name in desk.world.connectors:
            return name
    raise Refused(
        'no mail is set up; add an integration of kind "smtp" to HOME/register/ and adopt it'
    )
