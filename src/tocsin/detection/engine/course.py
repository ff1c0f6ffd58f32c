"""Goes through windows for a detector of any kind: learns, gathers, raises an alarm, ends it.

The same windows give the same marks, however often the way was cut. A window that cannot be judged
is passed over and says why; the evidence and the alarm before it stay as they were. Every finding
of a window is made here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.detection.declared.declaration import CONFIDENCE, Counts, Decision, Declaration, Slice
from tocsin.detection.engine.baselines import (
    Before,
    begun_with,
    closed,
    moves,
    reach_seconds,
    teaches,
)
from tocsin.detection.engine.words import finding_id, promise
from tocsin.detection.kinds import CannotJudge, Claim, Kind
from tocsin.detection.statistics.decisions import beyond, gathered
from tocsin.detection.statistics.evidence import together
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.track import (
    ALL,
    LOOKED_BACK,
    Alarm,
    Learned,
    Mark,
    Track,
    since,
    with_kept,
)
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.spelt import spelt
from tocsin.facts.summaries import WindowSummary

Episode = tuple[Found, Subsided | None]
"""An alarm, and what ended it; None while it stands."""

IDLE = 24
"""Of so many windows it is asked whether there was anything to judge, and of whom."""

BAD_DATA = (CannotJudge, ArithmeticError, ValueError, LookupError)
"""What one window's numbers may do to one detector, and to no other."""


def followed(
    kind: Kind, declared: Declaration, track: Track, windows: Sequence[WindowSummary],
    now: datetime, reference: Sequence[WindowSummary] = (),
) -> tuple[Track, list[Episode]]:  # fmt: skip
    """The detector's track after these windows, and the alarms that stand or stood in them."""
    marks, episodes = list(track.marks), list[Episode]()
    standing = marks[-1].alarm if marks else None
    before = Before(kind, windows) if moves(kind.about.baseline) else None
    first = begun_with(kind, reference) if not marks else Learned()
    for window in windows:
        own = window.seconds == kind.about.window_seconds
        if not own or (marks and window.at <= marks[-1].at) or not is_ripe(kind, window, now):
            continue
        learned = _learned(kind, marks[-1].learned if marks else first, window, before)
        mark = _step(kind, declared, marks, window, learned)
        marks.append(mark)
        if mark.ended is not None and standing is not None:
            episodes.append((standing.found, mark.ended))
        standing = mark.alarm
    if standing is not None:
        episodes.append((standing.found, None))
    return with_kept(marks, track.cut, reach_seconds(kind)), episodes


def as_it_stands(kind: Kind, marks: Sequence[Mark]) -> Found | None:
    """The finding of the alarm that stands, with all that has happened since the change."""
    mark = marks[-1]
    return None if mark.alarm is None else _restated(kind, mark.alarm, marks)


def as_it_ended(kind: Kind, marks: Sequence[Mark], drawn: str) -> Found | None:
    """The finding of an alarm that is over, with all that happened up to its end; None where the
    window that ended it is not remembered."""
    for place, mark in enumerate(marks):
        if place and mark.ended is not None and mark.ended.finding == drawn:
            before = marks[place - 1].alarm
            if before is not None:
                alarm, _ = kind.calmed(mark.learned, before, mark)
                return _restated(kind, alarm, marks[: place + 1])
    return None


def _restated(kind: Kind, alarm: Alarm, marks: Sequence[Mark]) -> Found:
    mark = marks[-1]
    observed, low, high = kind.stands(alarm, since(alarm, marks))
    return msgspec.structs.replace(
        alarm.found,
        observed=decimal(observed),
        low=decimal(low),
        high=decimal(high),
        seen_until=mark.until,
        requests=alarm.requests,
        bad=alarm.bad,
    )


def why_not(kind: Kind, track: Track) -> str | None:
    """What keeps the detector from judging, as words that follow its name."""
    last = track.marks[-1] if track.marks else None
    learned = Learned(complete=kind.about.baseline is None) if last is None else last.learned
    if last is not None and last.failed:
        return f"cannot judge the window of {last.at:%Y-%m-%d %H:%M}: {last.failed}"
    baseline = kind.about.baseline
    if not learned.complete:
        wanted = getattr(baseline, "requests", 0)
        of = f" of {wanted}" if wanted and not isinstance(baseline, Counts) else ""
        if moves(baseline):
            return f"does not judge yet: the windows before hold {learned.requests} requests"
        return f"does not judge yet: its baseline has {learned.requests}{of} requests"
    if baseline is not None and not learned.requests:
        return "cannot judge: its baseline holds no requests"
    try:
        why = kind.obstacle(learned)
    except BAD_DATA as bad:
        why = failure(bad)
    why = why or _idle(track)
    return f"cannot judge: {why}" if why else _strangers(kind, learned, track)


def _idle(track: Track) -> str:
    """That no window has held anything for it of late, though there were windows."""
    marks = track.marks[-IDLE:]
    if len(marks) < IDLE or any(mark.parts for mark in marks):
        return ""
    return f"none of the last {IDLE} windows holds a request that it could judge"


def _strangers(kind: Kind, learned: Learned, track: Track) -> str | None:
    """The segments that appeared after the baseline, which says nothing of them."""
    if Slice.SEGMENT not in kind.about.apart:
        return None
    parts = [part for mark in track.marks[-IDLE:] for part in mark.parts]
    seen = sorted({part.segment for part in parts if part.segment is not None})
    known = kind.slices(learned, parts)
    strange = [f"segment={one}" for one in seen if f"segment={one}" not in known]
    if not strange:
        return None
    return f"cannot judge {spelt(', '.join(strange))}: the baseline holds no request of it"


