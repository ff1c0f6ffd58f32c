"""The log as people read it: one row an entry, both times, who says so and how that was proven.

What the reader may not see is not shown and not hidden either: the rows say how many entries are
for whom. Every kind of fact has its words; a kind without them fails the type check.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import msgspec

from tocsin.facts import Access, Asserter, Author, Entry, Gone, Proof, Unreadable
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
from tocsin.facts.incidents import IncidentFact
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
from tocsin.facts.union import Fact
from tocsin.incident.words_affected import affected_words
from tocsin.incident.words_alarm import alarm_words
from tocsin.incident.words_analysis import analysis_words
from tocsin.incident.words_course import course_words
from tocsin.incident.words_due import due_words
from tocsin.incident.words_duty import duty_words
from tocsin.incident.words_finding import finding_words
from tocsin.incident.words_gate import gate_words, reach_words
from tocsin.incident.words_incident import incident_words
from tocsin.incident.words_legal import legal_words
from tocsin.incident.words_lessons import lesson_words
from tocsin.incident.words_notice import notice_words
from tocsin.incident.words_outbox import outbox_words
from tocsin.incident.words_privilege import hold_words, privilege_words
from tocsin.incident.words_record import custody_words, record_words, register_words
from tocsin.incident.words_recovery import recovery_words
from tocsin.incident.words_run import run_words
from tocsin.incident.words_signal import signal_words
from tocsin.incident.words_statement import statement_words

_Acting = RunFact | CourseFact | GateFact | ReachFact | OutboxFact
_Keeping = CustodyFact | RegisterFact | RecordFact | HoldFact | PrivilegeFact
_Earning = SignalFact | StatementFact | AnalysisFact | RecoveryFact | LessonFact
_Responding = IncidentFact | FindingFact | AlarmFact | AffectedFact
_Owing = DutyFact | DueFact | LegalFact | NoticeFact
_WHOM = {Access.OPS: "responders", Access.BOARD: "the board", Access.COUNSEL: "counsel"}
_MACHINERY = {Asserter.WORKER: "Tocsin", Asserter.HOME: "Tocsin"}
_PROVEN = {
    Proof.SIGNATURE: "signed with an enrolled key",
    Proof.TOKEN: "proven by an access token",
    Proof.LINK: "answered a one-time link (weaker proof)",
    Proof.PROCESS: "recorded by Tocsin itself",
    Proof.ACCOUNT: "account name only, not proven",
}


class TimelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline. A row that stands for hidden entries has `seq` of the first of them.

    Args:
        happened_at: when it was true; `recorded_at`, when it was written down.
        late: it was recorded noticeably later than it happened.
        weakly_proven: nothing proves the author but an account's name or a one-time link.
        hidden: how many entries this row stands for that the reader may not see; else 0.
    """

    seq: int
    happened_at: datetime
    recorded_at: datetime
    who: str
    proven: str
    text: str
    access: Access
    late: bool = False
    weakly_proven: bool = False
    hidden: int = 0


LATE_SECONDS = 60


def timeline(entries: Iterable[Entry], readers: frozenset[Access]) -> list[TimelineRow]:
    """The rows for a reader, in the order of recording.

    Args:
        readers: every kind of access that the reader has.
    """
    rows: list[TimelineRow] = []
    for entry in entries:
        if entry.access in readers:
            rows.append(_row(entry))
        elif rows and rows[-1].hidden and rows[-1].access is entry.access:
            rows[-1] = _hidden(entry, rows[-1].seq, rows[-1].hidden + 1)
        else:
            rows.append(_hidden(entry, entry.seq, 1))
    return rows


def words_of(fact: Fact | Unreadable) -> str:
    """What a fact says, in words that a tired person understands."""
    if isinstance(fact, Unreadable):
        return _unreadable(fact)
    if isinstance(fact, _Acting):
        return _acting_words(fact)
    if isinstance(fact, _Keeping):
        return _keeping_words(fact)
    if isinstance(fact, _Earning):
        return _earning_words(fact)
    if isinstance(fact, _Owing):
        return _owing_words(fact)
    return _responding_words(fact)


