"""Folds a log into the incident it describes; a log that is whole always folds.

`replay(a + b) == extend(replay(a), b)`: where a log is cut makes no difference. Facts about runs,
evidence, the register and the record itself stand in the same log and are passed over here. A fact
whose author was not entitled to it is kept and named under `disregarded`, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import msgspec

from tocsin.facts import Asserter, BrokenLog, Entry, Gone, NewerVersion, Unreadable
from tocsin.facts.affected import AffectedFact
from tocsin.facts.alarms import AlarmFact
from tocsin.facts.analysis import AnalysisFact
from tocsin.facts.courses import CourseFact
from tocsin.facts.custody import CustodyFact
from tocsin.facts.dues import DueFact
from tocsin.facts.duties import DutyFact
from tocsin.facts.findings import FindingFact
from tocsin.facts.gates import GateFact
from tocsin.facts.holds import HoldFact
from tocsin.facts.incidents import (
    Acknowledged,
    Assigned,
    AwarenessJudged,
    BecameAware,
    Claimed,
    ClaimGraded,
    Closed,
    Dismissed,
    HandoverAccepted,
    HandoverOffered,
    IncidentFact,
    Linked,
    Noted,
    Opened,
    PhaseEntered,
    QuestionRaised,
    QuestionSettled,
    Relation,
    Reopened,
    SeverityJudged,
    Widened,
)
from tocsin.facts.legal import LegalFact
from tocsin.facts.lessons import LessonFact
from tocsin.facts.notices import NoticeFact
from tocsin.facts.outbox import OutboxFact
from tocsin.facts.privilege import PrivilegeFact
from tocsin.facts.reach import ReachFact
from tocsin.facts.records import RecordFact
from tocsin.facts.recovery import RecoveryFact
from tocsin.facts.registers import RegisterFact
from tocsin.facts.runs import RunFact
from tocsin.facts.signals import SignalFact
from tocsin.facts.statements import StatementFact
from tocsin.incident.about import about
from tocsin.incident.model import (
    COUNSEL,
    Acknowledgement,
    Answer,
    Awareness,
    AwarenessRuling,
    Claim,
    Disregarded,
    Grading,
    Handover,
    Incident,
    Link,
    Note,
    Question,
    RoleHeld,
    SeverityJudgement,
    Status,
    Turn,
    Widening,
    place_of,
)

_FoldedElsewhere = (
    RunFact
    | CourseFact
    | GateFact
    | ReachFact
    | StatementFact
    | OutboxFact
    | FindingFact
    | AlarmFact
    | DutyFact
    | LegalFact
    | NoticeFact
    | DueFact
    | CustodyFact
    | HoldFact
    | PrivilegeFact
    | AffectedFact
    | AnalysisFact
    | RecoveryFact
    | LessonFact
    | RegisterFact
    | RecordFact
    | SignalFact
)
_Told = Noted | Linked | Acknowledged
_Led = Assigned | HandoverOffered | HandoverAccepted
_Known = BecameAware | AwarenessJudged | Claimed | ClaimGraded | QuestionRaised | QuestionSettled
_STATUS_OF_HIDDEN = {
    "incident-opened": Status.OPEN,
    "incident-reopened": Status.OPEN,
    "incident-closed": Status.CLOSED,
    "incident-dismissed": Status.DISMISSED,
}


def replay(entries: Iterable[Entry]) -> Incident:
    """The incident that a whole log describes.

    Raises:
        BrokenLog: a sequence number is missing or repeated, or two logs are mixed.
        NewerVersion: a kind of fact that this version does not know; use the one that wrote it.
    """
    return extend(Incident(), entries)


def apply(incident: Incident, entry: Entry) -> Incident:
    """The incident after one more entry. For many, `extend` is far cheaper."""
    return extend(incident, (entry,))


def extend(incident: Incident, entries: Iterable[Entry]) -> Incident:
    """The incident after more entries of its log. Raises as `replay` does."""
    folding = _Folding(incident)
    for entry in entries:
        folding.take(entry)
    return folding.frozen()


class _Folding:
    """A working copy of an incident: grows in place, and is frozen once at the end."""

    def __init__(self, start: Incident) -> None:
        self.log, self.seq = start.log, start.seq
        self.status, self.phase = start.status, start.phase
        self.opening = start
        self.unreadable = start.unreadable
        self.widened = list(start.widened)
        self.turns = list(start.turns)
        self.acknowledgements = list(start.acknowledgements)
        self.roles = {one.role: one for one in start.roles}
        self.handovers = {one.role: one for one in start.handovers}
        self.severities = list(start.severities)
        self.awareness = {one.seq: one for one in start.awareness}
        self.claims = {one.id: one for one in start.claims}
        self.questions = {one.id: one for one in start.questions}
        self.notes = list(start.notes)
        self.links = list(start.links)
        self.disregarded = list(start.disregarded)

    def frozen(self) -> Incident:
        opened = self.opening.opened_about
        unknown = [one for one in self.opening.unregistered if one in opened]
        return msgspec.structs.replace(
            self.opening,
            log=self.log,
            seq=self.seq,
            status=self.status,
            phase=self.phase,
            systems=about(opened, (one.systems for one in self.widened)),
            unregistered=about(unknown, (one.unregistered for one in self.widened)),
            widened=tuple(self.widened),
            unreadable=self.unreadable,
            turns=tuple(self.turns),
            acknowledgements=tuple(self.acknowledgements),
            roles=tuple(self.roles.values()),
            handovers=tuple(self.handovers.values()),
            severities=tuple(self.severities),
            awareness=tuple(self.awareness.values()),
            claims=tuple(self.claims.values()),
            questions=tuple(self.questions.values()),
            notes=tuple(self.notes),
            links=tuple(self.links),
            disregarded=tuple(self.disregarded),
        )

    def take(self, entry: Entry) -> None:
        if self.seq and entry.log != self.log:
            raise BrokenLog(f"an entry of {entry.log} stands among those of {self.log}")
        if entry.seq != self.seq + 1:
            raise BrokenLog(
                f"log {entry.log}: entry {entry.seq} follows entry {self.seq}; "
                f"entry {self.seq + 1} is missing or repeated"
            )
        self.log, self.seq = entry.log, entry.seq
        fact = entry.fact
        if isinstance(fact, Unreadable):
            self._unreadable(entry, fact)
        elif not isinstance(fact, _FoldedElsewhere):
            self._known(entry, fact)

    def _unreadable(self, entry: Entry, fact: Unreadable) -> None:
        if fact.why is Gone.NEWER:
            raise NewerVersion(
                f"entry {entry.key} is {fact.kind!r}, written by a newer version of Tocsin; "
                "read this record with the version that wrote it"
            )
        self.unreadable += 1
        self.status = _STATUS_OF_HIDDEN.get(fact.kind, self.status)

    def _known(self, entry: Entry, fact: IncidentFact) -> None:
        match fact:
            case Opened():
                self._opened(entry, fact)
            case Widened():
                self._widened(entry, fact)
            case SeverityJudged():
                self.severities.append(
                    SeverityJudgement(
                        **place_of(entry),
                        severity=fact.severity,
                        reasons=fact.reasons,
                        basis=fact.basis,
                    )
                )
            case PhaseEntered():
                self.phase = fact.phase
                self.turns.append(Turn(**place_of(entry), to=fact.phase, because=fact.because))
            case Dismissed():
                self._turn(entry, Status.DISMISSED, fact.because)
            case Closed():
                self._turn(entry, Status.CLOSED, fact.because)
            case Reopened():
                self._turn(entry, Status.OPEN, fact.because)
            case Noted() | Linked() | Acknowledged():
                self._told(entry, fact)
            case Assigned() | HandoverOffered() | HandoverAccepted():
                self._led(entry, fact)
            case (
                BecameAware()
                | AwarenessJudged()
                | Claimed()
                | ClaimGraded()
                | QuestionRaised()
                | QuestionSettled()
            ):
                self._learned(entry, fact)
            case _:
                assert_never(fact)

    def _opened(self, entry: Entry, fact: Opened) -> None:
        if self.opening.opened_at is not None:
            self._disregard(entry, "it was open already")
            return
        self.status = Status.OPEN
        self.opening = msgspec.structs.replace(
            self.opening,
            title=fact.title,
            opened_about=fact.systems,
            unregistered=fact.unregistered,
            opened_at=entry.recorded_at,
            opened_by=entry.author.who,
            discovered_at=fact.discovered_at,
            occurred_at=fact.occurred_at,
        )

    def _widened(self, entry: Entry, fact: Widened) -> None:
        self.widened.append(
            Widening(
                **place_of(entry),
                systems=fact.systems,
                unregistered=fact.unregistered,
                because=fact.because,
            )
        )

    def _turn(self, entry: Entry, to: Status, because: str) -> None:
        self.status = to
        self.turns.append(Turn(**place_of(entry), to=to, because=because))

    def _told(self, entry: Entry, fact: _Told) -> None:
        place = place_of(entry)
        match fact:
            case Noted():
                self.notes.append(Note(**place, text=fact.text, access=entry.access))
            case Acknowledged():
                self.acknowledgements.append(Acknowledgement(**place, note=fact.note))
            case Linked():
                self.links.append(
                    Link(**place, other=fact.other, relation=fact.relation, because=fact.because)
                )
                if fact.relation is Relation.MERGED_INTO:
                    self._turn(entry, Status.MERGED, fact.because)
            case _:
                assert_never(fact)

    def _led(self, entry: Entry, fact: _Led) -> None:
        place, author = place_of(entry), entry.author.who
        match fact:
            case Assigned():
                self.roles[fact.role] = RoleHeld(**place, role=fact.role, person=fact.person)
                self.handovers.pop(fact.role, None)  # an offer by a former holder is void
            case HandoverOffered():
                held = self.roles.get(fact.role)
                if held is None or held.person != author:
                    self._disregard(entry, f"{author} did not hold the role {fact.role}")
                    return
                self.handovers[fact.role] = Handover(
                    **place, role=fact.role, to=fact.to, note=fact.note
                )
            case HandoverAccepted():
                offer = self.handovers.get(fact.role)
                if offer is None or offer.to != author or offer.by != fact.offered_by:
                    self._disregard(entry, f"the role {fact.role} was not offered to {author}")
                    return
                del self.handovers[fact.role]
                self.roles[fact.role] = RoleHeld(**place, role=fact.role, person=author)
            case _:
                assert_never(fact)

    def _learned(self, entry: Entry, fact: _Known) -> None:
        place = place_of(entry)
        match fact:
            case BecameAware():
                self.awareness[entry.seq] = Awareness(
                    **place,
                    person=fact.person,
                    standing=fact.standing,
                    basis=fact.basis,
                    access=entry.access,
                )
            case AwarenessJudged():
                self._ruled(entry, fact)
            case Claimed():
                self._claimed(entry, fact)
            case ClaimGraded():
                self._graded(entry, fact)
            case QuestionRaised():
                if fact.question in self.questions:
                    self._disregard(entry, f"question {fact.question} was raised before")
                    return
                self.questions[fact.question] = Question(
                    **place, id=fact.question, text=fact.text, access=entry.access
                )
            case QuestionSettled():
                self._settled(entry, fact)
            case _:
                assert_never(fact)

    def _ruled(self, entry: Entry, fact: AwarenessJudged) -> None:
        known, counsel = self.awareness.get(fact.awareness), self.roles.get(COUNSEL)
        if known is None:
            self._disregard(entry, f"entry {fact.awareness} is not an awareness")
        elif entry.author.kind is not Asserter.PERSON or (
            counsel is None or counsel.person != entry.author.who
        ):
            self._disregard(entry, f"{entry.author.who} is not counsel of this incident")
        else:
            ruling = AwarenessRuling(**place_of(entry), counts=fact.counts, because=fact.because)
            self.awareness[fact.awareness] = msgspec.structs.replace(known, ruling=ruling)

    def _claimed(self, entry: Entry, fact: Claimed) -> None:
        if fact.claim in self.claims:
            self._disregard(entry, f"claim {fact.claim} was made before")
            return
        place = place_of(entry)
        first = Grading(**place, grade=fact.grade, evidence=fact.evidence, because="")
        self.claims[fact.claim] = Claim(
            **place,
            id=fact.claim,
            statement=fact.statement,
            access=entry.access,
            gradings=(first,),
        )

    def _graded(self, entry: Entry, fact: ClaimGraded) -> None:
        claim = self.claims.get(fact.claim)
        if claim is None:
            self._disregard(entry, f"there is no readable claim {fact.claim}")
            return
        grading = Grading(
            **place_of(entry), grade=fact.grade, evidence=fact.evidence, because=fact.because
        )
        self.claims[fact.claim] = msgspec.structs.replace(
            claim, gradings=(*claim.gradings, grading)
        )

    def _settled(self, entry: Entry, fact: QuestionSettled) -> None:
        question = self.questions.get(fact.question)
        if question is None:
            self._disregard(entry, f"there is no readable question {fact.question}")
            return
        settled = Answer(**place_of(entry), answer=fact.answer)
        self.questions[fact.question] = msgspec.structs.replace(question, settled=settled)

    def _disregard(self, entry: Entry, why: str) -> None:
        self.disregarded.append(Disregarded(**place_of(entry), why=why))
