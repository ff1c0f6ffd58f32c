"""Holds towards people: whom a hold concerns, its notice, its answers, and its end by two.

A notice goes out as a run of one step, like every word that leaves. It says in plain words what is
held and what to do; of what is for counsel it holds nothing. It is begun under a key before the
fact is recorded, so that whoever dies in between tells nobody twice.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.desk.evidence.custody import custody_known, release_hold
from tocsin.desk.loaded.rules import addresses_of, holders
from tocsin.desk.people import actor, check_decision_by, check_oneself, check_person, people_needed
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.reading import EVERYDAY
from tocsin.desk.record import Writer
from tocsin.desk.words.messages import plan_of_words
from tocsin.desk.words.telling import mail_of
from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.custody import HoldPlaced
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.holds import HoldNotified
from tocsin.facts.withheld import as_read_by
from tocsin.incident.custody import DECLARATION, Hold
from tocsin.incident.holds import (
    ANSWER_WITHIN,
    Notices,
    acknowledge,
    ask_release,
    notices_of,
    silence,
    to_be_told,
)
from tocsin.incident.model import COUNSEL
from tocsin.register.model import Decision, Register
from tocsin.world import Appended

FOR_COUNSEL = "counsel asks for it"


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, whom it concerns, and what they were told so far."""

    hold: Hold
    systems: tuple[str, ...]
    custodians: tuple[str, ...]
    notices: Notices


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that goes out now."""

    people: tuple[str, ...]
    unreached: tuple[str, ...]
    run: str
    answer_by: datetime


def holds_of(desk: Writer, log: str) -> list[Concerned]:
    """The holds of this log that stand, with whom they concern."""
    known, told = custody_known(desk), notices_of(desk.known(log).entries)
    return [_concerned(desk, log, one, told.get(one.id)) for one in known.holds if one.log == log]


def hold_meant(desk: Writer, log: str, name: str) -> Concerned:
    """The hold of this name. Raises Refused, naming those that stand."""
    there = holds_of(desk, log)
    for one in there:
        if one.hold.id == name:
            return one
    stand = ", ".join(one.hold.id for one in there) or "none"
    raise Refused(f"no hold {name} stands here; those that stand are: {stand}")


def notify(desk: Writer, log: str, name: str, by: By, *, again: bool = False) -> Told:
    """Send the notice of a hold to those who were not told, or again to who has not answered.

    Raises:
        Refused: no such hold, nobody is left to tell, nobody has an address, no mail is set up.
    """
    check_person(desk, by.author)
    one = hold_meant(desk, log, name)
    people = to_be_told(one.notices, one.custodians, again=again)
    register, now = desk.knowledge.register(), desk.world.clock.now()
    reached = tuple(who for who in people if addresses_of(register, who))
    if not reached:
        raise Refused(f"none of {', '.join(people)} has an email address in the register in force")
    answer_by, turn = now + ANSWER_WITHIN, one.notices.turns + 1
    plan = _plan(desk, register, log, one, reached, answer_by)
    key = sha256_hex(f"hold/{log}/{name}/{turn}/{','.join(reached)}".encode())
    sent = msgspec.structs.replace(by, client_key=by.client_key or key)
    run = start_run(desk, log, plan, sent, file="hold-notice", ended_too=True)
    fact = HoldNotified(
        hold=name,
        people=reached,
        instead=tuple(_instead(register, one, who) for who in reached),
        run=run,
        turn=turn,
        answer_by=answer_by,
    )
    desk.record(log, lambda _: [fact], by.author, sign=by.sign)
    unreached = tuple(who for who in people if who not in reached)
    return Told(people=reached, unreached=unreached, run=run, answer_by=answer_by)


def answer(desk: Writer, log: str, name: str, by: By) -> Appended:
    """Record that a person acknowledges a hold; it is their own word, signed where they can."""
    check_oneself(desk, by.author)
    one, who, now = hold_meant(desk, log, name), actor(desk, by.author.who), desk.world.clock.now()

    def judge(entries: list[Entry]) -> list[Draft]:
        notices = notices_of(entries).get(name, Notices(hold=name))
        return acknowledge(notices, one.custodians, who, now)

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def leave_out(
    desk: Writer, log: str, name: str, people: tuple[str, ...], because: str, by: By
) -> Appended:
    """Record that these people are not told of a hold. Only counsel may."""
    check_oneself(desk, by.author)
    hold_meant(desk, log, name)
    who, now = actor(desk, by.author.who), desk.world.clock.now()

    def judge(entries: list[Entry]) -> list[Draft]:
        notices = notices_of(entries).get(name, Notices(hold=name))
        holder = holders(entries).get(COUNSEL)
        return silence(notices, who, now, people=people, because=because, holder=holder)

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def end(desk: Writer, log: str, name: str, because: str, by: By) -> tuple[Appended, bool]:
    """End a hold, or ask for its end where the register wants two people; whether it ended."""
    if people_needed(desk, Decision.HOLD_RELEASE, log) < 2:
        return release_hold(desk, log, name, because, by), True
    check_decision_by(desk, Decision.HOLD_RELEASE, log, by.author)
    notices = hold_meant(desk, log, name).notices
    others = [one for who, one in notices.release_asked.items() if who != by.author.who]
    if any(one.key and by.author.key and one.key != by.author.key for one in others):
        return release_hold(desk, log, name, because, by, second=True), True
    if others:
        raise Refused(
            "two people need two proofs, and an account tells nobody from another; both sign with "
            "their own key: --as PERSON --key FILE"
        )
    who, now = actor(desk, by.author.who), desk.world.clock.now()

    def judge(entries: list[Entry]) -> list[Draft]:
        known = notices_of(entries).get(name, Notices(hold=name))
        return ask_release(known, who, now, because=because)

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign), False


def tell_end(desk: Writer, log: str, name: str, told: tuple[str, ...], by: By) -> str | None:
    """Write to everybody who was told that the hold is over; the run, or None with nobody."""
    register = desk.knowledge.register()
    reached = [who for who in told if addresses_of(register, who)]
    if not reached:
        return None
    incident = log.removeprefix(INCIDENT_PREFIX)
    text = (
        f"Hold {name} of incident {incident} is over. What it covered is kept and deleted by the "
        "usual rules again, unless another hold covers it. When in doubt, ask before you delete.\n"
    )
    plan = _tell(desk, register, reached, f"Hold {name} [{incident}] is over", text)
    key = sha256_hex(f"hold-over/{log}/{name}".encode())
    over = msgspec.structs.replace(by, client_key=key)
    return start_run(desk, log, plan, over, file="hold-over", ended_too=True)


def _concerned(desk: Writer, log: str, hold: Hold, notices: Notices | None) -> Concerned:
    register, known = desk.knowledge.nearest_register(), desk.known(log)
    unnamed = not hold.systems and not hold.people
    own = known.systems if hold.id == DECLARATION or unnamed else ()
    systems = tuple(sorted({*hold.systems, *own}))
    people = set(hold.people)
    for name in systems:
        system = register.systems.get(name)
        people |= {one for one in (system.owner, system.deputy) if one} if system else set()
    if hold.id == DECLARATION:
        people |= set(holders(known.entries).values())
    return Concerned(
        hold=hold,
        systems=systems,
        custodians=tuple(sorted(people)),
        notices=notices or Notices(hold=hold.id),
    )


def _instead(register: Register, one: Concerned, who: str) -> str:
    """Who sees to it where a person never answers: their deputy, else the owner of a system."""
    person = register.people.get(who)
    deputies = person.deputies if person else ()
    owners = [register.systems[name].owner for name in one.systems if name in register.systems]
    return next((other for other in (*deputies, *owners) if other != who), "")


def _plan(
    desk: Writer, register: Register, log: str, one: Concerned, people: tuple[str, ...],
    answer_by: datetime,
) -> bytes:  # fmt: skip
    incident, hold = log.removeprefix(INCIDENT_PREFIX), one.hold.id
    held = "\n".join(
        [f"- everything about the system {name}" for name in one.systems]
        + [f"- everything that {len(one.hold.digests)} pieces of evidence hold"]
        * bool(one.hold.digests)
    )
    text = (
        f"Hold {hold} of incident {incident} concerns you.\n\n"
        f"What is held:\n{held or '- everything about this incident'}\n"
        "That is models, runs, data sets, prompts, logs, mails, chats, notes and drafts, "
        "wherever they lie.\n\n"
        f"Why: {_reason(desk, log, hold)}\n\n"
        "What to do: delete, alter or overwrite none of it. Stop whatever deletes by itself: "
        "retention, garbage collection, re-indexing. Do not talk about it where it is not needed. "
        "When in doubt, ask before you act.\n\n"
        f"Acknowledge it by {answer_by:%Y-%m-%d %H:%M} UTC: "
        f"tocsin hold ack {incident} {hold} --as YOU --key FILE\n"
    )
    return _tell(desk, register, people, f"Hold {hold} [{incident}]: keep everything", text)


def _reason(desk: Writer, log: str, hold: str) -> str:
    """Why, in the words of who placed it; never what is for counsel, and no title of an incident"""
    for entry in as_read_by(desk.known(log).entries, EVERYDAY):
        if isinstance(entry.fact, HoldPlaced) and entry.fact.hold == hold:
            return entry.fact.because
    return "an incident was declared" if hold == DECLARATION else FOR_COUNSEL


def _tell(
    desk: Writer, register: Register, people: list[str] | tuple[str, ...], subject: str, text: str
) -> bytes:
    through = mail_of(desk, register)
    return plan_of_words("hold-notice", people, subject, text, through=through)
