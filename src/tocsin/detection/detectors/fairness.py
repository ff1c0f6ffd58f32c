"""Notices that a group of people fares worse than another by more than is tolerated.

Each group is compared, by each column alone and by all together, with the largest so far or with
the one declared: whether its share is too low beside the other's, and whether the other's is too
low beside its own. No baseline is needed; a window is judged by what both groups saw in it. Each
comparison has evidence and alarms of its own; the j-th to appear has 1 / (j (j + 1)) of the false
alarms. Fewer people than the minimum never make a finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.compared.parity import RATES, tolerated_words
from tocsin.detection.compared.people import column_sets, compared_with, seen
from tocsin.detection.compared.two_shares import (
    PARTS,
    Seen,
    Tolerated,
    alone,
    expected,
    likeliest_begin,
    log_e_values,
    once,
    scaled_interval,
    tolerated,
)
from tocsin.detection.declared.declaration import CONFIDENCE, Basis, Fairness
from tocsin.detection.kinds import About, CannotJudge, Claim, Over
from tocsin.detection.statistics.evidence import REGION_DROP, log_plus_one, together
from tocsin.detection.statistics.proportion import CALM
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.windows.carriers import ENOUGH
from tocsin.detection.windows.track import Alarm, Learned, Mark, Part
from tocsin.facts.confusion import SELECTED
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary

GROUPS_MOST = 64
"""So many groups are judged by each way of telling people apart: the first that come."""

BELOW, ABOVE = "below", "above"
NOTHING = Seen()


class _View(msgspec.Struct, frozen=True, kw_only=True):
    """What a window and all before it say of every group: by rate, columns and group."""

    now: Mapping[str, Seen]
    before: Mapping[str, Seen]
    others: Mapping[str, str]


class Parities:
    """A detector of fairness, but for calibration.

    Args:
        declared: all columns of groups, in the order of the log's mapping.
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Fairness, declared: Sequence[str], run_length: int) -> None:
        self._fair, self._declared = detector, declared
        self._sets, self._rates = column_sets(detector.groups), RATES[detector.parity]
        self._limit = tolerated(detector.basis, detector.tolerance)
        self._viewed: tuple[Learned, Sequence[Part], _View] | None = None
        self.about = About(
            id=detector.id, sign=Sign.UNFAIR, metric=detector.parity.value, measure="share",
            window_seconds=detector.window_seconds, minimum=detector.minimum,
            run_length=run_length, baseline=None,
            complete_after_seconds=detector.complete_after_seconds,
        )  # fmt: skip

    def obstacle(self, learned: Learned) -> str | None:
        known = learned.segments
        if known and not self._others_known(known):
            return f"nobody of {self._fair.compared_with} was seen, whom it compares with"
        sizes = {name: n for name, (n, _) in known.items() if _rate(name) in self._rates}
        if not sizes:
            return "no window tells what was decided of whom"
        most = max(sizes, key=lambda name: (sizes[name], name))
        if sizes[most] >= self._fair.minimum:
            return None
        return (
            f"not enough data: of {_group(most)}, the largest group, {sizes[most]} people were "
            f"judged, and {self._fair.minimum} are needed"
        )

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        """Of each version and group, how many were judged and, as `bad`, how many count."""
        found = []
        versions = sorted({cell.version for cell in window.groups}, key=lambda v: (v is None, v))
        for place, columns in enumerate(self._sets):
            sizes = seen(window.groups, SELECTED, columns, self._declared)
            chosen = self._chosen(learned, place, sizes)
            for rate in dict.fromkeys((SELECTED, *self._rates)):
                each = {v: seen((c for c in window.groups if c.version == v), rate, columns,
                                self._declared) for v in versions}  # fmt: skip
                found += [
                    Part(v, None, int(one.judged), int(one.counted), _name(rate, place, group))
                    for group in chosen
                    for v in versions
                    for one in [each[v].get(group, NOTHING)]
                    if one.judged
                ]
        return tuple(found)

    def remembered(self, learned: Learned, parts: Sequence[Part]) -> Learned:
        groups = dict(learned.segments)
        for part in parts:
            n, k = groups.get(part.name, (0, 0))
            groups[part.name] = (n + part.requests, k + part.bad)
        return msgspec.structs.replace(learned, segments=groups)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        """Both ways in which a group may differ, of each group seen beside its other."""
        view = self._view(learned, parts)
        return [
            f"{way} {name}"
            for name in view.now
            if _rate(name) in self._rates
            for other in [view.others[name]]
            if other != name and other in view.now
            for way in (BELOW, ABOVE)
        ]

    def weight(self, slice: str, place: int) -> float:
        return 1 / place / (place + 1)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        view, (way, name) = self._view(learned, parts), _way(slice)
        other = view.others[name]
        low, high = _ordered(way, view.now[name], view.now[other])
        if self._fair.once:
            return (once(low, high, self._limit),) * PARTS
        before = _ordered(way, view.before.get(name, NOTHING), view.before.get(other, NOTHING))
        return log_e_values(low, high, self._limit, before)

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        raise CannotJudge("fairness is decided by e-sr alone")

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        view, (way, name) = self._view(learned, marks[-1].parts), _way(slice)
        other = view.others.get(name)
        if other is None or other == name:
            return None
        pairs = [(_of(name, mark.parts), _of(other, mark.parts)) for mark in marks]
        ordered = [_ordered(way, *pair) for pair in pairs]
        place, first, last = likeliest_begin(ordered, self._limit, REGION_DROP)
        version = self._version(way, (name, other), marks, place)
        own, others = _sums(
            (_of(name, mark.parts, version), _of(other, mark.parts, version))
            for mark in marks[place:]
        )
        if min(own.judged, others.judged) < max(self._fair.minimum, 1):
            return None
        observed, low, high = self._seen(own, others)
        return Claim(
            since=place, region=(first, last), baseline=others.counted / others.judged,
            observed=observed, low=low, high=high, tolerated=self._border(way, others),
            requests=int(own.judged), bad=int(_bad(way, own)),
            sums=(others.judged, others.counted), group=_group(name), compared_with=_group(other),
            metric=_rate(name), version=version, healthy=self._healthy(_rate(name)),
            provided=self._provided(), interval=self._interval(),
        )  # fmt: skip

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        """Over when it is shown that the group is not worse off than half way to what was seen."""
        way, name = _way(alarm.slice)
        other = _name(_rate(name), _place(name), alarm.found.compared_with or "")
        version = alarm.found.version
        own, others = _of(name, mark.parts, version), _of(other, mark.parts, version)
        alarm = msgspec.structs.replace(
            alarm, requests=alarm.requests + int(own.judged),
            bad=alarm.bad + int(_bad(way, own)),
            sums=(alarm.sums[0] + others.judged, alarm.sums[1] + others.counted),
        )  # fmt: skip
        own, others = _of(name, mark.parts), _of(other, mark.parts)
        if not own.judged or not others.judged:
            return alarm, None
        low, high = _ordered(way, own, others)
        calm = log_plus_one(alarm.calm) + self._well(alarm, way, low, high, learned, (name, other))
        within = low.counted / low.judged >= self._limit.of(high.counted / high.judged)
        if calm < CALM or not within:
            return msgspec.structs.replace(alarm, calm=calm), None
        return alarm, Over(observed=own.counted / own.judged, requests=int(own.judged))

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        way, _ = _way(alarm.slice)
        counted = alarm.bad if way == ABOVE else alarm.requests - alarm.bad
        others = Seen(judged=alarm.sums[0], counted=alarm.sums[1])
        return self._seen(Seen(judged=alarm.requests, counted=counted), others)

    def stands_beside(self, alarm: Alarm) -> tuple[float, float]:
        others = Seen(judged=alarm.sums[0], counted=alarm.sums[1])
        return others.counted / others.judged, self._border(_way(alarm.slice)[0], others)

    def _version(
        self, way: str, names: tuple[str, str], marks: Sequence[Mark], place: int
    ) -> str | None:
        """The one version that carries it: the others are within what is tolerated now, or were
        before it came. None where that cannot be said, or no version is to blame."""
        before, since = _by_version(names, marks[:place]), _by_version(names, marks[place:])
        failing = [v for v, pair in since.items() if v is not None and self._fails(way, pair)]
        if len(failing) != 1:
            return None
        [version] = failing
        if min(one.judged for one in since[version]) < self._fair.minimum:
            return None  # of it alone nothing may be said
        rest = _sums(pair for v, pair in since.items() if v != version)
        if _enough(rest):
            return None if self._fails(way, rest) else version
        past = _sums(pair for v, pair in before.items() if v != version)
        came = version not in before and _enough(past)
        return version if came and not self._fails(way, past) else None

    def _fails(self, way: str, pair: tuple[Seen, Seen]) -> bool:
        low, high = _ordered(way, *pair)
        if not _enough(pair):
            return False
        return low.counted / low.judged < self._limit.of(high.counted / high.judged)

    def _well(
        self, alarm: Alarm, way: str, low: Seen, high: Seen, learned: Learned,
        names: tuple[str, str],
    ) -> float:  # fmt: skip
        """How much a window speaks against the claim that the group still fares so; a logarithm."""
        worse, better = float(alarm.found.observed), float(alarm.found.baseline)
        if way == ABOVE:
            worse, better = better, worse
        limit = _still_failing(self._limit, self._fair.basis, worse, better)
        usual = learned.segments.get(names[1 if way == BELOW else 0], (0, 0))
        share = Seen(judged=usual[0], counted=usual[1]).share
        return together(
            (alone(high, low, limit), expected(high, low, limit, own=share, others=share))
        )

    def _others_known(self, known: Iterable[str]) -> bool:
        """Whether the group that is declared to be compared with was seen, by some columns."""
        names, declared = {_group(name) for name in known}, self._fair.compared_with
        others = (
            compared_with(dict.fromkeys(names, 0), columns, declared) for columns in self._sets
        )
        return declared is None or any(other in names for other in others)

    def _chosen(self, learned: Learned, place: int, sizes: Mapping[str, Seen]) -> list[str]:
        """The groups that are judged: those known already, then the largest new ones."""
        known = [_group(n) for n in learned.segments if (_rate(n), _place(n)) == (SELECTED, place)]
        new = sorted(set(sizes) - set(known), key=lambda name: (-sizes[name].judged, name))
        return [*known, *new][:GROUPS_MOST]

    def _view(self, learned: Learned, parts: Sequence[Part]) -> _View:
        if self._viewed is not None and self._viewed[0] is learned and self._viewed[1] is parts:
            return self._viewed[2]
        now: dict[str, Seen] = {}
        for part in parts:
            now[part.name] = now.get(part.name, NOTHING).plus(_seen(part))
        before = {n: Seen(judged=j, counted=k) for n, (j, k) in learned.segments.items()}
        others: dict[str, str] = {}
        for place, columns in enumerate(self._sets):
            named = [n for n in dict.fromkeys((*before, *now)) if _place(n) == place]
            sizes = {_group(n): before.get(n, NOTHING).judged + now.get(n, NOTHING).judged
                     for n in named if _rate(n) == SELECTED}  # fmt: skip
            other = compared_with(sizes, columns, self._fair.compared_with)
            others |= {n: _name(_rate(n), place, other or "") for n in named}
        view = _View(now=now, before=before, others=others)
        self._viewed = (learned, parts, view)
        return view

    def _seen(self, own: Seen, others: Seen) -> tuple[float, float, float]:
        low, high = scaled_interval(own, others, self._fair.basis, 1 - CONFIDENCE)
        return own.counted / own.judged, low, high

    def _border(self, way: str, others: Seen) -> float:
        share, limit = others.counted / others.judged, self._limit
        border = limit.of(share) if way == BELOW else (share - limit.shift) / limit.slope
        return min(max(border, 0.0), 1.0)

    def _healthy(self, rate: str) -> str:
        return f"the share {rate} of each group is {tolerated_words(self._fair)} of the other's"

    def _provided(self) -> str:
        if self._fair.once:
            return (
                "people are independent of each other and the log is judged once, as one window; "
                "the evidence is the large-sample chance of the likelihood ratio, 1 over it"
            )
        return "people within a window are independent"

    def _interval(self) -> str:
        effect, made = "ratio", "times"
        if self._fair.basis is Basis.POINTS:
            effect, made = "difference", "added to"
        return (
            f"The interval is that of the {effect} of the two shares, {made} the share of the "
            "group compared with: Clopper-Pearson of both at half the error each, so that it holds "
            f"at least at {decimal(100 * CONFIDENCE)} %, for the estimated beginning as it is. Why "
            "the groups differ, it does not say."
        )


