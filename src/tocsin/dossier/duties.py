"""What the law asks of an incident, as it is shown: both instants, why, and what would settle it.

Lines come from the record alone, so that a report needs no law pack; rows join them with what the
law says now. What a reader may not read never decides what they are shown of a duty's reasons: they
see the instants that the record tells everybody, and that the reasons are for counsel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone

import msgspec

from tocsin.duties.duty import Duty
from tocsin.duties.law import Sort
from tocsin.facts import Entry, Gone, Unreadable
from tocsin.facts.legal import DutyReckoned, Standing
from tocsin.incident.legal import HAS_OBJECT, Legal
from tocsin.incident.submissions import TakenBack

UNVERIFIED = "unverified"
OVERDUE_MOST = 3
_HIDING = frozenset({"legal-fact-stated", "awareness-judged", "became-aware"})
"""Kinds by which a duty moves; one that is withheld hides why."""


class Moving(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a paragraph did to an instant."""

    paragraph: str
    says: str
    at: datetime | None
    latest_only: bool


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """What a duty came to once, and why."""

    at: datetime
    standing: str
    due: datetime | None
    latest_arguable: datetime | None
    why: str
    law: str


class DutyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One duty for a screen or a script.

    Args:
        due, latest_arguable: the last instants that are in time.
        counts_to: the instant that reminders count to.
        missing: keys of facts that would settle it, or move it.
        unverified: whether nobody read its source.
        decided, accepted: what a person decided, in words; empty where nobody did.
        late: what was missed, in words; it stays even where a due date moved later.
        submitted_at: when it went out for good; never of what is asked again and again.
        withdrawn: what was submitted and counts no more, by whose word and why.
        withheld: whether why it stands so is for others' eyes.
        also: the other clocks that run, by paragraph, later than the one that gives the due date.
        last_submitted_at: when it went out last, under a rule that asks again and again, or where
            another one followed the one that settled it.
    """

    rule: str
    sort: str
    standing: str
    says: str
    why: str
    paragraphs: tuple[str, ...]
    due: datetime | None
    latest_arguable: datetime | None
    counts_to: datetime | None
    immediately_from: datetime | None
    submitted_at: datetime | None
    steps: tuple[Moving, ...]
    contentions: tuple[str, ...]
    missing: tuple[str, ...]
    recipients: tuple[str, ...]
    unverified: bool
    bars: tuple[str, ...]
    decided: str
    accepted: str
    late: str
    history: tuple[Turned, ...]
    withheld: bool = False
    withdrawn: str = ""
    last_submitted_at: datetime | None = None
    also: tuple[Moving, ...] = ()


def duty_rows(duties: Sequence[Duty], legal: Legal, entries: Sequence[Entry]) -> list[DutyRow]:
    """A row for each duty, in the order of the pack; what runs first stands first within it.

    Args:
        duties: on what this reader may read.
        legal: the whole record, as the desk knows it: its outcomes are for everybody.
        entries: as this reader may read them.
    """
    hidden = any(
        isinstance(one.fact, Unreadable)
        and one.fact.why is Gone.WITHHELD
        and one.fact.kind in _HIDING
        for one in entries
    )
    rows = [_row(duty, legal, hidden=hidden and not legal.is_owed) for duty in duties]
    return sorted(rows, key=_urgency)


def _row(duty: Duty, legal: Legal, *, hidden: bool) -> DutyRow:
    rule = duty.rule
    runs = duty.standing in HAS_OBJECT
    due = duty.deadline.conservative if runs and duty.deadline else None
    latest = duty.deadline.latest if runs and duty.deadline else None
    told = legal.outcome(rule.id) if hidden else None
    withheld = told is not None and (told.standing, told.conservative_at, told.latest_at) != (
        duty.standing, due, latest,
    )  # fmt: skip
    lifted = _is_lifted(duty, legal)
    standing = told.standing if told and withheld else duty.standing
    return DutyRow(
        rule=rule.id,
        sort=rule.sort.value,
        standing=(Standing.NOT_RAISED if lifted else standing).value,
        says=rule.says,
        why="the reasons are for counsel" if withheld else duty.why,
        paragraphs=rule.paragraphs,
        due=told.conservative_at if told and withheld else due,
        latest_arguable=told.latest_at if told and withheld else latest,
        counts_to=legal.counts_to(rule.id) or due,
        immediately_from=duty.immediately_from if runs and not withheld else None,
        submitted_at=_submitted(duty, legal),
        last_submitted_at=_last_submitted(duty, legal),
        steps=_steps(duty, instants=not withheld),
        contentions=duty.deadline.contentions if duty.deadline and not withheld else (),
        missing=duty.missing,
        recipients=duty.recipients,
        unverified=not rule.grade.verified,
        bars=rule.guard.bars if rule.guard else (),
        decided=decided_words(legal, rule.id),
        accepted=accepted_words(legal, rule.id),
        late=late_words(legal, rule.id),
        history=tuple(history_of(legal, rule.id)),
        withheld=withheld,
        withdrawn=withdrawn_words(legal, rule.id),
        also=tuple(_other_clocks(duty)) if runs and not withheld else (),
    )


def _other_clocks(duty: Duty) -> Iterator[Moving]:
    for one in duty.clocks[1:]:
        end = one.deadline.conservative
        says = "runs too" if end is not None else "at once"
        yield Moving(paragraph=one.clock.paragraph, says=says, at=end, latest_only=False)


def _is_lifted(duty: Duty, legal: Legal) -> bool:
    """Whether a guard does not stand any more, as the record tells."""
    now = legal.outcome(duty.rule.id)
    over = now is not None and now.standing is Standing.NOT_RAISED
    return duty.rule.sort is Sort.GUARD and over and not legal.is_owed


def _submitted(duty: Duty, legal: Legal) -> datetime | None:
    if duty.rule.again is not None:
        return None
    sent = legal.first_submitted(duty.rule.id)
    return duty.done_at or (sent.at if sent else None)


def _last_submitted(duty: Duty, legal: Legal) -> datetime | None:
    sent = legal.submitted(duty.rule.id)
    first = legal.first_submitted(duty.rule.id) if duty.rule.again is None else None
    return sent.at if sent and sent != first else None


def _steps(duty: Duty, *, instants: bool) -> tuple[Moving, ...]:
    """What its paragraphs do; without their instants where those would not be the record's."""
    found = duty.deadline.steps if duty.deadline else ()
    return tuple(
        Moving(
            paragraph=one.paragraph,
            says=one.says,
            at=one.at if instants else None,
            latest_only=one.latest_only,
        )
        for one in found
    )


