"""The vocabulary: every kind of fact that can be recorded, in one closed, frozen union.

One module a family. What a fact is stands in `kinds`, what an entry is in `entry`, how a fact
becomes bytes in `record`. Everything here is pure.
"""

from tocsin.facts.entry import (
    ALARMS_LOG,
    HOME_LOG,
    OUTBOX_LOG,
    Author,
    Draft,
    Entry,
    Gone,
    Proof,
    Unreadable,
    incident_log,
)
from tocsin.facts.errors import (
    BrokenLog,
    Conflict,
    ConnectorError,
    LeaseLost,
    Missing,
    NewerVersion,
    Outdated,
    Refused,
    Tampered,
    Unreachable,
)
from tocsin.facts.kinds import Access, Asserter, Kind
from tocsin.facts.union import KINDS, Fact

__all__ = [
    "ALARMS_LOG",
    "HOME_LOG",
    "KINDS",
    "OUTBOX_LOG",
    "Access",
    "Asserter",
    "Author",
    "BrokenLog",
    "Conflict",
    "ConnectorError",
    "Draft",
    "Entry",
    "Fact",
    "Gone",
    "Kind",
    "LeaseLost",
    "Missing",
    "NewerVersion",
    "Outdated",
    "Proof",
    "Refused",
    "Tampered",
    "Unreachable",
    "Unreadable",
    "incident_log",
]