def _acting_words(fact: _Acting) -> str:
    """Runs of plans, and what they do to systems and people."""
    if isinstance(fact, RunFact):
        return run_words(fact)
    if isinstance(fact, CourseFact):
        return course_words(fact)
    if isinstance(fact, GateFact):
        return gate_words(fact)
    if isinstance(fact, ReachFact):
        return reach_words(fact)
    if isinstance(fact, OutboxFact):
        return outbox_words(fact)
    assert_never(fact)


def _keeping_words(fact: _Keeping) -> str:
    """Evidence, the register, the record itself."""
    if isinstance(fact, CustodyFact):
        return custody_words(fact)
    if isinstance(fact, HoldFact):
        return hold_words(fact)
    if isinstance(fact, PrivilegeFact):
        return privilege_words(fact)
    if isinstance(fact, RegisterFact):
        return register_words(fact)
    if isinstance(fact, RecordFact):
        return record_words(fact)
    if isinstance(fact, SignalFact):
        return signal_words(fact)
    assert_never(fact)


def _responding_words(fact: _Responding) -> str:
    """What is noticed and known, and what people make of it."""
    if isinstance(fact, IncidentFact):
        return incident_words(fact)
    if isinstance(fact, FindingFact):
        return finding_words(fact)
    if isinstance(fact, AlarmFact):
        return alarm_words(fact)
    if isinstance(fact, AffectedFact):
        return affected_words(fact)
    assert_never(fact)


def _owing_words(fact: _Owing) -> str:
    """What is due by when, and what the law asks."""
    if isinstance(fact, DutyFact):
        return duty_words(fact)
    if isinstance(fact, DueFact):
        return due_words(fact)
    if isinstance(fact, LegalFact):
        return legal_words(fact)
    if isinstance(fact, NoticeFact):
        return notice_words(fact)
    assert_never(fact)


def _earning_words(fact: _Earning) -> str:
    """What comes in, is said, weighed, and earned back."""
    if isinstance(fact, SignalFact):
        return signal_words(fact)
    if isinstance(fact, StatementFact):
        return statement_words(fact)
    if isinstance(fact, AnalysisFact):
        return analysis_words(fact)
    if isinstance(fact, RecoveryFact):
        return recovery_words(fact)
    if isinstance(fact, LessonFact):
        return lesson_words(fact)
    assert_never(fact)


def proven(author: Author) -> str:
    """How an author was proven, in words."""
    if author.proof is Proof.ACCOUNT and author.account and author.account != author.who:
        return f"typed at account {author.account}, not proven"
    return _PROVEN[author.proof]


def is_weak(author: Author) -> bool:
    """Whether nothing proves the author but an account's name or a one-time link."""
    return author.proof in (Proof.ACCOUNT, Proof.LINK)


def _row(entry: Entry) -> TimelineRow:
    author = entry.author
    after = (entry.recorded_at - entry.happened_at).total_seconds()
    return TimelineRow(
        seq=entry.seq,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        who=_MACHINERY.get(author.kind, author.who),
        proven=proven(author),
        text=words_of(entry.fact),
        access=entry.access,
        late=after > LATE_SECONDS,
        weakly_proven=is_weak(author),
    )


def _hidden(entry: Entry, first: int, count: int) -> TimelineRow:
    what = "1 entry" if count == 1 else f"{count} entries"
    return TimelineRow(
        seq=first,
        happened_at=entry.recorded_at,
        recorded_at=entry.recorded_at,
        who="",
        proven="",
        text=f"{what} for {_WHOM[entry.access]} only",
        access=entry.access,
        hidden=count,
    )


def _unreadable(fact: Unreadable) -> str:
    match fact.why:
        case Gone.ERASED:
            return f"An entry whose words were erased ({fact.kind})"
        case Gone.WITHHELD:
            return f"An entry that is withheld from this copy ({fact.kind})"
        case Gone.NEWER:
            return f"An entry written by a newer version of Tocsin ({fact.kind})"
        case _:
            assert_never(fact.why)