_ORDER = {one.value: place for place, one in enumerate(Standing)}


def _urgency(row: DutyRow) -> tuple[object, ...]:
    at = row.due or row.immediately_from
    return (_ORDER[row.standing], at is None, at.timestamp() if at else 0.0)


def history_of(legal: Legal, rule: str) -> Iterator[Turned]:
    """What a duty came to, one after the other, and why it was not what it was before."""
    for one in legal.outcomes.get(rule, ()):
        yield Turned(
            at=one.recorded_at,
            standing=one.fact.standing.value,
            due=one.fact.conservative_at,
            latest_arguable=one.fact.latest_at,
            why=one.fact.why,
            law=one.fact.law,
        )


def decided_words(legal: Legal, rule: str) -> str:
    """That a duty is not required, by whose decision, and why."""
    decision, stands = legal.decisions.get(rule), legal.not_required(rule)
    if stands is None:
        if decision is None or not legal.moved_since(rule, decision.seq):
            return ""
        return f"what {decision.by} decided no longer holds: the duty moved since; decide again"
    ground = stands.fact.exception or "its trigger is not met"
    said = f"not required ({ground}), decided by {stands.by} at {stamp(stands.at)}"
    return f"{said}: {stands.fact.rationale}"


def accepted_words(legal: Legal, rule: str) -> str:
    """That the later reading is relied on, by whose decision."""
    stands = legal.accepted(rule)
    if stands is None:
        return ""
    said = f"the later reading is accepted by {stands.by} at {stamp(stands.at)}"
    return f"{said}: {stands.fact.reason}"


def late_words(legal: Legal, rule: str) -> str:
    """What was missed, in words; empty where nothing was."""
    late = legal.late(rule)
    if late is None:
        return ""
    sent = legal.late_by(late)
    done = f"submitted at {stamp(sent)}" if sent else "nothing was submitted by then"
    return f"LATE: it was due by {stamp(late.fact.conservative_at)}, and {done}"


def withdrawn_words(legal: Legal, rule: str) -> str:
    """What was submitted and counts no more, by whose word and why; empty where nothing was."""
    return "; ".join(map(_withdrawn, legal.went.under(rule)))


def _withdrawn(one: TakenBack) -> str:
    sent = one.submission
    which = sent.notice or f"entry {sent.seq}"
    return (
        f"WITHDRAWN by {one.by} at {stamp(one.at)}: {which}, submitted {stamp(sent.at)}, counts no "
        f"more: {one.because}"
    )


def withdrawn_lines(legal: Legal, *, short: bool = False) -> list[str]:
    """The same of every rule, the last first; `short` leaves out the instants."""
    found = sorted(legal.went.taken_back.values(), key=lambda one: -one.seq)
    return [
        f"{one.submission.rule} "
        + (f"WITHDRAWN by {one.by}: {one.because}" if short else _withdrawn(one))
        for one in found
    ]


