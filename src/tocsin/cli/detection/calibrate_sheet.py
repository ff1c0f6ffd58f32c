"""What `tocsin detect calibrate` answers: alarms in a healthy history, tolerances, their power."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.detection.declared.declaration import Declaration, Detector, Reference, Silence
from tocsin.detection.declared.write_log import UNNAMED, file_of
from tocsin.detection.engine.calibrating import Calibrated, Half, Proposal
from tocsin.detection.findings.account import tolerance
from tocsin.detection.findings.sentences import sentence
from tocsin.detection.moments import Moments

SURE = 0.05


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run of `tocsin detect calibrate` knows.

    Args:
        reference: where the healthy log lies, wherever one works.
    """

    place: str
    reference: str
    declared: Declaration
    found: Calibrated
    moments: Moments
    chosen: str
    remarks: tuple[str, ...]


def proposed(run: Calibration) -> list[Detector]:
    """The detectors as they were declared, with the tolerances that are proposed."""
    by_id = {one.detector.id: one.proposed for one in run.found.proposals}
    kept = []
    for one in run.declared.detectors:
        to = by_id.get(one.id)
        if isinstance(one, Silence) or to is None:
            kept.append(one)
        else:
            kept.append(msgspec.structs.replace(one, tolerance=to))
    return kept


def document(run: Calibration) -> dict[str, object]:
    """The answer, for scripts."""
    return {
        "log": run.place,
        "rows": run.moments.rows,
        "windows": run.moments.windows,
        "window": {
            "length": run.declared.log.window_seconds,
            "unit": "rows" if run.moments.by_rows else "seconds",
            "chosen": run.chosen,
        },
        "learned": _half(run.found.learned, run),
        "judged": _half(run.found.judged, run),
        "enough": run.found.enough,
        "alarms": [
            {
                "detector": alarm.found.detector,
                "since": run.moments.begins(alarm.found.since),
                "sentence": sentence(alarm.found, alarm.detector, run.moments),
            }
            for one in run.found.proposals
            for alarm in one.judged
        ],
        "detectors": [_proposal(one, run) for one in run.found.proposals],
        "remarks": [*run.remarks, *_limits(run)],
        "yaml": _file(run),
    }


def _half(half: Half, run: Calibration) -> dict[str, object]:
    return {
        "since": run.moments.begins(half.since),
        "until": run.moments.ends(half.until),
        "windows": half.count,
        "rows": half.rows,
    }


def _proposal(one: Proposal, run: Calibration) -> dict[str, object]:
    power = None
    if one.found is not None:
        power = {"change": one.found, "of": one.of, "within": run.found.horizon}
    return {
        "id": one.detector.id,
        "tolerance": getattr(one.detector, "tolerance", None),
        "alarms": len(one.judged),
        "proposed": one.proposed,
        "alarms_proposed": one.left if one.proposed is not None else None,
        "power": power,
        "why": one.why,
    }


def sheet(run: Calibration) -> str:
    """The answer, for people."""
    return "\n".join(
        [*_first(run), "", *_alarms(run), *_table(run), "", *_limits(run), *_yaml(run)]
    )


def _first(run: Calibration) -> Iterator[str]:
    count = sum(len(one.judged) for one in run.found.proposals)
    alarms = "no alarm" if not count else "1 alarm" if count == 1 else f"{count} alarms"
    judging = sum(not one.why for one in run.found.proposals)
    yield (
        f"{alarms} would have been raised by {judging} detectors in the half of "
        f"{run.place} that nothing was learned from"
    )
    learned, judged = run.found.learned, run.found.judged
    yield (
        f"learned from {learned.count} windows of {run.moments.length()}, {learned.rows:,} rows up "
        f"to {run.moments.until(learned.until)}; judged {judged.count}, {judged.rows:,} rows"
    )
    for remark in run.remarks:
        yield f"note: {remark}"


def _alarms(run: Calibration) -> Iterator[str]:
    for one in run.found.proposals:
        for alarm in one.judged:
            yield f"ALARM {one.detector.id}: {sentence(alarm.found, alarm.detector, run.moments)}"
    if any(one.judged for one in run.found.proposals):
        yield ""


def _table(run: Calibration) -> Iterator[str]:
    within = f"FINDS WITHIN {run.found.horizon} WINDOWS"
    rows = [("DETECTOR", "TOLERANCE", "ALARMS", "PROPOSED", "ALARMS", within),
            *(_row(one) for one in run.found.proposals)]  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {line.rstrip()}"


def _row(one: Proposal) -> tuple[str, ...]:
    now = tolerance(one.detector)
    if one.why:
        return (one.detector.id, now, str(len(one.judged)), "-", "", one.why)
    if one.proposed is None:
        return (one.detector.id, now, str(len(one.judged)), "-", "", "")
    then = msgspec.structs.replace(one.detector, tolerance=one.proposed)
    finds = f"{100 * one.found:g} % {one.of}" if one.found is not None else "nothing that was tried"
    if not one.of:
        finds = "not reckoned for this kind"
    if one.left:
        finds = "not reckoned: it would alarm all the same"
    return (one.detector.id, now, str(len(one.judged)), tolerance(then), str(one.left), finds)


def _limits(run: Calibration) -> Iterator[str]:
    """What this history cannot tell, however it came out."""
    if not run.found.enough:
        yield (
            f"the history is too short to propose anything: {run.moments.windows} windows; give "
            "more of it, or shorter windows (--window)"
        )
    count = run.found.judged.count
    length = run.declared.family_run_length
    longest = max((getattr(one, "run_length", 0) for one in run.declared.detectors), default=0)
    seen = 1 - SURE ** (1 / count) if count else 1.0
    yield (
        f"{count} windows without an alarm show that fewer than {100 * seen:.2g} % of windows "
        f"raise one (95 % sure); one in {length or longest:,} is what the method promises, "
        "not what this history shows"
    )


def _yaml(run: Calibration) -> Iterator[str]:
    yield ""
    named = ""
    if run.declared.system == UNNAMED:
        named = f", with the system's name in place of {UNNAMED}"
    yield f"a whole file of detectors; put it into HOME/detectors/{named}:"
    yield ""
    yield _file(run)


def _file(run: Calibration) -> str:
    """The detectors with what is proposed, as a file of a home, which compares as was done here."""
    compares = any(isinstance(getattr(one, "baseline", None), Reference)
                   for one in run.declared.detectors)  # fmt: skip
    reference = run.declared.reference or run.reference
    return file_of(run.declared, proposed(run), reference if compares else None)
