"""What a tired person needs at 03:00, in 24 lines: the harm, what was done and seen, one next step.

The next step is the one safe command that helps most; it never is one that destroys anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.dossier.account import Account, Action
from tocsin.dossier.awaited import awaited
from tocsin.dossier.duties import duty_lines, overdue_if_asked, withdrawn_lines
from tocsin.dossier.stops import Stop, act_failed, is_stopping, stops_of
from tocsin.dossier.unsent import Waiting, audiences, unsent
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts.findings import Found, Sign
from tocsin.facts.reach import PageAnswered, PageBegan
from tocsin.facts.runs import Effect, Verdict
from tocsin.facts.signals import SignalsJoined
from tocsin.facts.statements import Audience
from tocsin.incident.model import COMMANDER, Status
from tocsin.incident.words_finding import measured, percent, said, said_when, where
from tocsin.incident.words_gate import unanswered_words
from tocsin.playbook import Run

LINES_MAX, WIDTH_MAX = 24, 100
_AUDIENCES = frozenset(one.value for one in Audience)


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """The screen.

    Args:
        stopped: "not stopped", "stopped, not yet shown", "stopped, and seen to be"; of each target.
        clock: what must be done by when, and what was not assessed.
        next: one command, whole, that is safe to give.
    """

    incident: str
    title: str
    status: str
    severity: str | None
    stopped: str
    harm: list[str]
    done: list[str]
    waiting: list[Waiting]
    promised: list[str]
    next: str
    clock: list[str]
    lines: list[str]


def now_of(
    account: Account,
    runs: Mapping[str, Run],
    name: str,
    at: datetime,
    switched: Collection[str] = (),
    back: Sequence[str] = (),
    review_due: datetime | None = None,
    law_wrong: Sequence[str] = (),
) -> Now:
    """The screen of one incident, known by this short name, as it stands at this instant.

    Args:
        switched: systems that have a switch, so that `tocsin stop` can stop them.
        back: how far its systems are on their way back, in lines.
        review_due: until when people look back on it; None where none is awaited.
        law_wrong: what is wrong with the law by which its duties are reckoned.
    """
    incident = account.incident
    waiting = [*awaited(account, runs, name), *_updates(account, name, at), *unsent(runs, name)]
    stopped = _stopped(account)
    harm, promised = list(_harm(account)), list(_promised(account, at))
    done = [_done(action) for action in account.acts if action.ended_at is not None]
    done += list(_words_out(account, runs))
    next_command = _next(account, waiting, name, switched, review_due)
    judged = incident.severity.severity.value if incident.severity else None
    clock = [*_late(runs), *_owed(runs, name, at), *_deadlines(account, at)]
    if review_due is not None:
        over = " OVERDUE" if review_due <= at else ""
        clock.append(f"people look back on it by {review_due:%d %b %H:%M} UTC{over}")
    asked = duty_lines(account.legal, at, name, short=True)
    told, advice = (asked, [NOT_ADVICE]) if asked else (_not_asked(account), [])
    late = [one for one in overdue_if_asked(account.legal, at) if one not in asked[:2]]
    gone = [one for one in withdrawn_lines(account.legal, short=True)[:1] if one not in told[:2]]
    ticking = [*clock[-1 if asked else -2 :], *told[:2], *late[:2], *gone, *advice]
    clock += [*told, *advice, *law_wrong]
    age = _span(at - incident.opened_at) if incident.opened_at else "?"
    rest = f"  [{judged or 'severity not judged'}]  {incident.status.value}, {age}"
    lines = [
        _head(f"{name}  {incident.title}", rest),
        *_block("harm", harm or ["nothing measured; somebody opened it by hand"]),
        *_block("stop", stopped[:3]),
        *(_block("back", back[:3]) if back else ()),
        *_block("done", done[-6:] or [_nothing(account, runs)]),
        *_block("waiting", [_waits(one, at) for one in waiting[:4]] or ["for nobody"]),
        *_block("promised", promised[:2]),
        *_block("clock", [*ticking, *law_wrong[:1]]),
        *_block("next", [next_command]),
    ]
    return Now(
        incident=incident.id, title=incident.title, status=incident.status.value, severity=judged,
        stopped="; ".join(stopped), harm=harm, done=done, waiting=waiting, promised=promised,
        next=next_command, clock=clock, lines=_fitting(lines),
    )  # fmt: skip


def _not_asked(account: Account) -> list[str]:
    """That the law was never asked of this incident."""
    return [f"{'other ' * bool(account.deadlines)}legal duties and deadlines: not assessed"]


def _nothing(account: Account, runs: Mapping[str, Run]) -> str:
    """That nothing was done; also that an alarm called nobody, as no plan began by it."""
    alone = (account.heard or account.standing) and not (runs or account.pages)
    return "nothing yet; NOBODY WAS CALLED: no plan is at work" if alone else "nothing yet"


def _left(account: Account) -> Iterator[str]:
    """How many affected decisions are left. Lists may share decisions, so they are not added up."""
    left = [one.left for one in account.affected if one.left]
    if left:
        what = f"affected decisions{f' in the longest of {len(left)} lists' * (len(left) > 1)}"
        yield f"{max(left)} {what} are not dealt with: tocsin incident remedies"


def _harm(account: Account) -> Iterator[str]:
    """What is claimed now; what is not claimed any more is named as over and never as harm."""
    standing = account.standing
    for _, found in standing[-3:]:
        yield from _finding(found)
    if len(standing) > 3:
        yield f"and {len(standing) - 3} more that stand; see the report"
    if account.heard:
        yield _heard(account.heard)
    yield from _left(account)
    over = {one.finding: one for _, one in account.findings if one.finding in account.subsided}
    for found in list(over.values())[-2:]:
        at = account.subsided[found.finding]
        when = said_when(found, at, "%H:%M:%S")
        yield f"subsided at {when}: {found.metric} of {found.system} ({found.detector})"


def _heard(told: Sequence[SignalsJoined]) -> str:
    """What others' alarms say, by the newest that said something new; nothing of it is measured."""
    newest = next((one for one in reversed(told) if one.signals), told[-1])
    last = told[-1]
    said = newest.told.splitlines()[0] if newest.told else "[erased]"
    return (
        f"said from outside, not measured: {said}; {last.firing} fire and {last.resolved} are over"
    )


