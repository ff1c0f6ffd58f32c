"""The closed union of all facts. A kind that is not here cannot be recorded."""

from __future__ import annotations

from typing import get_args

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
from tocsin.facts.kinds import Kind
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

Fact = (
    IncidentFact
    | FindingFact
    | AlarmFact
    | RunFact
    | CourseFact
    | GateFact
    | ReachFact
    | StatementFact
    | OutboxFact
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

KINDS: dict[str, type[Kind]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Fact)}
"""Every kind of fact by the name under which it stands in the record."""