def is_ripe(kind: Kind, window: WindowSummary, now: datetime) -> bool:
    """Whether a window may be judged: it is over, and its labels have had the time they need."""
    after = kind.about.complete_after_seconds
    return after is None or window.until <= now - timedelta(seconds=after)


def _learned(kind: Kind, learned: Learned, window: WindowSummary, before: Before | None) -> Learned:
    if before is None:
        return closed(kind.about.baseline, learned, window.at)
    try:
        return before.learned(window)
    except BAD_DATA:
        return Learned()


def _step(
    kind: Kind, declared: Declaration, marks: Sequence[Mark], window: WindowSummary,
    learned: Learned,
) -> Mark:  # fmt: skip
    """The detector's memory after one more window."""
    last = marks[-1] if marks else None
    mark = Mark(
        at=window.at,
        until=window.until,
        parts=(),
        learned=learned,
        evidence={} if last is None or last.reset else last.evidence,
        alarm=None if last is None else last.alarm,
    )
    try:
        return _judged(kind, declared, marks, window, mark)
    except BAD_DATA as bad:
        return msgspec.structs.replace(mark, failed=failure(bad))


def failure(bad: Exception) -> str:
    """What kept a window from being judged, for people."""
    return str(bad) if isinstance(bad, CannotJudge) else f"{type(bad).__name__}: {bad}"


def _judged(
    kind: Kind, declared: Declaration, marks: Sequence[Mark], window: WindowSummary, mark: Mark
) -> Mark:
    learned = mark.learned
    parts = kind.parts(learned, window)
    if not learned.complete:
        baseline = kind.about.baseline
        if not moves(baseline) and teaches(baseline, window):
            learned = kind.taught(learned, window)
        return msgspec.structs.replace(mark, parts=parts, learned=learned)
    if mark.alarm is not None:
        return _calmed(kind, mark.alarm, msgspec.structs.replace(mark, parts=parts))
    evidence = dict(mark.evidence)
    for slice in kind.slices(learned, parts):
        evidence[slice] = gathered(kind, evidence.get(slice, ()), learned, slice, parts)
    mark = msgspec.structs.replace(mark, parts=parts, evidence=evidence)
    over = _over(kind, mark)
    return _alarmed(kind, declared, marks, mark, over) if over else mark


def _over(kind: Kind, mark: Mark) -> list[tuple[float, str]]:
    """The slices with too much against them, the worst first."""
    about, place, over = kind.about, 0, list[tuple[float, str]]()
    for slice, held in mark.evidence.items():
        place += slice != ALL
        far = beyond(about.decision, held, kind.weight(slice, place), about.run_length)
        if far >= 0:
            over.append((far, slice))
    return sorted(over, reverse=True)


def _alarmed(
    kind: Kind, declared: Declaration, marks: Sequence[Mark], mark: Mark,
    over: Sequence[tuple[float, str]],
) -> Mark:  # fmt: skip
    begun = _begun([*marks[-LOOKED_BACK:], mark])
    for _, slice in over:
        claim = kind.claim(mark.learned, slice, begun)
        if claim is not None:
            found = found_of(kind, declared, claim, begun, slice, kind.about.id)
            alarm = Alarm(found=found, slice=slice, calm=-math.inf, requests=claim.requests,
                          bad=claim.bad, off=claim.off)  # fmt: skip
            return msgspec.structs.replace(mark, alarm=alarm)
    return mark


def _begun(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The windows judged since the baseline was complete, or since the last alarm ended."""
    begun = 0
    for place, mark in enumerate(marks):
        if mark.reset or not mark.learned.complete:
            begun = place + 1
    return marks[begun:]


def found_of(
    kind: Kind, declared: Declaration, claim: Claim, marks: Sequence[Mark], slice: str, name: str
) -> Found:
    """What is claimed as a finding.

    Args:
        marks: the windows since judging began, the last is the one that alarms.
        name: what tells it apart from the other findings of that window.
    """
    about, last = kind.about, marks[-1]
    region = claim.region
    return Found(
        finding=finding_id(declared.system, name, last.at),
        detector=about.id,
        system=declared.system,
        sign=about.sign,
        metric=claim.metric or about.metric,
        version=claim.version,
        segment=claim.segment,
        baseline=decimal(claim.baseline),
        observed=decimal(claim.observed),
        low=decimal(claim.low),
        high=decimal(claim.high),
        confidence=decimal(CONFIDENCE),
        tolerated=decimal(claim.tolerated),
        since=marks[claim.since].at,
        seen_until=last.until,
        requests=claim.requests,
        bad=claim.bad,
        promise=promise(about, claim, declared),
        summaries=(),
        declared=declared.digest,
        caused_by=None,
        group=claim.group,
        measure=claim.measure or about.measure,
        since_from=None if region is None else marks[region[0]].at,
        since_until=None if region is None else marks[region[1]].at,
        evidence=_evidence(about.decision, last.evidence[slice]),
        compared_with=claim.compared_with,
        by_rows=declared.log.at is None,
    )


def _evidence(decision: Decision, held: Sequence[float]) -> str:
    if decision is not Decision.E_SR:
        return ""
    return decimal(round(together(held) / math.log(10), 2))


def _calmed(kind: Kind, alarm: Alarm, mark: Mark) -> Mark:
    """The alarm after one more window; over when it is shown that all is well again."""
    alarm, over = kind.calmed(mark.learned, alarm, mark)
    if over is None:
        return msgspec.structs.replace(mark, alarm=alarm)
    ended = Subsided(
        finding=alarm.found.finding,
        detector=kind.about.id,
        observed=decimal(over.observed),
        seen_until=mark.until,
        requests=over.requests,
    )
    return msgspec.structs.replace(mark, evidence={}, alarm=None, reset=True, ended=ended)
