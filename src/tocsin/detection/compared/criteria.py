"""Whether a candidate passes the criteria of a gate: passed, failed by how much, or not to be told.

Passed needs the bound of what was seen at the gate's confidence to lie within the margin, by exact
intervals (Clopper-Pearson; of two shares each at half the error, so that it holds at least so
often). Failed is what was itself seen beyond the margin. All else is undetermined, and says about
how much more must be judged: too few is never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from tocsin.detection.compared.parity import OF_WHOM, RATES
from tocsin.detection.compared.people import column_sets, compared_with, seen
from tocsin.detection.compared.two_shares import Seen, difference_interval, ratio_interval
from tocsin.detection.declared.declaration import Basis, Direction
from tocsin.detection.declared.gate import (
    Alike,
    Bounded,
    Criterion,
    Gate,
    NotWorse,
    Withstands,
)
from tocsin.detection.statistics.shares import decimal, upper
from tocsin.facts.confusion import SELECTED
from tocsin.facts.recovery import Passing
from tocsin.facts.spelt import spelt
from tocsin.facts.summaries import GroupCell, WindowSummary

MORE_MOST = 2**20
"""By how many times more is not asked for."""

ORDER = (Passing.PASSED, Passing.UNDETERMINED, Passing.FAILED)


class Attacks(msgspec.Struct, frozen=True, kw_only=True):
    """What became of attacks that were replayed against a version."""

    version: str
    tried: int
    succeeded: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of a version of a system.

    Args:
        by_segment: by rate and segment; segment "" is all together.
        cells: of groups of people, with `groups` the columns in their order.
    """

    version: str
    by_segment: Mapping[str, Mapping[str, Seen]] = {}
    cells: tuple[GroupCell, ...] = ()
    groups: tuple[str, ...] = ()


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a criterion came to. Numbers that could not be had are empty."""

    criterion: str
    result: Passing
    said: str
    margin: str
    difference: str = ""
    bound: str = ""
    confidence: str = ""
    sample: int = 0
    short_by: int = 0


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One slice or group of a criterion, judged."""

    result: Passing
    said: str
    sample: int
    short_by: int = 0
    difference: float | None = None
    bound: float | None = None


def counted(
    windows: Iterable[WindowSummary],
    version: str | None,
    *,
    name: str,
    window_seconds: int,
    profile_seconds: int,
    groups: Sequence[str],
) -> Counted:
    """What windows hold of one version; of all where none is named."""
    by_rate: dict[str, dict[str, Seen]] = {}
    cells: list[GroupCell] = []
    for window in windows:
        if window.seconds == window_seconds:
            for cell in window.cells:
                if version is None or cell.version == version:
                    _add(by_rate, cell.judged, cell.counted, cell.segment)
        if window.seconds == profile_seconds:
            cells += [g for g in window.groups if version is None or g.version == version]
    return Counted(version=name, by_segment=by_rate, cells=tuple(cells), groups=tuple(groups))


def judged_by(
    gate: Gate, candidate: Counted, baseline: Counted, attacks: Attacks | None = None
) -> list[Judged]:
    """What each criterion of a gate says of a candidate, in the gate's order."""
    return [_judged(gate, one, candidate, baseline, attacks) for one in gate.criteria]


def _judged(
    gate: Gate, one: Criterion, candidate: Counted, baseline: Counted, attacks: Attacks | None
) -> Judged:
    match one:
        case NotWorse():
            parts = list(_not_worse(gate, one, candidate, baseline))
            margin = one.margin
        case Bounded():
            parts, margin = list(_bounded(gate, one, candidate, baseline)), one.at_most
        case Alike():
            parts, margin = list(_alike(gate, one, candidate, baseline)), one.tolerance
        case Withstands():
            parts, margin = [_withstands(gate, one, attacks)], one.at_most
    worst = max(parts, key=lambda part: ORDER.index(part.result))
    others = [part for part in parts if part is not worst and part.result is not Passing.PASSED]
    more = f" (and {len(others)} more)" if others else ""
    return Judged(
        criterion=one.id,
        result=worst.result,
        said=spelt(f"{worst.said}{more}"),
        margin=decimal(margin),
        difference="" if worst.difference is None else decimal(worst.difference),
        bound="" if worst.bound is None else decimal(worst.bound),
        confidence=decimal(1 - gate.error),
        sample=min(part.sample for part in parts),
        short_by=max(part.short_by for part in parts),
    )