def _finding(found: Found) -> Iterator[str]:
    since = f"since {said_when(found, found.since, '%H:%M:%S')}"
    if found.sign is Sign.NO_DATA:
        yield f"no data from {found.system} {since}: nobody can tell whether it works"
    elif found.sign is Sign.DRIFT:
        yield f"{found.metric} is distributed otherwise {since} ({where(found)})"
    else:
        yield f"{measured(found)}, {since}: {_counted(found)}"
        low, high = said(found, found.low), said(found, found.high)
        yield f"sure to {percent(found.confidence)}: {low} to {high} ({found.detector})"
    if found.caused_by:
        yield f"explained by our own action {found.caused_by}"


def _counted(found: Found) -> str:
    match found.sign:
        case Sign.RATE:
            return f"{found.bad} of {found.requests} answers"
        case Sign.UNFAIR:
            return f"{found.requests} people"
        case _:
            return f"{found.requests} answers"


def _stopped(account: Account) -> list[str]:
    return [_how_stopped(stop) for stop in stops_of(account)] or ["not stopped"]


def _how_stopped(stop: Stop) -> str:
    last = stop.last
    if stop.lifted is not None:
        return f"not stopped any more: {_done(stop.lifted)}"
    said = f"{stop.target} is {last.after or last.order.wanted}"
    if stop.unsure is not None:
        return f"{said}, unless action {stop.unsure.seq} took effect: NOBODY KNOWS"
    if last.shown is None:
        looked = last.looks[-1].seen if last.looks else "nobody looked yet"
        return f"{said}; NOT YET SHOWN: {looked}"
    return f"{said}; SEEN: {last.shown.seen}"


def _done(action: Action) -> str:
    said = action.said if action.said not in ("done", "already") else f"{action.after}"
    clock = f"{action.ended_at:%H:%M:%S}" if action.ended_at else ""
    seen = ""
    if action.looks:
        shown = action.looks[-1].verdict is Verdict.SHOWN
        seen = "  SEEN" if shown else "  not yet shown"
    return f"{clock} {action.order.target}: {said}{seen}"


def _words_out(account: Account, runs: Mapping[str, Run]) -> Iterator[str]:
    """Who was called and told, in one line each; whom it did not reach."""
    looking = dict.fromkeys(one.by for one in account.incident.acknowledgements)
    for _, page in account.pages[-1:]:
        if looking:
            yield f"looking: {', '.join(looking)}"
        elif isinstance(page, PageBegan):
            yield f"calling {', then '.join(page.people)}; nobody has answered yet"
        elif isinstance(page, PageAnswered):
            yield "the call was answered"
        else:
            yield unanswered_words(page)
    reached, going = audiences(account.messages, runs)
    if reached:
        yield f"told: {', '.join(reached)}"
    if going:
        yield f"NOT told yet: {', '.join(going)}"
    words = [one for one in account.actions if one.order.effect is Effect.TELL]
    lost = [one.order.target for one in words if one.said.startswith("failed")]
    if lost:
        yield f"NOT reached: {', '.join(dict.fromkeys(lost))}"


def _waits(one: Waiting, at: datetime) -> str:
    return f"{one.what}: waits for {one.whom}, {_span(at - one.since)}"


