"""What `tocsin detect` says to people: what fails worst, then a table, then the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tocsin.cli.detection.document import Detected
from tocsin.cli.detection.finding import because, lasting
from tocsin.detection.compared.parity import is_outside, said, standings
from tocsin.detection.declared.declaration import Fairness, Status
from tocsin.detection.engine.replay import Judged, NotJudged
from tocsin.detection.findings.grouping import Group, grouped
from tocsin.detection.findings.levels import worth
from tocsin.detection.findings.sentences import sentence, value, where
from tocsin.facts.findings import Found, Sign
from tocsin.facts.spelt import spelt

ROWS_MOST = 40
NOT_JUDGED_MOST = 12
HEADINGS = ("WHAT", "WHERE", "SINCE", "NOW", "BETWEEN", "BEFORE", "TOLERATED", "EVIDENCE", "LEVEL")


def sheet(run: Detected) -> str:
    """The answer, for people."""
    groups = grouped(run.replay.judged)
    return "\n".join([*_first(groups, run), "", *_seen(run), *_tables(groups, run),
                      *_outside(run), *_left_out(run.replay.not_judged),
                      *_next(groups, run)])  # fmt: skip


def sure(one: Judged) -> str:
    """How sure a finding is: the evidence as odds, and for what interval."""
    percent = f"the interval is {float(one.found.confidence) * 100:g} % sure"
    if not one.found.evidence:
        return percent
    power = float(one.found.evidence)
    odds = f"{10**power:,.0f}" if power < 7 else f"10^{power:,.0f}"
    return f"evidence {odds} to 1, {percent}"


def judging(run: Detected) -> int:
    """How many detectors could judge."""
    return sum(one.id not in run.replay.idle for one in run.declared.detectors)


def _first(groups: Sequence[Group], run: Detected) -> Iterator[str]:
    if not groups and not judging(run):
        yield "nothing could be judged: nothing is known to be well"
        return
    if not groups:
        yield f"nothing was found: {judging(run)} detectors judged {run.moments.rows:,} rows"
        return
    worst = groups[0].judged[0]
    yield f"{sentence(worst.found, worst.detector, run.moments)}; {sure(worst)}"


def _seen(run: Detected) -> Iterator[str]:
    yield (
        f"{run.reading.log}: {run.moments.rows:,} rows in {run.moments.windows:,} windows of "
        f"{run.moments.length()}{run.reading.chosen and f' ({run.reading.chosen})'}; compared with "
        f"{_reference(run)}"
    )
    for remark in run.reading.remarks:
        yield f"note: {remark}"
    unwatched: dict[str, list[str]] = {}
    for column in run.reading.columns:
        if column["taken_for"] == "nothing":
            unwatched.setdefault(column["because"], []).append(column["column"])
    for why, names in unwatched.items():
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        yield f"note: not watched: {', '.join(names[:6])}{more}: {why}"


def _reference(run: Detected) -> str:
    if run.before is None:
        return "no reference"
    return f"{run.reading.reference}: {run.before.rows:,} rows"


def _tables(groups: Sequence[Group], run: Detected) -> Iterator[str]:
    for group in groups:
        parts = (f"version {spelt(group.version)}" if group.version else "",
                 f"segment {spelt(group.segment)}" if group.segment else "")  # fmt: skip
        place = ", ".join(part for part in parts if part) or "all requests"
        yield ""
        yield f"{group.mode.value}, {place}:"
        rows = [HEADINGS, *(_row(one, run, place) for one in group.judged[:ROWS_MOST])]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
        told = [i for i in range(len(HEADINGS)) if any(row[i] for row in rows[1:])]
        for row in rows:
            yield f"  {'  '.join(row[i].ljust(widths[i]) for i in told).rstrip()}"
        if len(group.judged) > ROWS_MOST:
            yield f"  and {len(group.judged) - ROWS_MOST} more; --json has all of them"


def _row(one: Judged, run: Detected, place: str) -> tuple[str, ...]:
    """What the heading does not say already."""
    found = one.found
    there = where(found).removeprefix(" in ")
    since = run.moments.since(found.since)
    if one.over is not None:
        since += f" to {run.moments.until(one.over.seen_until)}"
    tried = " (shadow)" if one.detector.status is Status.SHADOW else ""
    return (
        f"{found.detector}{f', {found.metric}' if found.group else ''}{tried}",
        _beside(found) or ("" if there == place else there),
        since,
        value(found, found.observed),
        f"{value(found, found.low)} to {value(found, found.high)}",
        "" if found.sign is Sign.DRIFT else value(found, found.baseline),
        value(found, found.tolerated),
        f"10^{float(found.evidence):,.1f}" if found.evidence else "-",
        worth(one.detector, found).level.value,
    )


def _beside(found: Found) -> str:
    beside = f" beside {found.compared_with}" if found.compared_with else ""
    return f"{found.group}{beside}" if found.group else ""


def _outside(run: Detected) -> Iterator[str]:
    """Groups whose number is too far off, over the whole log, though no alarm tells of it."""
    told = {(one.found.detector, one.found.metric, frozenset((one.found.group,
             one.found.compared_with))) for one in run.replay.judged}  # fmt: skip
    lines = [
        f"  {one.id}, {said(each, one.minimum)}"
        for one in run.declared.detectors
        if isinstance(one, Fairness)
        for each in standings(one, run.declared.log.decisions.groups, run.windows)
        if is_outside(each)
        and (one.id, each.rate, frozenset((each.group, each.compared_with))) not in told
    ]
    if lines:
        yield ""
        yield (
            f"beyond what is tolerated over the whole log, though not enough for an alarm "
            f"({len(lines)}; each interval is 95 % sure by itself):"
        )
        yield from lines[:ROWS_MOST]
        if len(lines) > ROWS_MOST:
            yield f"  and {len(lines) - ROWS_MOST} more; --json has all of them under `people`"


def _left_out(not_judged: Sequence[NotJudged]) -> Iterator[str]:
    if not not_judged:
        return
    yield ""
    yield f"not judged ({len(not_judged)}):"
    alike: dict[str, list[str]] = {}
    for one in not_judged:
        if one.group is None:
            alike.setdefault(one.why, []).append(one.detector)
    few = Counter(one.detector for one in not_judged if one.group is not None)
    for detector, count in few.items():
        groups = "1 group has" if count == 1 else f"{count} groups have"
        alike.setdefault(f"{groups} not enough data; --json names them", []).append(f"{detector}:")
    for why, names in [*alike.items()][:NOT_JUDGED_MOST]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield f"  {', '.join(names[:3])}{more} {why}"
    if len(alike) > NOT_JUDGED_MOST:
        yield f"  and {len(alike) - NOT_JUDGED_MOST} more reasons; --json has all of them"


def _next(groups: Sequence[Group], run: Detected) -> Iterator[str]:
    yield ""
    if groups:
        worst = groups[0].judged[0]
        yield f"{worst.found.detector}: {lasting(worst, run.moments)}"
        yield f"{worst.found.detector}: {because(worst)}"
        yield "next: keep the answer (--json > found.json), then see how a number came about:"
        yield f"  tocsin detect explain {worst.found.detector} --from found.json"
    else:
        yield "next: see what would have been noticed, and how soon:"
        yield f"  tocsin detect calibrate {run.reading.reference or run.reading.log}"