def told_duties(legal: Legal) -> list[dict[str, object]]:
    """What the record says of each duty that is, or was, asked of us; for scripts."""
    return [
        {
            "rule": rule,
            "standing": now.standing.value,
            "due": now.conservative_at,
            "latest_arguable": now.latest_at,
            "counts_to": legal.counts_to(rule),
            "immediately_from": now.immediately_from,
            "submitted_at": now.submitted_at,
            "settled": legal.is_settled(rule),
            "late": late_words(legal, rule) or None,
            "withdrawn": withdrawn_words(legal, rule) or None,
            "unverified": now.unverified,
            "why": now.why,
            "law": now.law,
        }
        for rule in legal.outcomes
        if (now := legal.outcome(rule)) is not None
    ]


def duty_lines(legal: Legal, at: datetime, name: str, *, short: bool = False) -> list[str]:
    """What is asked of us, by the record alone, the next instant first; for screens and reports.

    Empty where the law was never asked; `short` tells what was withdrawn without its instants.
    """
    if legal.reckoned is None:
        return []
    told = sorted(_told(legal), key=lambda one: (_instant(one) is None, _instant(one) or at))
    lines = [_line(legal, one, at) for one in told if one.standing is Standing.RAISED]
    lines += [_kept_line(legal, one) for one in told if _is_kept(legal, one)]
    lines += overdue_if_asked(legal, at)
    if may := [one for one in told if one.standing is Standing.OPEN]:
        are = "1 duty is" if len(may) == 1 else f"{len(may)} duties are"
        to_come = [by for one in may if (by := one.conservative_at) is not None and by > at]
        first = f"the first by {stamp(min(to_come))}" if to_come else ""
        until = f", {first}" if first else " until questions are answered"
        lines.append(f"{are} open{until}: tocsin law duties {name}")
    lines += withdrawn_lines(legal, short=short)
    return lines or [f"no legal duty runs, by law {legal.reckoned.fact.law}"]


def overdue_if_asked(legal: Legal, at: datetime) -> list[str]:
    """The open duties that would be overdue by now, by name: what is not known is no excuse."""
    found = [one for one in _told(legal) if one.standing is Standing.OPEN]
    late = sorted(
        (one.conservative_at, one.rule)
        for one in found
        if one.conservative_at is not None and one.conservative_at <= at
    )
    lines = [f"{rule} OVERDUE if it applies: by {stamp(by)}" for by, rule in late[:OVERDUE_MOST]]
    if len(late) > OVERDUE_MOST:
        lines.append(f"and {len(late) - OVERDUE_MOST} more that are overdue if they apply")
    return lines


def _told(legal: Legal) -> Iterable[DutyReckoned]:
    for rule in legal.outcomes:
        now = legal.outcome(rule)
        if now is not None and (rule in legal.unsettled or legal.late(rule)):
            yield now


def _is_kept(legal: Legal, fact: DutyReckoned) -> bool:
    """Whether a lateness stands of what is not asked for sure any more."""
    return fact.standing is not Standing.RAISED and legal.late(fact.rule) is not None


def _kept_line(legal: Legal, fact: DutyReckoned) -> str:
    doubt = f" [{UNVERIFIED}]" if fact.unverified else ""
    now = f"{fact.standing.value} since {fact.why}"
    return f"{fact.rule} {late_words(legal, fact.rule)}; {now}{doubt}"


def _instant(fact: DutyReckoned) -> datetime | None:
    return fact.conservative_at or fact.immediately_from


def _line(legal: Legal, fact: DutyReckoned, at: datetime) -> str:
    doubt = f" [{UNVERIFIED}]" if fact.unverified else ""
    late = " LATE" if legal.late(fact.rule) else ""
    if fact.submitted_at is not None:
        sent = legal.submitted(fact.rule)
        more = f", and again {stamp(sent.at)}" if sent and sent.at > fact.submitted_at else ""
        return f"{fact.rule} submitted {stamp(fact.submitted_at)}{more}{late}{doubt}"
    if fact.bars:
        return f"{fact.rule} bars what would {' or '.join(fact.bars)}{doubt}"
    if fact.conservative_at is None:
        since = f" since {stamp(fact.immediately_from)}" if fact.immediately_from else ""
        return f"{fact.rule} at once{since}{doubt}"
    argued = f", latest arguable {stamp(fact.latest_at)}" if fact.latest_at else ""
    accepted = " (accepted)" if legal.accepted(fact.rule) else ""
    over = " OVERDUE" if fact.conservative_at <= at and not late else late
    return f"{fact.rule} by {stamp(fact.conservative_at)}{argued}{accepted}{over}{doubt}"


def stamp(at: datetime) -> str:
    """An instant with its offset from UTC, and never the name of a zone: one way everywhere."""
    offset = at.utcoffset()
    return f"{at:%Y-%m-%d %H:%M} {timezone(offset) if offset else 'UTC'}"
