"""Legal duties as a person reads them at night: what is due first, whom to tell, why, what to ask.

Instants stand in the time of the place where the duty is counted. Decision support, not legal
advice, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tocsin.duties.duty import NOT_ADVICE, Duty, Standing
from tocsin.duties.law import Enforcement, Sort
from tocsin.duties.questions import Question

_END = datetime.max.replace(tzinfo=UTC)


def sheet_of(
    duties: Sequence[Duty], asked: Iterable[Question], at: datetime, *, title: str, whole: bool
) -> str:
    """The page.

    Args:
        whole: also what is not raised, with its reason.
    """
    return "\n".join(_lines(duties, list(asked), at, title, whole))


def _lines(
    duties: Sequence[Duty], asked: Sequence[Question], at: datetime, title: str, whole: bool
) -> Iterator[str]:
    yield f"{title}, as of {at:%Y-%m-%d %H:%M %Z}; {NOT_ADVICE}"
    notices = [one for one in duties if one.rule.sort is Sort.NOTICE]
    raised = sorted(_of(notices, Standing.RAISED), key=_end)
    yield ""
    yield "raised:" if raised else "raised: none on what is known"
    for duty in raised:
        yield from _duty(duty, at)
    guards = [one for one in duties if one.rule.sort is Sort.GUARD]
    for duty in _of(guards, Standing.RAISED):
        yield from _guard(duty)
    yield from _open([*notices, *guards], at)
    waiting = _of(duties, Standing.ANTICIPATORY)
    if waiting:
        yield ""
        yield "law already, but not yet for this system (anticipatory):"
        yield from (f"  {one.rule.id}{_doubt(one)}: {one.why}" for one in waiting)
    watched = _of(duties, Standing.WATCH)
    if watched:
        yield ""
        yield "not law yet, to be watched:"
        yield from (f"  {one.rule.id}{_doubt(one)}: {one.rule.says}" for one in watched)
    yield from _asked(asked, at)
    yield from _rest(duties, whole=whole)


def _duty(duty: Duty, at: datetime) -> Iterator[str]:
    yield f"  {_due(duty, at)}"
    yield f"    {duty.rule.id}{_doubt(duty)}: {_says(duty)}"
    if duty.deadline is not None and duty.deadline.latest is not None:
        codes = ", ".join(duty.deadline.contentions)
        contested = f" ({codes})" if codes else ""
        yield f"    latest (contested): {shown(duty.deadline.latest)}{contested}"
    if duty.immediately_from is not None:
        yield f"    at once, since {shown(duty.immediately_from)}: no instant is named"
    if duty.recipients:
        yield f"    to: {'; '.join(duty.recipients)}"
    yield f"    why: {duty.why}"
    if duty.deadline is not None:
        for step in duty.deadline.steps:
            only = " (latest only)" if step.latest_only else ""
            yield f"      {step.paragraph}: {step.says}{only}"
    for clock in duty.clocks[1:]:
        end = clock.deadline.conservative
        yield f"    also {clock.clock.paragraph}: {'at once' if end is None else shown(end)}"
    if duty.missing:
        yield f"    may move with: {', '.join(duty.missing)}"


def _due(duty: Duty, at: datetime) -> str:
    end = duty.deadline.conservative if duty.deadline is not None else None
    if duty.done_at is not None:
        late = f", {_span(duty.late_by)} late" if duty.late_by else ", in time"
        return f"done {shown(duty.done_at)}{late if end is not None else ''}"
    if end is None:
        return "AT ONCE" if duty.immediately_from is not None else "no instant can be told yet"
    left = end - at
    return f"{shown(end)}  " + (
        f"in {_span(left)}" if left > timedelta() else f"TOO LATE since {_span(-left)}"
    )


def _guard(duty: Duty) -> Iterator[str]:
    guard = duty.rule.guard
    bars = " or ".join(guard.bars) if guard else ""
    yield f"  do not {bars}" if bars else "  guard"
    yield f"    {duty.rule.id}{_doubt(duty)}: {_says(duty)}"
    yield f"    why: {duty.why}"


def _says(duty: Duty) -> str:
    return f"{duty.rule.says} ({', '.join(duty.rule.paragraphs)})"


def _open(duties: Iterable[Duty], at: datetime) -> Iterator[str]:
    found = sorted(_of(duties, Standing.OPEN), key=_end)
    if not found:
        return
    yield ""
    yield "open until somebody answers:"
    for duty in found:
        end = duty.deadline.conservative if duty.deadline is not None else None
        then = "" if end is None else f"  would be due {shown(end)}"
        late = "  (passed already)" if end is not None and end <= at else ""
        bars = " or ".join(duty.rule.guard.bars) if duty.rule.guard else ""
        barred = f"  (until then do not {bars})" if bars else ""
        asks = ", ".join(duty.missing)
        yield f"  {duty.rule.id}{_doubt(duty)}: {asks}{then}{late}{barred}"


def _asked(asked: Sequence[Question], at: datetime) -> Iterator[str]:
    if not asked:
        return
    yield ""
    yield "questions, the weightiest first:"
    for number, one in enumerate(asked, start=1):
        rules = len(one.settles) + len(one.moves)
        soon = "" if one.earliest is None else f", the first due {shown(one.earliest)}"
        yield f"  {number}. {one.asks}"
        hangs = "1 duty hangs" if rules == 1 else f"{rules} duties hang"
        yield f"     {one.key}: {hangs} on it{soon}"


def _rest(duties: Iterable[Duty], *, whole: bool) -> Iterator[str]:
    silent = [one for one in duties if one.standing in (Standing.NOT_RAISED, Standing.NOT_IN_FORCE)]
    controls = sum(
        one.rule.sort is Sort.CONTROL and one.standing is Standing.RAISED for one in duties
    )
    yield ""
    if whole:
        yield "not raised, and why:"
        yield from (f"  {one.rule.id}: {one.why}" for one in silent)
    else:
        yield f"{len(silent)} other rules are not raised; --all says why"
    if controls:
        yield f"{controls} controls apply that no incident starts"


def _of(duties: Iterable[Duty], standing: Standing) -> list[Duty]:
    return [duty for duty in duties if duty.standing is standing]


def _doubt(duty: Duty) -> str:
    words = [] if duty.rule.grade.verified else ["unverified"]
    if duty.rule.enforcement in (Enforcement.SUSPENDED, Enforcement.GRACE):
        words.append(duty.rule.enforcement.value)
    return f" [{', '.join(words)}]" if words else ""


def _end(duty: Duty) -> datetime:
    """What comes first on the page: done last, "at once" before all that has an instant."""
    if duty.done_at is not None:
        return _END
    if duty.deadline is None or duty.deadline.conservative is None:
        return _END if duty.immediately_from is None else duty.immediately_from
    return duty.deadline.conservative


def shown(instant: datetime) -> str:
    """An instant in the time in which it stands, with its day of the week and its offset."""
    return f"{instant:%a %Y-%m-%d %H:%M} {instant:%z}"


def _span(span: timedelta | None) -> str:
    minutes = int((span or timedelta()).total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
