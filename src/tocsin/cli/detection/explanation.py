"""Says in plain words how a finding came about, what it promises, and what it does not say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tocsin.cli.detection.finding import CourseTold, FindingTold, Moment, WindowTold
from tocsin.detection.findings.sentences import NAMES, number_said
from tocsin.dossier.course import Course, Point, drawn
from tocsin.facts.spelt import spelt

WINDOWS_MOST = 40
WIDTH = 98
"""How wide prose is set; tables are as wide as they are."""
NOT_SAID = {
    "rate": "why it changed: of an incident, `tocsin incident causes` says what moved with it",
    "drift": "whether the change does any harm: people may ask otherwise and be answered well",
    "unfair": "why, or whether a difference is justified: that is for people to judge",
    "calibration": "which decisions were wrong",
    "quantity": "why, or for whom",
    "no-data": "whether the system, its log or the way to it is silent",
}


def explained(one: FindingTold) -> str:
    """How the finding came about, for people."""
    said = (line for told in _promises(one) for line in textwrap.wrap(told, WIDTH))
    head = textwrap.wrap(one.sentence, WIDTH)
    return "\n".join([*head, "", *_numbers(one), *_windows(one), "", *said])


def _numbers(one: FindingTold) -> Iterator[str]:
    course = one.course
    rows = f", on {course.before_rows:,} rows" if course and course.before_rows else ""
    whom = one.compared_with or "the baseline"
    was = "" if one.kind == "drift" else f": {shown(one, one.baseline)}"
    yield _fact("compared with", f"{whom}{was}{rows}")
    of = f" ({course.tolerance})" if course else ""
    if course and one.kind in ("rate", "quantity"):
        of = f" ({course.tolerance}, on top of what the baseline itself is unsure of)"
    yield _fact("silent up to", f"{shown(one, one.tolerated)}{of}")
    yield _fact(
        "measured since",
        f"{shown(one, one.observed)}, between {shown(one, one.low)} and {shown(one, one.high)} "
        f"({one.confidence * 100:g} % sure), in {one.rows:,} rows"
        + (f", of which {one.counted:,} count" if one.counted else ""),
    )
    if one.worst is not None:
        yield _fact("worst window", f"{shown(one, one.worst.value)}, at {moment(one.worst.since)}")
    first, last = one.since_region
    region = f"; likely between {moment(first)} and {moment(last)}" if first != last else ""
    over = "and lasts" if one.until is None else f"and was over by {moment(one.until)}"
    yield _fact("began", f"{moment(one.since)}{region}, {over}")
    if one.level:
        yield _fact("its level", one.level_because)


def _windows(one: FindingTold) -> Iterator[str]:
    course = one.course
    if course is None or not course.windows:
        yield ""
        yield "how it grew is not in this answer: what led to it is not remembered any more"
        return
    yield ""
    yield f"how it grew, window by window (held against it in {course.unit}):"
    shown_ = _near_the_alarm(course.windows)
    if len(shown_) < len(course.windows):
        yield f"  {len(course.windows)} windows, of which those around the alarm:"
    rows = [("SINCE", "ROWS", "COUNT", "MEASURED", "HELD", ""),
            *(_row(one, window, course) for window in shown_)]  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for row in rows:
        line = "  ".join(cell.rjust(w) if 0 < i < 5 else cell.ljust(w)
                         for i, (cell, w) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        yield f"  {line.rstrip()}"
    yield ""
    yield from _why_not_earlier(course)


def _row(one: FindingTold, window: WindowTold, course: CourseTold) -> tuple[str, ...]:
    marks = ["it began"] if window.since == one.since else []
    marks += ["ALARM"] if window.raised else []
    return (
        moment(window.since),
        f"{window.rows:,}",
        f"{window.counted:,}" if window.counted else "",
        shown(one, window.value) if window.value is not None else "nothing",
        _two(window.held) if window.held is not None else "",
        ", ".join(marks),
    )


def _near_the_alarm(windows: tuple[WindowTold, ...]) -> tuple[WindowTold, ...]:
    if len(windows) <= WINDOWS_MOST:
        return windows
    raised = next((i for i, window in enumerate(windows) if window.raised), len(windows) - 1)
    begin = max(0, min(raised - WINDOWS_MOST * 3 // 4, len(windows) - WINDOWS_MOST))
    return windows[begin : begin + WINDOWS_MOST]


def _why_not_earlier(course: CourseTold) -> Iterator[str]:
    place = next((i for i, window in enumerate(course.windows) if window.raised), None)
    if course.needed is None or place is None:
        return
    window = course.windows[place]
    yield (
        f"why not earlier: an alarm takes {course.needed:,.2f} {course.unit}; "
        + (
            f"the window before had {_held(course.windows[place - 1])}, "
            if place
            else "this was the first window, "
        )
        + f"with this one it was {_held(window)}"
    )


def _held(window: WindowTold) -> str:
    return _two(window.held) if window.held is not None else "nothing"


def _two(held: float) -> str:
    return f"{held + 0.0:,.2f}".replace("-0.00", "0.00")


def _promises(one: FindingTold) -> Iterator[str]:
    yield f"what it promises: {one.promise}"
    said = NOT_SAID.get(one.kind, "why")
    yield f"what it does not say: {said}."
    if one.evidence is not None:
        yield (
            "Evidence is an e-value: on average it stays at 1 or below while all is well, so that "
            f"10^{one.evidence:,.1f} is what a bet against being well would have won. It is no "
            "chance of being wrong."
        )
    for digest in one.profiles:
        yield f"rests on profiles with SHA-256 {digest}"


def chart(one: FindingTold) -> str | None:
    """The same as a drawing; None where nothing that led to it is remembered."""
    course = one.course
    if course is None or not course.windows:
        return None
    places = [window.since for window in course.windows]
    region = tuple(_place(places, each) for each in one.since_region)
    return drawn(
        Course(
            title=one.detector,
            what=_what(one),
            points=[Point(value=w.value, held=w.held, raised=w.raised) for w in course.windows],
            baseline=one.baseline,
            tolerated=one.tolerated,
            value=lambda value: shown(one, value),
            began=_place(places, one.since),
            region=(region[0], region[1]),
            needed=course.needed,
            unit=course.unit,
            first=moment(places[0]),
            last=moment(places[-1]),
            since=moment(one.since),
        )
    )


def _place(places: list[Moment], wanted: Moment) -> int:
    """The place of a window; the first where it lies before all."""
    return next((i for i, place in enumerate(places) if place == wanted), 0)


def _what(one: FindingTold) -> str:
    parts = (one.group and spelt(one.group), one.version and f"version {spelt(one.version)}",
             one.segment and f"segment {spelt(one.segment)}")  # fmt: skip
    where = ", ".join(part for part in parts if part)
    what = NAMES.get(one.measure, one.measure or "share")
    return f"{what} of {one.column}{where and f', {where}'}"


def shown(one: FindingTold, value: float) -> str:
    """A value as people read it."""
    return number_said(value, one.measure, quantity=one.kind == "quantity")


def moment(at: Moment) -> str:
    """An instant or a row, for people."""
    if isinstance(at, int):
        return f"row {at:,}"
    return at.replace("T", " ").replace(":00Z", " UTC").removesuffix("Z")


def _fact(name: str, said: str) -> str:
    return textwrap.fill(said, WIDTH, initial_indent=f"{name:<15} ", subsequent_indent=" " * 16)
