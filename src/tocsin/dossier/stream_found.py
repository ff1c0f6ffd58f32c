"""The stream of a finding: what was measured, with the lines that its detector drew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.dossier.axis import Unit
from tocsin.dossier.stream import Mark, Stream
from tocsin.facts.findings import Found, Sign
from tocsin.facts.summaries import Measured

_UNITS = {
    Sign.RATE: Unit.SHARE,
    Sign.UNFAIR: Unit.SHARE,
    Sign.CALIBRATION: Unit.SHARE,
    Sign.DRIFT: Unit.DISTANCE,
    Sign.QUANTITY: Unit.NUMBER,
    Sign.NO_DATA: Unit.NUMBER,
}
_SAME_MEASURE = {
    Sign.RATE: ("", "share"),
    Sign.UNFAIR: ("share",),
    Sign.DRIFT: ("", "ks", "tv"),
    Sign.QUANTITY: ("mean",),
}
"""Where the detector's own lines are drawn: only on what is measured as the picture measures it."""


def stream_of(
    found: Found, points: Sequence[Measured], *, alarm: datetime | None = None,
    marks: Sequence[Mark] = (), rows: bool = False,
) -> Stream:  # fmt: skip
    """The picture of a finding.

    Args:
        points: what was measured, in order; of a drift, distances from before the change.
        alarm: when it was raised; of a log without times, None.
        rows: instants are numbers of rows.
    """
    own = found.measure in _SAME_MEASURE.get(found.sign, ())
    before = float(found.baseline) if own and found.sign is not Sign.DRIFT else None
    region = None
    if found.since_from is not None and found.since_until is not None:
        region = (found.since_from, found.since_until)
    return Stream(
        title=_title(found, own),
        points=points,
        tolerated=float(found.tolerated) if own else None,
        since=found.since,
        unit=_UNITS[found.sign],
        before=None if before is None else (before, before, before),
        region=region,
        alarm=None if rows else alarm,
        marks=() if rows else marks,
        rows=rows,
    )


def _title(found: Found, own: bool) -> str:
    slice = ", ".join(part for part in (found.segment, found.group) if part)
    name = f"{found.system}: {found.metric}" + (f", {slice}" if slice else "")
    match found.sign:
        case Sign.DRIFT:
            return f"{name}: how far from before"
        case Sign.NO_DATA:
            return f"{found.system}: requests"
        case Sign.QUANTITY:
            return name + (": mean" if own else f": mean (what is watched is its {found.measure})")
        case Sign.RATE | Sign.UNFAIR | Sign.CALIBRATION:
            return name