def _still_failing(limit: Tolerated, basis: Basis, worse: float, better: float) -> Tolerated:
    """The claim that the worse share still lies half way to where it was seen, turned round: that
    the better one is at least so much above it."""
    if basis is Basis.POINTS:
        return Tolerated(slope=1.0, shift=-(limit.shift + min(worse - better, limit.shift)) / 2)
    ratio = min(worse / better if better else 1.0, limit.slope)
    failing = max(math.sqrt(limit.slope * ratio), limit.slope / 2)
    return Tolerated(slope=1 / failing, shift=0.0)


def _name(rate: str, place: int, group: str) -> str:
    return f"{rate} {place} {group}"


def _rate(name: str) -> str:
    return name.split(" ", 2)[0]


def _place(name: str) -> int:
    return int(name.split(" ", 2)[1])


def _group(name: str) -> str:
    return name.split(" ", 2)[2]


def _way(slice: str) -> tuple[str, str]:
    way, _, name = slice.partition(" ")
    return way, name


def _ordered(way: str, own: Seen, others: Seen) -> tuple[Seen, Seen]:
    """The one that may be too low, and the other."""
    return (own, others) if way == BELOW else (others, own)


def _seen(part: Part) -> Seen:
    return Seen(judged=part.requests, counted=part.bad)


