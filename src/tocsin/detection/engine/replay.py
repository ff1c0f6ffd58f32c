"""Goes through the whole of a log at once and says what is found, what is over, what nobody judged.

Nothing is left out in silence: a detector without a finding either judged every window it could, or
stands among those that could not, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from tocsin.detection.compared.parity import left_out, said, standings
from tocsin.detection.declared.declaration import (
    Declaration,
    Detector,
    Fairness,
    Reference,
    Silence,
)
from tocsin.detection.engine.course import why_not
from tocsin.detection.engine.scan import State, ended, kind_apart, kind_of, scan, standing
from tocsin.detection.kinds import Kind
from tocsin.detection.windows.awaited import awaited
from tocsin.detection.windows.track import ALL, Track
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.summaries import WindowSummary


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, by which detector, and what ended it; None where it stands at the end."""

    found: Found
    detector: Detector
    over: Subsided | None = None


class NotJudged(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for and could not be judged, why, and on how many rows that rests."""

    detector: str
    why: str
    group: str | None = None
    rows: int = 0


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """All that the detectors say of a log.

    Args:
        judged: by when they began.
        state: what the detectors remember of the windows.
        asked: the declaration as it was judged, without what nobody could be asked; None for all.
        idle: the detectors that could judge nothing.
    """

    judged: tuple[Judged, ...]
    not_judged: tuple[NotJudged, ...]
    state: State
    idle: frozenset[str] = frozenset()
    asked: Declaration | None = None


def replayed(
    declared: Declaration, windows: Sequence[WindowSummary], reference: Sequence[WindowSummary],
    now: datetime, *, same: bool = False,
) -> Replay:  # fmt: skip
    """What the detectors say of all these windows, as if they had watched from the first on.

    Args:
        same: the log is its own reference, so that no comparison with it says anything.
        now: labels that come later than a detector waits are judged as far as they are there.
    """
    vain = [one for one in declared.detectors if same and _compares(one)]
    spoken = [one for one in declared.detectors if not isinstance(one, Silence) and one not in vain]
    whole = at_large(windows)
    fair = [one for one in spoken if isinstance(one, Fairness)]
    widened = [wide_as(one, whole, len(fair)) for one in fair] if whole else []
    asked = msgspec.structs.replace(declared, detectors=(*spoken, *widened))
    ends = max((window.until for window in windows), default=now)
    every = (*windows, *([whole] if whole else ()))
    found, over, state = scan(asked, every, State(), max(now, ends), reference)
    found = _each_once(found, {one.id for one in widened})
    ends_of = {one.finding: one for one in over}
    latest = {one.finding: one for one in (*ended(asked, state), *standing(asked, state))}
    by_id = {one.id: one for one in (*spoken, *widened)}
    judged = [
        Judged(
            found=latest.get(one.finding, one),
            detector=by_id[one.detector],
            over=ends_of.get(one.finding),
        )
        for one in found
    ]
    judged.sort(key=lambda one: (one.found.since, one.found.detector))
    alone = msgspec.structs.replace(declared, detectors=tuple(spoken))
    idle = [*_in_vain(vain), *_silent(declared), *hindered(alone, state)]
    return Replay(
        judged=tuple(judged),
        not_judged=(
            *idle,
            *_too_few(alone, windows),
            *_awaiting(alone, windows, max(now, ends)),
        ),
        state=state,
        idle=frozenset(one.detector for one in idle),
        asked=asked,
    )


LOOKS = 1000
AT_LARGE = "-at-large"
"""Ends the name of a detector that judges the whole of a log as one window."""


def at_large(windows: Sequence[WindowSummary]) -> WindowSummary | None:
    """All windows in which people are told apart as one; None where there is but one."""
    wide = [window for window in windows if window.groups or window.scores]
    if len({window.at for window in wide}) < 2:
        return None
    first, until = min(w.at for w in wide), max(w.until for w in wide)
    return WindowSummary(
        at=first,
        seconds=round((until - first).total_seconds()),
        last=max(window.last for window in wide),
        cells=(),
        groups=tuple(cell for window in wide for cell in window.groups),
        scores=tuple(cell for window in wide for cell in window.scores),
    )


def wide_as(detector: Fairness, whole: WindowSummary, among: int) -> Fairness:
    """The detector for the whole of a log: what is unfair all along need not add up by windows.

    Of LOOKS healthy logs, one raises a false alarm by any of the detectors `among` which it is.
    """
    return msgspec.structs.replace(
        detector,
        id=f"{detector.id}{AT_LARGE}",
        window_seconds=whole.seconds,
        run_length=LOOKS * among,
        once=True,
    )


def _each_once(found: Sequence[Found], widened: Collection[str]) -> list[Found]:
    """Without what was found at large of a group of which a window tells already."""
    told = {(one.detector + AT_LARGE, one.metric, one.group) for one in found}
    return [
        one
        for one in found
        if one.detector not in widened or (one.detector, one.metric, one.group) not in told
    ]


def _compares(detector: Detector) -> bool:
    return isinstance(getattr(detector, "baseline", None), Reference)


def _in_vain(detectors: Sequence[Detector]) -> list[NotJudged]:
    why = "compares nothing: the log and its reference are the same bytes"
    return [NotJudged(detector=one.id, why=why) for one in detectors]


def hindered(declared: Declaration, state: State) -> list[NotJudged]:
    """The detectors that could judge nothing, and what stood in the way."""
    found = []
    for detector in declared.detectors:
        kind = kind_of(detector, declared) or kind_apart(detector, declared)
        track = state.tracks.get(detector.id, Track())
        why = "is of a kind that nobody judges"
        if kind is not None:
            why = why_not(kind, track) or _empty(track) or _short(kind, track)
        if why:
            found.append(NotJudged(detector=detector.id, why=why))
    return found


def _empty(track: Track) -> str:
    """Why a detector that nothing hinders has nothing to say either."""
    if not track.marks:
        return "has no window to judge"
    if not any(mark.parts for mark in track.marks):
        return "cannot judge: no row says anything of what it watches"
    return ""


def _short(kind: Kind, track: Track) -> str:
    """That all of the log, or all that is looked back at, is too little to make a finding of."""
    each = [part.requests for mark in track.marks for part in mark.parts if part.name == ALL]
    if not each or sum(each) >= kind.about.minimum:
        return ""
    return f"not enough data: {sum(each)} rows, and {kind.about.minimum} are needed"


def _too_few(declared: Declaration, windows: Sequence[WindowSummary]) -> list[NotJudged]:
    """The groups with too few people for a number."""
    found = []
    for detector in declared.detectors:
        if not isinstance(detector, Fairness):
            continue
        for one in standings(detector, declared.log.decisions.groups, windows):
            if not one.enough:
                why = said(one, detector.minimum).removeprefix(f"{one.group}: ")
                few = NotJudged(detector=detector.id, group=one.group, why=why, rows=one.people)
                found.append(few)
        lines = left_out(detector, declared.log.decisions.groups, windows)
        found += [NotJudged(detector=detector.id, why=line) for line in lines]
    return found


def _awaiting(
    declared: Declaration, windows: Sequence[WindowSummary], now: datetime
) -> list[NotJudged]:
    """The detectors that wait for labels, and for how many."""
    return [NotJudged(detector=one.detector, why=one.said(), rows=one.rows)
            for one in awaited(declared, windows, now)]  # fmt: skip


def _silent(declared: Declaration) -> list[NotJudged]:
    why = "is for the watch alone: a log that lies there says nothing about silence"
    return [NotJudged(detector=one.id, why=why) for one in declared.detectors
            if isinstance(one, Silence)]  # fmt: skip
