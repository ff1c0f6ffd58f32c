"""From a log and a reference to what is found: both read, judged, and put together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin.cli.detection.calibrate_sheet import Calibration
from tocsin.cli.detection.document import Detected
from tocsin.cli.detection.plan import Asked, Plan, planned
from tocsin.cli.frame.screen import Screen
from tocsin.detection.declared.declaration import Declaration, Status
from tocsin.detection.declared.write_log import UNNAMED
from tocsin.detection.engine.calibrating import calibrated
from tocsin.detection.engine.replay import replayed
from tocsin.detection.moments import Moments
from tocsin.detection.windows.regrid import as_long_as
from tocsin.facts import Refused, Unreachable
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.findings import Found
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import WindowSummary
from tocsin.wiring import name_of
from tocsin.wiring.compared import Read, Side, both, one
from tocsin.world import RealClock


def detected(asked: Asked, screen: Screen) -> Detected:
    """What the detectors say of the log.

    Raises:
        Refused: a file that was named has mistakes, or nothing of a log can be read.
    """
    plan, clock = planned(asked), RealClock()
    with (
        _folder(asked.to) as folder,
        _read(asked, plan, folder, screen) as (now, before),
    ):
        same = before is not None and now.contents == before.contents
        reference: Sequence[WindowSummary] = ()
        if before is not None and plan.reference is not None:
            reference = as_long_as(before.windows, plan.reference, plan.log)
        replay = replayed(plan.declared, now.windows, reference, clock.now(), same=same)
        digests = _digests(now, before, [each.found for each in replay.judged], folder)
    of_before = () if before is None else before.remarks
    remarks = (*_same(same=same), *plan.reading.remarks, *of_before, *now.remarks)
    return Detected(
        declared=plan.declared,
        replay=replay,
        windows=now.windows,
        moments=Moments(plan.log, now.windows),
        before=_moments(plan.reference, before),
        reading=msgspec.structs.replace(plan.reading, remarks=tuple(dict.fromkeys(remarks))),
        profiles=lambda found: digests[found.finding],
        same=same,
    )


def calibration(asked: Asked, screen: Screen) -> Calibration:
    """What the detectors would have done in this log, and what suits them.

    Raises:
        Refused: a file that was named has mistakes, or the log cannot be read or parted.
    """
    plan, clock = planned(asked), RealClock()
    declared = plan.declared if asked.detectors is not None else _tried_first(plan.declared)
    with _folder(None) as folder, one(_log(asked, plan, folder), clock, _pace(screen)) as now:
        wide = {w.at for w in now.windows if w.seconds == plan.log.profile_seconds}
        if len(wide) < 2:
            raise Refused(f"{asked.log}: all of it lies in one window of "
                          f"{Moments(plan.log, now.windows).length()}, so there is no other half "
                          "to judge; give more of it, or shorter windows (--window)")  # fmt: skip
        told = screen.progress("calibrating", "detectors")
        found = calibrated(declared, now.windows, clock.now(), told)
    return Calibration(
        place=asked.log,
        reference=name_of(asked.log),
        declared=declared,
        found=found,
        moments=Moments(plan.log, now.windows),
        chosen=plan.reading.chosen,
        remarks=tuple(dict.fromkeys((*plan.reading.remarks, *now.remarks))),
    )


def _tried_first(declared: Declaration) -> Declaration:
    """New detectors begin in the shadow, of a system to be named; what is proposed says so."""
    shadow = (msgspec.structs.replace(each, status=Status.SHADOW) for each in declared.detectors)
    return msgspec.structs.replace(declared, system=UNNAMED, detectors=tuple(shadow))


@contextmanager
def _read(
    asked: Asked, plan: Plan, folder: Path, screen: Screen
) -> Iterator[tuple[Read, Read | None]]:
    """The log, and its reference where there is one."""
    log, clock, pace = _log(asked, plan, folder), RealClock(), _pace(screen)
    if asked.reference is None or plan.reference is None:
        with one(log, clock, pace) as alone:
            yield alone, None
        return
    profiled = plan.reference_profiled
    reference = Side(
        place=asked.reference,
        mapping=plan.reference,
        folder=Path(asked.reference) if profiled else folder / "reference",
        profiled=profiled,
    )
    with both(log, reference, clock, pace) as read:
        yield read


def _moments(mapping: LogMapping | None, read: Read | None) -> Moments | None:
    return None if mapping is None or read is None else Moments(mapping, read.windows)


def _log(asked: Asked, plan: Plan, folder: Path) -> Side:
    return Side(
        place=asked.log,
        mapping=plan.log,
        folder=Path(asked.log) if plan.log_profiled else folder / "log",
        profiled=plan.log_profiled,
    )


def _pace(screen: Screen) -> Callable[[str], Callable[[int, int, int], None]]:
    return lambda doing: screen.pace(doing, always=False)


def _same(*, same: bool) -> Iterator[str]:
    if same:
        yield (
            "the log and its reference are the same bytes, so nothing can have changed between "
            "them; to look for changes within a log, name an earlier part of it as the reference"
        )


@contextmanager
def _folder(to: Path | None) -> Iterator[Path]:
    """Where profiles are kept; removed in the end unless somebody said where."""
    if to is not None:
        try:
            to.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise Refused(f"--to {to}: {bad.strerror}; name a folder that can be made") from bad
        yield to
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-detect-") as folder:
        yield Path(folder)


def _digests(
    now: Read, before: Read | None, found: Sequence[Found], folder: Path
) -> dict[str, tuple[str, ...]]:
    """The digests of the profiles that each finding rests on; all lie in `evidence/`."""
    place = folder / "evidence"

    def bound(side: Read) -> str:
        first = min(window.at for window in side.windows)
        data = side.evidence(first, max(window.until for window in side.windows))
        digest = sha256_hex(data)
        try:
            place.mkdir(exist_ok=True)
            (place / f"{digest}.parquet").write_bytes(data)
        except OSError as bad:
            raise Unreachable(f"cannot keep {place}: {bad.strerror}; mend the disk") from bad
        return digest

    read = [side for side in (now, before) if side is not None]
    kept = tuple(bound(side) for side in read) if found else ()
    return {each.finding: kept for each in found}
