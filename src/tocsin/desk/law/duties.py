"""Asks the law about an incident whenever something moved, and records what came out otherwise.

Due dates are reckoned anew from the facts, never kept as truth; what is recorded is each change
and what made it. Asking again after a crash records nothing twice: what was found is compared with
what the record says was found before.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.desk.law.moved import steps, why
from tocsin.desk.law.passed import passed_unsaid
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.law_in_force import LawRead, adopted_in
from tocsin.desk.record import DESK_AUTHOR, Writer, draft
from tocsin.duties.duty import Duty
from tocsin.duties.known import LegalFacts
from tocsin.duties.law import Law, Rule, Sort
from tocsin.duties.raised import duties_raised
from tocsin.duties.scope import counts_last, of_organisation
from tocsin.duties.values import facts_of
from tocsin.facts import HOME_LOG, Draft, Entry, Fact
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.facts.legal import (
    DutiesReckoned,
    DutyReckoned,
    LawAdopted,
    Moved,
    Standing,
)
from tocsin.incident.fold import replay
from tocsin.incident.legal import HAS_OBJECT, Legal, document, legal_of
from tocsin.incident.model import Incident
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.register.profile import profile_digest, profile_of


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the law says of one incident, and on what it was asked.

    Args:
        told: what is wrong, or not understood, in the facts.
        duties: one for each rule, in the order of the pack.
        done: when a notice under a rule went out for good, by rule.
    """

    law: Law
    facts: LegalFacts
    told: tuple[Mistake, ...]
    duties: tuple[Duty, ...]
    done: Mapping[str, datetime]

    def is_lifted(self, rule: Rule) -> bool:
        """Whether what a guard waits for happened."""
        until = rule.guard.until if rule.guard else None
        return until is not None and self.facts.get(until) not in (None, False)

    def duty(self, rule: str) -> Duty | None:
        """What a rule comes to; None where this law has no such rule."""
        return next((one for one in self.duties if one.rule.id == rule), None)


def asked_of(
    law: Law,
    incident: Incident,
    legal: Legal,
    profile: Mapping[str, object],
    at: datetime,
    assumed: Mapping[str, object] | None = None,
    *,
    organisation: bool = False,
) -> Asked:
    """Ask each rule about an incident, as it stands at an instant.

    Args:
        assumed: answers that are only supposed, over all that is known.
        organisation: True asks, in place of an incident's rules, those of the organisation.
    """
    found = document(incident, legal, law.dictionary, profile, counts_last(law))
    facts, told = facts_of({**found, **(assumed or {})}, law)
    duties = tuple(
        one
        for one in duties_raised(law, facts, at=at)
        if of_organisation(one.rule, law.dictionary) == organisation
    )
    done = {one.rule.id: when for one in duties if (when := _done(one, legal)) is not None}
    return Asked(law=law, facts=facts, told=told, duties=duties, done=done)


def _done(duty: Duty, legal: Legal) -> datetime | None:
    """When a notice went out under a rule that asks for one only."""
    if duty.rule.again is not None:
        return None
    sent = legal.first_submitted(duty.rule.id)
    return duty.done_at or (sent.at if sent else None)


def profile_in_force(desk: Writer, known: Known) -> dict[str, object]:
    """What the register says of the organisation and of this incident's systems."""
    return dict(profile_of(desk.knowledge.nearest_register(), known.systems))


def adopt(desk: Writer) -> LawRead | None:
    """Record that the law as it is read is in force, where the record names another; give it.

    Its files go into the vault first, so that it can be asked again years later.
    """
    found = desk.law.read()
    if found is None or found.mistakes:
        return found
    adopted = adopted_in(desk.knowledge.home_entries())
    if adopted is not None and adopted.digest == found.law.digest:
        return found
    desk.world.vault.put(io.BytesIO(found.files))
    fact = LawAdopted(
        law=found.law.version, digest=found.law.digest, files=sha256_hex(found.files),
        rules=len(found.law.rules), own=found.own,
    )  # fmt: skip

    def judge(entries: list[Entry]) -> list[Draft]:
        last = adopted_in(entries)
        same = last is not None and last.digest == fact.digest
        return [] if same else [draft(fact, desk.world.clock.now())]

    desk.decide(HOME_LOG, judge, DESK_AUTHOR)
    return found


def reckon(
    desk: Writer, log: str, found: LawRead | None = None, register: Register | None = None
) -> bool:
    """Record what the duties of an incident come to now, where that is something else than before.

    Args:
        found, register: the law and the register to go by, where they were looked up just now.

    Returns:
        Whether anything was recorded.

    Raises:
        Refused: no law can be asked.
    """
    read = found or desk.law.must_read()

    def judge(known: Known) -> Sequence[Draft]:
        known.require_fresh()
        now = desk.world.clock.now()
        facts = _reckoned(register or desk.knowledge.nearest_register(), known, read.law, now)
        return [draft(fact, now) for fact in facts]

    appended = desk.enter(log, judge, DESK_AUTHOR)
    return appended.last_seq >= appended.first_seq


def reckon_owed(desk: Writer, log: str) -> bool:
    """As `reckon`, where something came in since; for whoever has just written into the log.

    Raises:
        Refused: no law can be asked; what is owed stays owed.
    """
    if desk.world.law is None or not _is_asked(log):
        return False
    if not desk.known(log).legal.is_owed:
        return False
    return reckon(desk, log, adopt(desk))


def reckon_all(desk: Writer) -> int:
    """Adopt the law as it is, and ask it about each incident that it concerns; how many moved.

    Cheap where nothing changed: an incident that was asked by this law, with this profile, and of
    which nothing came in since, is passed over.
    """
    found = adopt(desk)
    if found is None:
        return 0
    moved, register = 0, desk.knowledge.nearest_register()
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = desk.known(log)
        if known.legal.ever and _is_stale(register, known, found.law):
            moved += reckon(desk, log, found, register)
    return moved + reckon_organisation(desk, found, register)