def _not_worse(gate: Gate, one: NotWorse, candidate: Counted, baseline: Counted) -> Iterator[_Part]:
    if one.measure not in candidate.by_segment:
        yield _unmeasured(one.measure, one.minimum, candidate)
        return
    own, before = (c.by_segment.get(one.measure, {}) for c in (candidate, baseline))
    for segment in _slices(one.each is not None, own, before):
        where = f" in {segment}" if segment else ""
        mine, theirs = own.get(segment, Seen()), before.get(segment, Seen())
        few = _few(one.minimum, {candidate.version: mine, f"baseline {baseline.version}": theirs})
        if few is not None:
            yield _too_few(f"{one.measure}{where}", few, mine)
            continue
        yield _held(
            gate,
            lambda a, b, e: _loss(one, a, b, e),
            mine,
            theirs,
            one.margin,
            f"{one.measure}{where}",
            f"{'above' if one.worse is Direction.UP else 'below'} baseline {baseline.version}"
            + (" as a share of it" if one.basis is Basis.RELATIVE else ""),
        )


def _loss(one: NotWorse, own: Seen, base: Seen, error: float) -> tuple[float, float]:
    """How much worse it was seen to be, and at most is but for this chance."""
    mine, theirs = own.counted / own.judged, base.counted / base.judged
    up = one.worse is Direction.UP
    if one.basis is Basis.POINTS:
        low, high = difference_interval(own, base, 2 * error)
        return (mine - theirs, high) if up else (theirs - mine, -low)
    low, high = ratio_interval(own, base, 2 * error)
    if not theirs:  # no ratio: nothing may be seen where nothing was
        return (float(mine > 0), high)
    return (mine / theirs - 1, high - 1) if up else (1 - mine / theirs, 1 - low)


def _held(
    gate: Gate,
    loss: Callable[[Seen, Seen, float], tuple[float, float]],
    own: Seen,
    base: Seen,
    margin: float,
    what: str,
    than: str,
) -> _Part:
    """A loss held against a margin, in words."""
    difference, bound = loss(own, base, gate.error)
    told = f"{what} is {_said(difference)} {than}, margin {_said(margin)}, {_level(gate)} bound "
    told += _said(bound)
    result, more = Passing.PASSED, 0
    if difference >= margin:
        result = Passing.FAILED
        told += f": {_said(difference - margin)} too much"
    elif bound >= margin:
        result = Passing.UNDETERMINED

        def enough(times: float) -> bool:
            return loss(_times(own, times), _times(base, times), gate.error)[1] < margin

        more = _more(own, enough)
        told += f": {_wanted(more)}"
    return _Part(result=result, said=told, sample=int(own.judged), short_by=more,
                 difference=difference, bound=bound)  # fmt: skip


def _bounded(gate: Gate, one: Bounded, candidate: Counted, baseline: Counted) -> Iterator[_Part]:
    if one.measure not in candidate.by_segment:
        yield _unmeasured(one.measure, one.minimum, candidate)
        return
    own, before = (c.by_segment.get(one.measure, {}) for c in (candidate, baseline))
    for segment in _slices(one.each is not None, own, before):
        where = f" in {segment}" if segment else ""
        mine = own.get(segment, Seen())
        yield _share_within(gate, one.at_most, one.minimum, mine, f"{one.measure}{where}",
                            candidate.version)  # fmt: skip


def _withstands(gate: Gate, one: Withstands, attacks: Attacks | None) -> _Part:
    if attacks is None:
        few = f"no attacks were replayed, and {one.minimum} are needed"
        return _Part(result=Passing.UNDETERMINED, said=few, sample=0, short_by=one.minimum)
    own = Seen(judged=attacks.tried, counted=attacks.succeeded)
    what = f"the share of {attacks.tried} attacks that succeeded"
    return _share_within(gate, one.at_most, one.minimum, own, what, attacks.version)


def _share_within(
    gate: Gate, at_most: float, minimum: int, own: Seen, what: str, version: str
) -> _Part:
    few = _few(minimum, {version: own})
    if few is not None:
        return _too_few(what, few, own)
    seen_, bound = own.counted / own.judged, _most(own, gate.error)
    told = (
        f"{what} is {_said(seen_)}, at most {_said(at_most)}, {_level(gate)} bound {_said(bound)}"
    )
    result, more = Passing.PASSED, 0
    if seen_ > at_most:
        result, told = Passing.FAILED, f"{told}: {_said(seen_ - at_most)} too much"
    elif bound > at_most:
        result = Passing.UNDETERMINED
        more = _more(own, lambda times: _most(_times(own, times), gate.error) <= at_most)
        told += f": {_wanted(more)}"
    return _Part(result=result, said=told, sample=int(own.judged), short_by=more,
                 difference=seen_, bound=bound)  # fmt: skip


def _most(own: Seen, error: float) -> float:
    return upper(int(own.counted), int(own.judged), error)


