"""Goes through windows for a detector whose slices are people apart: each has alarms of its own.

An alarm about one group does not hide what befalls another, and each is over by itself. For the
rest this is the course of every detector (`course`): the same windows give the same marks however
often the way was cut, and a window that cannot be judged is passed over and says why. The slices
share the false alarms by the weights of their kind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from tocsin.detection.declared.declaration import Declaration
from tocsin.detection.engine.course import BAD_DATA, Episode, failure, found_of, is_ripe
from tocsin.detection.kinds import Kind, Over
from tocsin.detection.statistics.decisions import beyond, gathered
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.track import (
    LOOKED_BACK,
    Alarm,
    Learned,
    Mark,
    Part,
    Track,
    since,
    with_kept,
)
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.summaries import WindowSummary


class KindApart(Kind, Protocol):
    """A kind whose slices have alarms of their own, and that remembers what it has seen."""

    def remembered(self, learned: Learned, parts: Sequence[Part]) -> Learned:
        """What is known after a window that was judged by what was known before."""

    def stands_beside(self, alarm: Alarm) -> tuple[float, float]:
        """The baseline of an alarm that stands, with all that happened since the change, and up to
        where that is tolerated."""


def followed_apart(
    kind: KindApart, declared: Declaration, track: Track, windows: Sequence[WindowSummary],
    now: datetime,
) -> tuple[Track, list[Episode]]:  # fmt: skip
    """The detector's track after these windows, and the alarms that stand or stood in them."""
    marks, episodes = list(track.marks), list[Episode]()
    standing = dict(marks[-1].alarms) if marks else {}
    for window in windows:
        own = window.seconds == kind.about.window_seconds
        if not own or (marks and window.at <= marks[-1].at) or not is_ripe(kind, window, now):
            continue
        mark = _step(kind, declared, marks, window)
        marks.append(mark)
        ended = {one.finding: one for one in mark.over}
        named = [(alarm.found, alarm.found.finding) for alarm in standing.values()]
        episodes += [(found, ended[name]) for found, name in named if name in ended]
        standing = dict(mark.alarms)
    episodes += [(alarm.found, None) for alarm in standing.values()]
    return with_kept(marks, track.cut), episodes


def as_each_stands(kind: KindApart, marks: Sequence[Mark], drawn: str) -> Found | None:
    """One of the findings that stand, with all that has happened since the change."""
    alarm = _known(marks[-1], drawn)
    return None if alarm is None else _restated(kind, alarm, marks)


def as_each_ended(kind: KindApart, marks: Sequence[Mark], drawn: str) -> Found | None:
    """One of those that are over, with all that happened up to its end; None where the window that
    ended it is not remembered."""
    for place, mark in enumerate(marks):
        if place and any(one.finding == drawn for one in mark.over):
            before = _known(marks[place - 1], drawn)
            if before is not None:
                alarm, _ = kind.calmed(mark.learned, before, mark)
                return _restated(kind, alarm, marks[: place + 1])
    return None


def _known(mark: Mark, drawn: str) -> Alarm | None:
    return next((a for a in mark.alarms.values() if a.found.finding == drawn), None)


def _restated(kind: KindApart, alarm: Alarm, marks: Sequence[Mark]) -> Found:
    mark = marks[-1]
    observed, low, high = kind.stands(alarm, since(alarm, marks))
    baseline, tolerated = kind.stands_beside(alarm)
    return msgspec.structs.replace(
        alarm.found,
        baseline=decimal(baseline),
        tolerated=decimal(tolerated),
        observed=decimal(observed),
        low=decimal(low),
        high=decimal(high),
        seen_until=mark.until,
        requests=alarm.requests,
        bad=alarm.bad,
    )


def _step(
    kind: KindApart, declared: Declaration, marks: Sequence[Mark], window: WindowSummary
) -> Mark:
    last = marks[-1] if marks else None
    mark = Mark(
        at=window.at,
        until=window.until,
        parts=(),
        learned=Learned(complete=True) if last is None else last.learned,
        evidence={} if last is None else last.evidence,
        alarms={} if last is None else last.alarms,
    )
    try:
        return _judged(kind, declared, marks, window, mark)
    except BAD_DATA as bad:
        return msgspec.structs.replace(mark, failed=failure(bad))


def _judged(
    kind: KindApart, declared: Declaration, marks: Sequence[Mark], window: WindowSummary,
    mark: Mark,
) -> Mark:  # fmt: skip
    learned = mark.learned
    mark = msgspec.structs.replace(mark, parts=kind.parts(learned, window))
    evidence, alarms = dict(mark.evidence), dict(mark.alarms)
    over, anew = list[Subsided](), list[str]()
    shown = kind.slices(learned, mark.parts)  # with whom is compared may have changed meanwhile
    for slice in dict.fromkeys((*shown, *alarms)):
        if slice not in alarms:
            held = evidence.get(slice, ())
            evidence[slice] = gathered(kind, held, learned, slice, mark.parts)
            continue
        alarms[slice], ended = kind.calmed(learned, alarms[slice], mark)
        if ended is not None:
            name = alarms.pop(slice).found.finding
            over.append(_subsided(kind, name, ended, mark))
            evidence[slice] = (-math.inf,) * len(evidence[slice])  # its place, and so its weight
            anew.append(slice)
    mark = msgspec.structs.replace(
        mark, evidence=evidence, alarms=alarms, over=tuple(over), anew=tuple(anew)
    )
    alarms |= _raised(kind, declared, marks, mark)
    return msgspec.structs.replace(
        mark, alarms=alarms, learned=kind.remembered(learned, mark.parts)
    )


def _subsided(kind: KindApart, name: str, ended: Over, mark: Mark) -> Subsided:
    return Subsided(
        finding=name,
        detector=kind.about.id,
        observed=decimal(ended.observed),
        seen_until=mark.until,
        requests=ended.requests,
    )


def _raised(
    kind: KindApart, declared: Declaration, marks: Sequence[Mark], mark: Mark
) -> dict[str, Alarm]:
    """The alarms of slices with too much against them, whose kind claims something."""
    about, found = kind.about, dict[str, Alarm]()
    for place, (slice, held) in enumerate(mark.evidence.items(), 1):
        far = beyond(about.decision, held, kind.weight(slice, place), about.run_length)
        if far < 0 or slice in mark.alarms:
            continue
        begun = _begun([*marks[-LOOKED_BACK:], mark], slice)
        claim = kind.claim(mark.learned, slice, begun)
        if claim is not None:
            name = f"{about.id} {slice}"
            drawn = found_of(kind, declared, claim, begun, slice, name)
            found[slice] = Alarm(found=drawn, slice=slice, calm=-math.inf, requests=claim.requests,
                                 bad=claim.bad, off=claim.off, sums=claim.sums)  # fmt: skip
    return found


def _begun(marks: Sequence[Mark], slice: str) -> Sequence[Mark]:
    """The windows judged since the last alarm of the slice ended."""
    begun = 0
    for place, mark in enumerate(marks):
        if slice in mark.anew:
            begun = place + 1
    return marks[begun:]
