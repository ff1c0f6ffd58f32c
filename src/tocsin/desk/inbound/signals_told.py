"""Tells incidents of the signals that were laid to them, and calls people where that is due.

Whether anybody is called is decided in the log of alarms, as for findings: the same limit of pages,
the same silences. Under the key of its batch everything here is done once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache

from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.loaded.home_files import HomePlan, triggered_by_any
from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.starting import starts_of
from tocsin.desk.record import Writer, draft
from tocsin.facts import ALARMS_LOG, Author, Draft, Fact, incident_log
from tocsin.facts.alarms import SIGNAL_PREFIX, Held, Level, Ranked, Silenced
from tocsin.facts.entry import INCIDENT_PREFIX, SIGNALS_LOG
from tocsin.facts.incidents import Noted, Opened, Widened
from tocsin.facts.signals import SignalsJoined, SignalState, SignalTaken, Urgency
from tocsin.incident.alarms import Alarms, Deed, deed_of
from tocsin.incident.decide_course import widened
from tocsin.incident.fold import replay
from tocsin.incident.model import Status
from tocsin.register.model import Register
from tocsin.signals.taken import LINES_MOST, Owed, Taken, left_out_words, worst

Plans = tuple[list[HomePlan], list[str]]
TITLE_MAX, ALSO_MOST = 160, 5


def tell(desk: Writer, owed: Owed, register: Register, author: Author) -> None:
    """Tell an incident what it is owed; open it where that is due, and call people."""
    log = incident_log(owed.incident)
    new = () if owed.opens is not None else _new_systems(desk.known(log), owed)
    rule, systems = _rule_of(owed), _systems_of(owed)
    found = cache(lambda: _plans(desk, _triggers(owed), new or systems))  # most never ask for them
    ranked = _ranked(desk, owed, new, found, author)
    calls = ranked is not None and deed_of(ranked) is Deed.CALLS
    plans, problems = found() if calls else ((), ())
    _keep(desk, plans)

    def judge(known: Known) -> Sequence[Draft]:
        now = desk.world.clock.now()
        facts: list[Fact] = []
        if owed.opens is not None and not known.entries:
            facts.append(_opened(owed.opens, systems, register, now))
        facts.append(_joined(owed))
        wider = _widened(known, owed, register)
        if wider is not None:
            facts.append(wider)
        if ranked is not None and known.log == ranked.log:
            facts.append(ranked)
        if calls:
            facts += _begun(desk, known, rule, plans, problems)
            if new and not plans and known.runs.by_id:
                facts.append(Noted(text=_no_plan_words(owed.incident, rule, new)))
        elif (owed.opens is not None or new) and ranked is not None:
            facts.append(Noted(text=f"NOBODY IS CALLED for these signals: {ranked.because}"))
        return [draft(fact, now) for fact in facts]

    desk.decide_known(log, judge, author, client_key=f"{SIGNALS_LOG}/{owed.batch}")


def call_those_who_wait(desk: Writer, taken: Taken, author: Author) -> None:
    """Call people for incidents of signals that had no page left, once there is room again.

    The plans that begin are those of all that fires there by now.
    """
    now = desk.world.clock.now()
    for one in alarms_of(desk).waiting():
        if not one.ranked.finding.startswith(SIGNAL_PREFIX) or one.ranked.log is None:
            continue
        alarms = alarms_of(desk)
        if not alarms.has_room(now):
            return
        known = desk.known(one.ranked.log)
        if replay(known.entries).status is not Status.OPEN:
            continue
        found = _plans_by_now(desk, one.ranked, taken)
        again = _decided(alarms, one.ranked.finding, one.ranked.log, one.ranked.detector,
                         one.ranked.system, critical=False, now=now,
                         begins=_begins(known, found[0]))  # fmt: skip
        if deed_of(again) is Deed.CALLS and _record(desk, again, author) == again:
            _call(desk, again, found, author)


def _plans_by_now(desk: Writer, ranked: Ranked, taken: Taken) -> Plans:
    names, systems = taken.named_in((ranked.log or "").removeprefix(INCIDENT_PREFIX))
    return _plans(desk, (ranked.detector, *names), (ranked.system, *systems))


def _call(desk: Writer, ranked: Ranked, found: Plans, author: Author) -> None:
    log, (plans, problems) = ranked.log or "", found
    _keep(desk, plans)

    def judge(known: Known) -> Sequence[Draft]:
        now = desk.world.clock.now()
        facts = [ranked, *_begun(desk, known, ranked.detector, plans, problems)]
        return [draft(fact, now) for fact in facts]

    desk.decide_known(log, judge, author, client_key=f"called/{ranked.finding}")


def _begun(
    desk: Writer, known: Known, rule: str, plans: Sequence[HomePlan], problems: Sequence[str]
) -> list[Fact]:
    """The runs of those plans that never began in this incident, however they ended there."""
    fresh = _fresh(known, plans)
    return starts_of(desk, known, rule, desk.world.clock.now(), fresh, problems)


def _fresh(known: Known, plans: Sequence[HomePlan]) -> list[HomePlan]:
    had = {run.plan for run in known.runs.by_id.values()}
    return [one for one in plans if one.plan.id not in had]


def _begins(known: Known, plans: Sequence[HomePlan]) -> bool:
    """Whether a plan would begin, so that anybody is called at all."""
    return bool(_fresh(known, plans))


def _widened(known: Known, owed: Owed, register: Register) -> Widened | None:
    """That an open incident is about what these signals name for the first time."""
    if not _new_systems(known, owed) or replay(known.entries).status is not Status.OPEN:
        return None
    because = f"what is laid to it by rule {_rule_of(owed)} names it"
    return widened(known.systems, _firing_systems(owed), register.systems, because)


def _new_systems(known: Known, owed: Owed) -> tuple[str, ...]:
    return tuple(one for one in _firing_systems(owed) if one not in known.systems)


def _no_plan_words(incident: str, rule: str, systems: Sequence[str]) -> str:
    return (
        f"No plan in HOME/playbooks is started by {rule} for {', '.join(systems)}; to begin one "
        f"by hand: tocsin incident run {incident} PLAN.yaml"
    )


def _ranked(
    desk: Writer, owed: Owed, new: Sequence[str], found: Callable[[], Plans], author: Author
) -> Ranked | None:
    """The decision about these signals, on record; None where nothing new asks to call people.

    Args:
        new: the systems that the incident was not about before. It is as if it opened for them.
        found: the plans that name what came in.
    """
    firing = [one for one in owed.new if one.state is SignalState.FIRING]
    if not firing:
        return None
    log = incident_log(owed.incident)
    finding = SIGNAL_PREFIX + owed.incident
    if owed.opens is None:  # what joins calls by a decision of its own
        finding += f"/{owed.batch}"
    critical = worst(tuple(firing)) is Urgency.CRITICAL
    alarms, now = alarms_of(desk), desk.world.clock.now()
    before = alarms.ranked.get(finding)
    if before is not None:  # asked again after a crash
        return before.ranked
    if owed.opens is None and not _asks(desk.known(log), alarms, new, critical=critical):
        return None
    rule, names = _rule_of(owed), new or _systems_of(owed) or (firing[0].source,)
    loud = (one for one in names if _silence(alarms, rule, one, now) is None)
    system = next(loud, names[0])
    begins = _begins(desk.known(log), found()[0])
    if owed.opens is None and not new and not begins and _was_told(alarms, log):
        return None
    ranked = _decided(alarms, finding, log, rule, system,
                      critical=critical, now=now, begins=begins)  # fmt: skip
    return _record(desk, ranked, author)


def _was_told(alarms: Alarms, log: str) -> bool:
    """Whether an incident was told already that people ought to be called."""
    ranked = (one.ranked for one in alarms.ranked.values() if one.ranked.log == log)
    return any(deed_of(one) is Deed.CALLS for one in ranked)


def _asks(known: Known, alarms: Alarms, new: Sequence[str], *, critical: bool) -> bool:
    """Whether what joins an incident asks to call people: it is new there, or nobody was called."""
    nobody = not known.runs.by_id and not alarms.has_called_for(known.log)
    if not new and not (critical and nobody):
        return False
    return replay(known.entries).status is Status.OPEN


def _decided(
    alarms: Alarms,
    finding: str,
    log: str,
    rule: str,
    system: str,
    *,
    critical: bool,
    now: datetime,
    begins: bool,
) -> Ranked:
    """What calls nobody, since no plan begins by it, takes no page from what would call."""
    held, silence, pages, why = None, None, False, "signals from outside, by rule " + rule
    quiet = _silence(alarms, rule, system, now)
    if quiet is not None and not critical:
        held, silence = Held.SILENCED, quiet.silence
        why += f"; {quiet.silence} of {quiet.owner} holds until {quiet.until:%d %b %H:%M} UTC"
    elif alarms.has_called_for(log):
        why += "; people were called for this incident before"
    elif not begins:
        why += "; no plan begins by it, and no page is spent"
    elif not critical and not alarms.has_room(now):
        held = Held.BUDGET
        why += f"; {len(alarms.pages_in(now))} pages are as many as this shift may bring"
    else:
        pages = True
    return Ranked(
        finding=finding,
        detector=rule,
        system=system,
        level=Level.PAGE,
        held=held,
        silence=silence,
        pages=pages,
        log=log,
        because=why,
    )


def _record(desk: Writer, ranked: Ranked, author: Author) -> Ranked:
    """The decision as it stands on record, this one or the one that was made meanwhile."""

    def judge(known: Known) -> Sequence[Draft]:
        before = desk.alarms.of(known).ranked.get(ranked.finding)
        if before is not None and deed_of(before.ranked) >= deed_of(ranked):
            return []
        return [draft(ranked, desk.world.clock.now())]

    desk.decide_known(ALARMS_LOG, judge, author)
    return alarms_of(desk).ranked[ranked.finding].ranked


def _silence(alarms: Alarms, rule: str, system: str, now: datetime) -> Silenced | None:
    for quiet in alarms.silences.values():
        fact = quiet.fact
        if quiet.holds(now) and fact.detector in (None, rule) and fact.system in (None, system):
            return fact
    return None


def _triggers(owed: Owed) -> tuple[str, ...]:
    named = (name for one in owed.new for name in (one.name, *one.also.splitlines()))
    return (_rule_of(owed), *named)


def _plans(desk: Writer, triggers: Iterable[str], systems: Sequence[str]) -> Plans:
    """The plans that name the rule, or what failed, as their trigger; each once."""
    return triggered_by_any(desk.world.home, {one for one in triggers if one}, {*systems})


def _keep(desk: Writer, plans: Sequence[HomePlan]) -> None:
    for one in plans:
        desk.world.vault.put(io.BytesIO(one.data))  # before any fact names it


def _opened(
    first: SignalTaken, systems: tuple[str, ...], register: Register, now: datetime
) -> Opened:
    about = f"{systems[0]}: " if systems and not first.summary.startswith(systems[0]) else ""
    title = f"{about}{first.summary}"
    claimed = first.claimed_at
    return Opened(
        title=title if len(title) <= TITLE_MAX else title[: TITLE_MAX - 3] + "...",
        systems=systems,
        unregistered=tuple(one for one in systems if one not in register.systems),
        discovered_at=now,
        occurred_at=claimed
        if claimed is not None and not first.skewed and claimed <= now
        else None,
    )


def _joined(owed: Owed) -> SignalsJoined:
    lines = [_line(one) for one in owed.new[:LINES_MOST]]
    if len(owed.new) > LINES_MOST:
        more = len(owed.new) - LINES_MOST
        lines.append(f"and {more} more; all: tocsin signals list --incident {owed.incident}")
    reasons = dict.fromkeys(one.because for one in owed.new)
    return SignalsJoined(
        batch=f"{SIGNALS_LOG}/{owed.batch}",
        deliveries=owed.heard,
        signals=len(owed.new),
        firing=owed.firing,
        resolved=owed.resolved,
        first=owed.first,
        last=owed.last,
        rule=next(iter(dict.fromkeys(one.rule for one in owed.new)), ""),
        told="\n".join(lines) or "nothing new was said",
        because="\n".join(list(reasons)[:3]) or "the same signals again",
        hops=max((one.hops for one in owed.new), default=0),
    )


def _line(one: SignalTaken) -> str:
    also = "".join(f", also {name}" for name in one.also.splitlines()[:ALSO_MOST])
    out = f"; {left_out_words(one.left_out)}" if one.left_out else ""
    return f"{one.source}: {one.summary} ({_said(one)}){also}{out}"


def _said(one: SignalTaken) -> str:
    return one.urgency.value if one.state is SignalState.FIRING else one.state.value


def _rule_of(owed: Owed) -> str:
    """The name of the rule that laid the first of the new signals here."""
    return next((one.rule for one in owed.new), "").partition("@")[0]


def _systems_of(owed: Owed) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in owed.new for name in one.systems))


def _firing_systems(owed: Owed) -> tuple[str, ...]:
    firing = (one for one in owed.new if one.state is SignalState.FIRING)
    return tuple(dict.fromkeys(name for one in firing for name in one.systems))
