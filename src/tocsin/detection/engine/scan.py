"""Goes through windows and says what is found and what is over; wherever it was cut, the same.

Whoever follows a log does three things in turn::

    state = state.back_to(source.refresh().earliest)
    found, over, state = scan(declared, source.windows(state.since), state, clock.now())

`back_to` forgets what was concluded from windows that are others now, and from the last, which may
grow. A finding keeps its name when it is drawn again from corrected windows; one that cannot be
drawn again is told as subsided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.detection.declared.declaration import (
    Calibration,
    Declaration,
    Detector,
    Drift,
    Fairness,
    Measure,
    Parity,
    Quantity,
    Rate,
    Silence,
    Statistic,
)
from tocsin.detection.detectors.calibration import Calibrations
from tocsin.detection.detectors.drift import Drifts, Odd
from tocsin.detection.detectors.fairness import Parities
from tocsin.detection.detectors.means import Means
from tocsin.detection.detectors.quantity import Quantiles
from tocsin.detection.detectors.rates import Rates
from tocsin.detection.detectors.rises import Rises
from tocsin.detection.engine.apart import KindApart, as_each_ended, as_each_stands, followed_apart
from tocsin.detection.engine.course import Episode, as_it_ended, as_it_stands, followed, why_not
from tocsin.detection.engine.words import finding_id, promise_of_silence
from tocsin.detection.kinds import Kind
from tocsin.detection.statistics.family import run_length
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.track import Track
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import WindowSummary


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that was handed out, and when it was over; such are never forgotten.

    Args:
        drawn: the name under which the windows give it now.
    """

    found: Found
    drawn: str
    over: datetime | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What all detectors of a declaration remember. Can be built again from all windows."""

    tracks: Mapping[str, Track] = {}
    told: tuple[Told, ...] = ()
    last: datetime | None = None  # the last request that was seen
    begun: datetime | None = None  # when the first scan was

    def back_to(self, earliest: datetime | None) -> State:
        """Without what rests on windows that end after an instant, and on the last window."""
        tracks = {name: track.back_to(earliest) for name, track in self.tracks.items()}
        return msgspec.structs.replace(self, tracks=tracks)

    @property
    def since(self) -> datetime | None:
        """The next scan needs all windows that end after this instant; None is all there are."""
        ends = [track.since for track in self.tracks.values()]
        known = [end for end in ends if end is not None]
        return min(known) if known and len(known) == len(ends) else None


def scan(
    declared: Declaration, windows: Sequence[WindowSummary], state: State, now: datetime,
    reference: Sequence[WindowSummary] = (),
) -> tuple[list[Found], list[Subsided], State]:  # fmt: skip
    """What is newly found, what is over, and what to go on from.

    Args:
        windows: all that end after `state.since`, in the order of their ends. Those that begin
            after `now` are left for later: some clock is wrong.
        reference: all windows of the log that detectors with `baseline: reference` compare with.
    """
    seen = [window for window in windows if window.at <= now]
    found, over = list[Found](), list[Subsided]()
    tracks, told = dict(state.tracks), list(state.told)
    last = max((w.last for w in seen if w.last <= now), default=None)
    last = max((t for t in (last, state.last) if t is not None), default=None)
    begun = state.begun or now
    episodes: list[Episode]
    for detector in declared.detectors:
        if isinstance(detector, Silence):
            drawn = _silence(detector, declared, last, begun, now)
            episodes = [] if drawn is None else [(drawn, None)]
            until = last or now
        else:
            kind, apart = kind_of(detector, declared), kind_apart(detector, declared)
            track = state.tracks.get(detector.id, Track())
            if apart is not None:
                track, episodes = followed_apart(apart, declared, track, seen, now)
            elif kind is not None:
                track, episodes = followed(kind, declared, track, seen, now, reference)
            else:
                continue
            tracks[detector.id], until = track, now
        told = _reconciled(detector.id, episodes, told, until, found, over)
    return found, over, State(tracks=tracks, told=tuple(told), last=last, begun=begun)


def standing(declared: Declaration, state: State) -> list[Found]:
    """All findings that are not over, with what has happened since the change up to now."""
    return [_as_it_stands(declared, state, told) for told in state.told if told.over is None]


def ended(declared: Declaration, state: State) -> list[Found]:
    """All findings that are over, with what happened from the change up to their end."""
    return [_as_it_stands(declared, state, told) for told in state.told if told.over is not None]


def disclaimed(
    declared: Declaration, state: State, recorded: Sequence[Found]
) -> tuple[list[Subsided], list[Found]]:
    """What was told once and is not claimed now: what is over, and what nobody can judge yet.

    A rate or a distribution is over when its detector, which has learned what is usual, has seen
    windows since; silence is over when a request has come since it began.
    """
    claimed = {told.found.finding for told in state.told if told.over is None}
    claimed |= {told.drawn for told in state.told if told.over is None}
    over, in_doubt = list[Subsided](), list[Found]()
    for found in recorded:
        if found.finding in claimed:
            continue
        until = _judged_until(declared, state, found)
        if until is None:
            in_doubt.append(found)
        else:
            over.append(_subsided(Told(found=found, drawn=found.finding), until))
    return over, in_doubt


def _judged_until(declared: Declaration, state: State, found: Found) -> datetime | None:
    detector = next((one for one in declared.detectors if one.id == found.detector), None)
    if isinstance(detector, Silence):
        return state.last if state.last is not None and state.last > found.since else None
    marks = state.tracks.get(found.detector, Track()).marks
    if detector is None or not marks:
        return None
    learned, until = marks[-1].learned, marks[-1].until
    judges = learned is not None and learned.complete
    return until if judges and until > found.seen_until else None


def kind_of(detector: Detector, declared: Declaration) -> Kind | None:
    """The detector as the engine needs it; None where its kind goes through no windows."""
    match detector:
        case Rate():
            return Rates(detector, run_length(declared, detector))
        case Drift(measure=Measure.MISSING | Measure.UNSEEN):
            return Odd(detector, run_length(declared, detector))
        case Drift(measure=Measure.RISE):
            return Rises(detector, run_length(declared, detector))
        case Drift():
            return Drifts(detector, run_length(declared, detector))
        case Quantity(statistic=Statistic.MEAN):
            return Means(detector, run_length(declared, detector))
        case Quantity():
            return Quantiles(detector, run_length(declared, detector))
        case _:
            return None


def kind_apart(detector: Detector, declared: Declaration) -> KindApart | None:
    """The detector where its slices are people apart, with alarms of their own; else None."""
    groups = declared.log.decisions.groups
    match detector:
        case Fairness(parity=Parity.CALIBRATION) | Calibration():
            return Calibrations(detector, groups, run_length(declared, detector))
        case Fairness():
            return Parities(detector, groups, run_length(declared, detector))
        case _:
            return None


def without_baseline(declared: Declaration, state: State) -> list[str]:
    """What keeps a detector from judging, one line each, for people."""
    lines = []
    for detector in declared.detectors:
        kind = kind_of(detector, declared) or kind_apart(detector, declared)
        why = why_not(kind, state.tracks.get(detector.id, Track())) if kind is not None else None
        if why is not None:
            lines.append(f"{detector.id} {why}")
    return lines


def stuck(declared: Declaration, state: State) -> dict[str, str]:
    """Which detectors cannot judge, or whom, and why; not those that wait for their baseline."""
    found = {}
    for line in without_baseline(declared, state):
        name, _, why = line.partition(" ")
        if why.startswith("cannot judge the window"):
            found[name] = line  # each window is another, and the same thing to tell
        elif why.startswith("cannot"):
            found[line] = line
    return found


def _reconciled(
    detector: str, episodes: Sequence[Episode], told: Sequence[Told], now: datetime,
    found: list[Found], over: list[Subsided],
) -> list[Told]:  # fmt: skip
    """What was told, after these alarms: each is told once, and each that is over as well."""
    kept, left = list(told), list(episodes)
    for place, one in enumerate(kept):
        if one.found.detector != detector:
            continue
        match = next((e for e in left if e[0].finding == one.drawn or _overlap(one, e)), None)
        if match is not None:
            left.remove(match)
            kept[place] = _again(one, match, found, over)
        elif one.over is None:
            kept[place] = msgspec.structs.replace(one, over=now)
            over.append(_subsided(one, now))
    for drawn, ending in left:
        found.append(drawn)
        if ending is not None:
            over.append(ending)
        kept.append(Told(found=drawn, drawn=drawn.finding,
                         over=ending.seen_until if ending is not None else None))  # fmt: skip
    return kept


def _again(one: Told, episode: Episode, found: list[Found], over: list[Subsided]) -> Told:
    drawn, ending = episode
    if one.over is not None and ending is None:
        found.append(msgspec.structs.replace(drawn, finding=one.found.finding))
        return msgspec.structs.replace(one, drawn=drawn.finding, over=None)
    if one.over is None and ending is not None:
        over.append(msgspec.structs.replace(ending, finding=one.found.finding))
        return msgspec.structs.replace(one, drawn=drawn.finding, over=ending.seen_until)
    return msgspec.structs.replace(one, drawn=drawn.finding)


def _overlap(one: Told, episode: Episode) -> bool:
    drawn, ending = episode
    alike = (one.found.group, one.found.metric) == (drawn.group, drawn.metric)
    begins_in = alike and (one.over is None or drawn.since < one.over)
    return begins_in and (ending is None or one.found.since < ending.seen_until)


def _subsided(one: Told, now: datetime) -> Subsided:
    return Subsided(
        finding=one.found.finding,
        detector=one.found.detector,
        observed=one.found.baseline,
        seen_until=now,
        requests=0,
    )


def _silence(
    detector: Silence, declared: Declaration, last: datetime | None, begun: datetime, now: datetime
) -> Found | None:
    """The finding that nothing has arrived for too long."""
    since = last or begun
    silent = now - since
    if silent <= timedelta(seconds=detector.after_seconds):
        return None
    seconds = decimal(silent.total_seconds())
    return Found(
        finding=finding_id(declared.system, detector.id, since),
        detector=detector.id,
        system=declared.system,
        sign=Sign.NO_DATA,
        metric="seconds without a request",
        version=None,
        segment=None,
        baseline="0",
        observed=seconds,
        low=seconds,
        high=seconds,
        confidence="1",
        tolerated=decimal(detector.after_seconds),
        since=since,
        seen_until=now,
        requests=0,
        bad=0,
        promise=promise_of_silence(detector.after_seconds),
        summaries=(),
        declared=declared.digest,
        caused_by=None,
    )


def _as_it_stands(declared: Declaration, state: State, told: Told) -> Found:
    marks = state.tracks.get(told.found.detector, Track()).marks
    detector = next((d for d in declared.detectors if d.id == told.found.detector), None)
    kind = kind_of(detector, declared) if detector is not None else None
    apart = kind_apart(detector, declared) if detector is not None else None
    now = None
    if kind is not None and marks:
        only = as_it_stands(kind, marks) if told.over is None else None
        now = only or as_it_ended(kind, marks, told.drawn)
    elif apart is not None and marks:
        each = as_each_stands if told.over is None else as_each_ended
        now = each(apart, marks, told.drawn)
    return told.found if now is None else msgspec.structs.replace(now, finding=told.found.finding)