def reckon_organisation(desk: Writer, found: LawRead, register: Register | None = None) -> bool:
    """Record what is asked of the organisation as a whole, where that is otherwise than before."""
    known = desk.known(ORGANISATION_LOG)
    register = register or desk.knowledge.nearest_register()
    stale = _is_stale(register, known, found.law)
    return stale and reckon(desk, ORGANISATION_LOG, found, register)


def _is_asked(log: str) -> bool:
    return log == ORGANISATION_LOG or log.startswith(INCIDENT_PREFIX)


def _is_stale(register: Register, known: Known, law: Law) -> bool:
    legal = known.legal
    if legal.reckoned is None or legal.is_owed:
        return True
    if legal.is_done:
        return False
    was = legal.reckoned.fact
    profile = profile_digest(profile_of(register, known.systems))
    return (was.digest, was.profile) != (law.digest, profile)


def _reckoned(register: Register, known: Known, law: Law, now: datetime) -> list[Fact]:
    """The facts by which the record comes to say what the duties are now."""
    entries, legal, organisation = known.entries, known.legal, known.log == ORGANISATION_LOG
    digest = profile_digest(profile_of(register, known.systems))
    was = legal.reckoned.fact if legal.reckoned else None
    about = known.runs.circumstances.about.at(was.upto if was else 0)
    before = {rule: found[-1].fact for rule, found in legal.outcomes.items()}
    found: list[Fact] = []
    asked: Asked | None = None
    for moved, upto in steps(entries, was, law, profile_digest(profile_of(register, about))):
        incident = replay(entries[:upto])
        asked = asked_of(
            law, incident, legal_of(entries[:upto]), profile_of(register, incident.systems), now,
            organisation=organisation,
        )  # fmt: skip
        cause = _Cause(moved=moved, entry=upto if moved is Moved.ENTRY else 0)
        last = entries[upto - 1] if entries else None
        for fact in _changes(asked, before, cause, why(moved, last, law, first=was is None)):
            before[fact.rule] = fact
            found.append(fact)
    assert asked is not None
    found += passed_unsaid(law, asked.duties, asked.done, legal, now)
    if organisation and not found and was is None:
        return []  # nothing is asked of it, and never was
    if found or was is None or legal.is_owed or (was.digest, was.profile) != (law.digest, digest):
        found.append(
            DutiesReckoned(
                upto=known.last_seq,
                law=law.version,
                digest=law.digest,
                profile=digest,
                raised=_count(asked, Standing.RAISED),
                open=_count(asked, Standing.OPEN),
            )
        )
    return found


class _Cause(msgspec.Struct, frozen=True):
    moved: Moved
    entry: int


def _changes(
    asked: Asked, before: Mapping[str, DutyReckoned], cause: _Cause, why: str
) -> Iterator[DutyReckoned]:
    seen = set()
    for duty in asked.duties:
        seen.add(duty.rule.id)
        now = _outcome(asked, duty, cause, why)
        was = before.get(duty.rule.id)
        if was is None and not _concerns(duty):
            continue
        if was is None or _essence(was) != _essence(now):
            yield now
    for rule, was in before.items():
        if rule not in seen and was.standing is not Standing.NOT_IN_FORCE:
            yield msgspec.structs.replace(
                was, law=asked.law.version, standing=Standing.NOT_IN_FORCE, conservative_at=None,
                latest_at=None, immediately_from=None, moved=cause.moved, entry=cause.entry,
                why=_gone(asked.law, rule),
            )  # fmt: skip


def _gone(law: Law, rule: str) -> str:
    """Why a rule is not among those that were asked."""
    if any(one.id == rule and of_organisation(one, law.dictionary) for one in law.rules):
        return "it is asked of the organisation as a whole: tocsin law duties organisation"
    return f"law {law.version} has no such rule any more"


def _concerns(duty: Duty) -> bool:
    """Whether a duty that never was one is worth an entry: something is asked, or runs."""
    if duty.rule.sort is Sort.CONTROL:
        return False
    if duty.standing is Standing.RAISED:
        return True
    runs = duty.deadline is not None or duty.immediately_from is not None
    return duty.standing is Standing.OPEN and (runs or duty.rule.sort is Sort.GUARD)


def _outcome(asked: Asked, duty: Duty, cause: _Cause, why: str) -> DutyReckoned:
    standing = Standing.NOT_RAISED if asked.is_lifted(duty.rule) else duty.standing
    runs = standing in HAS_OBJECT
    return DutyReckoned(
        rule=duty.rule.id,
        law=asked.law.version,
        standing=standing,
        conservative_at=duty.deadline.conservative if runs and duty.deadline else None,
        latest_at=duty.deadline.latest if runs and duty.deadline else None,
        immediately_from=duty.immediately_from if runs else None,
        submitted_at=asked.done.get(duty.rule.id) if runs else None,
        unverified=not duty.rule.grade.verified,
        bars=duty.rule.guard.bars if duty.rule.guard else (),
        moved=cause.moved,
        entry=cause.entry,
        why=why,
    )


def _essence(fact: DutyReckoned) -> tuple[object, ...]:
    return (
        fact.standing, fact.conservative_at, fact.latest_at, fact.immediately_from,
        fact.submitted_at,
    )  # fmt: skip


def _count(asked: Asked, standing: Standing) -> int:
    return sum(one.standing is standing and one.rule.sort is not Sort.CONTROL
               for one in asked.duties)  # fmt: skip