def _of(name: str, parts: Iterable[Part], version: str | None = None) -> Seen:
    """What was seen of a group, of one version or, where none is named, of all."""
    found = NOTHING
    for part in parts:
        if part.name == name and version in (None, part.version):
            found = found.plus(_seen(part))
    return found


def _sums(pairs: Iterable[tuple[Seen, Seen]]) -> tuple[Seen, Seen]:
    both = list(pairs)
    return _total(own for own, _ in both), _total(others for _, others in both)


def _by_version(
    names: tuple[str, str], marks: Sequence[Mark]
) -> dict[str | None, tuple[Seen, Seen]]:
    versions = {part.version for mark in marks for part in mark.parts if part.name in names}
    found: dict[str | None, tuple[Seen, Seen]] = {}
    for version in versions:
        own, others = (
            [_seen(part) for mark in marks for part in mark.parts
             if part.name == name and part.version == version]
            for name in names
        )  # fmt: skip
        found[version] = _total(own), _total(others)
    return found


def _total(found: Iterable[Seen]) -> Seen:
    total = NOTHING
    for one in found:
        total = total.plus(one)
    return total


def _enough(pair: tuple[Seen, Seen]) -> bool:
    return min(one.judged for one in pair) >= ENOUGH


def _bad(way: str, own: Seen) -> float:
    """Those of the group whom the difference is about."""
    return own.counted if way == ABOVE else own.judged - own.counted
