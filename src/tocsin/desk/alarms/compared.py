"""What a system's detectors compare its log with, and which of them can be asked without it.

A reference that cannot be read blinds the detectors that compare with it, which is told, and no
other. What they told before stands until they can be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tocsin.desk.alarms.findings import Basis
from tocsin.detection.declared.declaration import Declaration, Detector
from tocsin.detection.declared.declaration import Reference as ToReference
from tocsin.facts import Refused, Unreachable
from tocsin.facts.summaries import WindowSummary
from tocsin.world import Reference

NAMED_MOST = 6


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass over a system's log can go by.

    Args:
        declared: the detectors that can be asked now.
        digest: of the declaration and the reference's bytes; a state holds only for one of these.
        reference: what a finding rests on that compares with it.
        failed: why some detectors cannot be asked, and which; None when all can.
    """

    declared: Declaration
    digest: str
    windows: Sequence[WindowSummary] = ()
    reference: Basis | None = None
    remarks: tuple[str, ...] = ()
    failed: str | None = None

    def bases(self, detector: Detector) -> list[Basis]:
        """The reference, where a finding of this detector rests on it."""
        return [self.reference] if self.reference is not None and asks(detector) else []


def compared(references: Mapping[str, Reference], declared: Declaration) -> Compared:
    """The reference of a system, read where a detector compares with it."""
    asking = [one.id for one in declared.detectors if asks(one)]
    if declared.reference is None or not asking:
        return Compared(declared=declared, digest=declared.digest)
    reference = references.get(declared.system)
    try:
        if reference is None:
            raise Refused(f"the reference {declared.reference} is not set up; adopt the register")
        read = reference()
    except (Refused, Unreachable) as away:
        left = tuple(one for one in declared.detectors if not asks(one))
        return Compared(
            declared=msgspec.structs.replace(declared, detectors=left),
            digest=f"{declared.digest} without its reference",
            failed=f"{away}; so these cannot judge: {_some(asking)}",
        )
    return Compared(
        declared=declared,
        digest=f"{declared.digest} {read.digest}",
        windows=read.windows,
        reference=Basis(
            name=f"reference-{declared.system}.parquet",
            source=f"the reference {read.place}",
            data=read.summaries,
        ),
        remarks=read.remarks,
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_MOST} more" if len(names) > NAMED_MOST else ""
    return f"{', '.join(names[:NAMED_MOST])}{more}"


def asks(detector: Detector) -> bool:
    """Whether a detector compares with the reference."""
    return isinstance(getattr(detector, "baseline", None), ToReference)