def _promised(account: Account, at: datetime) -> Iterator[str]:
    for when, audience in _promises(account):
        late = " OVERDUE" if when < at else ""
        yield f"{audience} hears more at {when:%H:%M} UTC{late}"


def _promises(account: Account) -> list[tuple[datetime, str]]:
    """By when each audience was promised to hear more by the newest words; the first one first."""
    newest = {message.audience: message.next_update_at for _, message in account.messages}
    return sorted((when, audience) for audience, when in newest.items() if when is not None)


def _updates(account: Account, name: str, at: datetime) -> Iterator[Waiting]:
    """The promised updates that are overdue; the command shows the words and sends nothing."""
    if account.incident.status is not Status.OPEN:
        return
    commander = account.incident.holder(COMMANDER)
    for when, audience in _promises(account):
        if when < at:
            yield Waiting(
                what=f"the update that {audience} was promised",
                whom=f"{COMMANDER} ({commander})" if commander else COMMANDER,
                since=when,
                command=f"tocsin {'say' if audience in _AUDIENCES else 'tell'} {name} {audience}",
            )


def _late(runs: Mapping[str, Run]) -> Iterator[str]:
    """Which steps should be over by now; the latest comes last."""
    late = [one for run in runs.values() if run.is_open for one in run.late_now]
    for one in sorted(late, key=lambda step: step.soft_at):
        yield f"{one.step} ({one.run}) is LATE: should be over since {one.soft_at:%d %b %H:%M} UTC"


def _owed(runs: Mapping[str, Run], name: str, at: datetime) -> Iterator[str]:
    """By when a second person must look at what one let go alone; the latest comes last."""
    orders = [order for run in runs.values() for order in run.orders.values()]
    broken = [(one.glass, one.seq) for one in orders if one.glass is not None]
    for glass, order in sorted(broken, key=lambda pair: (pair[0].until, pair[1])):
        if glass.countersigned_by is not None:
            continue
        late = " OVERDUE" if glass.missed or glass.until < at else ""
        yield (
            f"action {order}: {glass.broken_by.who} acted alone; countersign by "
            f"{glass.until:%d %b %H:%M} UTC{late}: tocsin decide {name} {order} countersign"
        )


def _deadlines(account: Account, at: datetime) -> Iterator[str]:
    """What was set as due by when, the next one last."""
    for one in sorted(account.deadlines.values(), key=lambda d: d.conservative_at, reverse=True):
        by = one.conservative_at
        left = "OVERDUE" if by <= at else f"in {_span(by - at)}"
        latest = f"; {one.latest_at:%d %b %H:%M} UTC (contested)" if one.latest_at else ""
        yield f"{one.deadline} by {by:%d %b %H:%M} UTC, {left}{latest}"


def _next(
    account: Account, waiting: Sequence[Waiting], name: str, switched: Collection[str],
    review_due: datetime | None,
) -> str:  # fmt: skip
    """The stop comes first: it can be taken back, and harm cannot. Then whatever waits longest."""
    incident = account.incident
    if incident.merged_into is not None:
        return f"tocsin now {incident.merged_into}"
    if incident.status is not Status.OPEN:
        return f"tocsin {'report' if review_due is None else 'postmortem'} {name}"
    harming = {one.system for _, one in account.standing if one.caused_by is None}
    for system in incident.systems:
        if system in harming and system in switched and not is_stopping(account, system):
            return f"tocsin stop {system}"
        if _goes_on(account) and system in switched and act_failed(account, system):
            return f"tocsin stop {system}"
    if not incident.acknowledgements:
        return f"tocsin ack {name}"
    asked = [one for one in waiting if one.asks]
    if asked:
        return min(asked, key=lambda one: one.since).command
    if incident.severity is None:
        return f"tocsin incident severity {name} sev2 --reason '...' --basis '...'"
    return f"tocsin report {name}"


def _goes_on(account: Account) -> bool:
    """Whether nothing says that the harm is over: all findings subsided, all alarms resolved."""
    if account.standing or (account.heard and account.heard[-1].firing):
        return True
    return not account.findings and not account.heard


def _block(title: str, texts: Sequence[str]) -> list[str]:
    return [f"{title if not n else '':9} {text}" for n, text in enumerate(texts)]


def _head(title: str, rest: str) -> str:
    """How bad and how old it is stands on the first line however long its title is."""
    room = WIDTH_MAX - len(rest)
    return (title if len(title) <= room else f"{title[: room - 3]}...") + rest


def _fitting(lines: Sequence[str]) -> list[str]:
    cut = [line if len(line) <= WIDTH_MAX else line[: WIDTH_MAX - 3] + "..." for line in lines]
    return cut if len(cut) <= LINES_MAX else [*cut[: LINES_MAX - 3], "          ...", *cut[-2:]]


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