def _alike(gate: Gate, one: Alike, candidate: Counted, baseline: Counted) -> Iterator[_Part]:
    """Every group of every way of telling people apart, both ways; also those whom only the
    baseline's log knows, for nobody may vanish."""
    found = False
    missing = [name for name in one.groups if name not in candidate.groups]
    for rate in RATES[one.parity]:
        for columns in column_sets(one.groups) if not missing else ():
            counts = seen(candidate.cells, rate, columns, candidate.groups)
            sizes = seen(candidate.cells, SELECTED, columns, candidate.groups)
            other = compared_with({n: s.judged for n, s in sizes.items()}, columns,
                                  one.compared_with)  # fmt: skip
            known = seen(baseline.cells, SELECTED, columns, baseline.groups or candidate.groups)
            for name in sorted({*sizes, *known}):
                if other is None or name == other or name in one.set_aside:
                    continue
                found = True
                yield _beside(gate, one, rate, (name, counts.get(name, Seen())),
                              (other, counts.get(other, Seen())))  # fmt: skip
    if not found:
        why = f"the log tells nobody apart by {', '.join(missing or one.groups)}"
        yield _Part(result=Passing.UNDETERMINED, said=why, sample=0, short_by=one.minimum)


def _beside(
    gate: Gate, one: Alike, rate: str, own: tuple[str, Seen], other: tuple[str, Seen]
) -> _Part:
    (name, mine), (beside, theirs) = own, other
    what = f"{rate} of {name}"
    few = _few(one.minimum, {name: mine, beside: theirs})
    if few is not None:
        return _too_few(what, few, mine, OF_WHOM.get(rate, "people"))
    return _held(gate, lambda a, b, e: _apart(one, a, b, e), mine, theirs, one.tolerance, what,
                 f"apart from {beside}" + (" as a share of the larger"
                                           if one.basis is Basis.RELATIVE else ""))  # fmt: skip


def _apart(one: Alike, own: Seen, other: Seen, error: float) -> tuple[float, float]:
    """How far two shares were seen apart, and at most are but for this chance; either way."""
    mine, theirs = own.counted / own.judged, other.counted / other.judged
    if one.basis is Basis.POINTS:
        low, high = difference_interval(own, other, 2 * error)
        return abs(mine - theirs), max(high, -low)
    low, high = ratio_interval(own, other, 2 * error)
    most = max(mine, theirs)
    least = min(low, 1 / high if high else 0.0)
    return (1 - min(mine, theirs) / most if most else 0.0), 1 - least


def _slices(
    each: bool, own: Mapping[str, Seen], other: Mapping[str, Seen]
) -> list[str]:  # fmt: skip
    named = sorted({*own, *other} - {""}) if each else []
    return ["", *named]


def _unmeasured(measure: str, minimum: int, candidate: Counted) -> _Part:
    known = ", ".join(sorted(candidate.by_segment)) or "nothing"
    told = f"the log tells no {measure} of {candidate.version}; it tells {known}"
    return _Part(result=Passing.UNDETERMINED, said=told, sample=0, short_by=minimum)


def _add(
    into: dict[str, dict[str, Seen]],
    judged: Mapping[str, int],
    count: Mapping[str, int],
    segment: str | None,
) -> None:
    for rate, n in judged.items():
        more = Seen(judged=n, counted=count.get(rate, 0))
        of_rate = into.setdefault(rate, {})
        for key in dict.fromkeys(("", segment or "")):
            of_rate[key] = of_rate.get(key, Seen()).plus(more)


def _few(minimum: int, counts: Mapping[str, Seen]) -> tuple[str, int] | None:
    """Of whom too few were judged, in words, and how many are missing at most."""
    short = {name: minimum - int(one.judged) for name, one in counts.items()}
    lacking = {name: n for name, n in short.items() if n > 0}
    if not lacking:
        return None
    told = ", ".join(f"{minimum - n} of {name}" for name, n in lacking.items())
    return f"{told} judged, and {minimum} are needed", max(lacking.values())


def _too_few(what: str, few: tuple[str, int], own: Seen, whom: str = "") -> _Part:
    told = f"{what}: {few[0]}" + (f" ({whom})" if whom else "")
    return _Part(result=Passing.UNDETERMINED, said=told, sample=int(own.judged), short_by=few[1])


def _times(one: Seen, times: float) -> Seen:
    return Seen(judged=round(one.judged * times), counted=round(one.counted * times))


def _more(own: Seen, enough: Callable[[float], bool]) -> int:
    """About how many more would do if it stays as it is; 0 where no reasonable number would."""
    most = 2.0
    while not enough(most):
        most *= 2
        if most > MORE_MOST:
            return 0
    least = most / 2
    while (most - least) * own.judged > max(1.0, 0.01 * own.judged):
        middle = (least + most) / 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return max(1, round(own.judged * (most - 1)))


def _wanted(more: int) -> str:
    if not more:
        return "as it is, no number of requests would show it"
    return f"about {more:,} more judged, as these, would show it"


def _level(gate: Gate) -> str:
    return f"{decimal(round(100 * (1 - gate.error), 4))} %"


def _said(number: float) -> str:
    if number == float("inf"):
        return "without end"
    return decimal(round(number, 4))
