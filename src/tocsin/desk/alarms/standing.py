"""What stands now: alarms with their incidents, and whatever keeps a part from being watched.

What a pass is told once is asked for here as often as somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tocsin.desk.alarms.findings import findings_on, take_in_subsided
from tocsin.desk.alarms.ranking import alarms_of, kept_of, subside
from tocsin.desk.incidents import open_about
from tocsin.desk.loaded.home_files import Detectors, HomePlan, detectors_of, plans_of
from tocsin.desk.record import Writer
from tocsin.detection import Declaration, State
from tocsin.detection.declared.declaration import Status
from tocsin.detection.engine.scan import disclaimed, standing
from tocsin.detection.findings.levels import never_calls
from tocsin.facts import Author, Refused, Unreachable
from tocsin.facts.alarms import Ranked
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.summaries import Unread


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is not over, as it is now.

    Args:
        log: of the incident that tells of it; None when none does.
        ranked: what was decided that it does, and why; None where nothing was.
        watched: whether a detector of that name looks at that system now; without one, nobody
            knows whether what was found goes on.
    """

    found: Found
    log: str | None
    ranked: Ranked | None = None
    watched: bool = True


def standing_on(
    desk: Writer, system: str, declared: Declaration | None, state: State | None
) -> list[Stands]:
    """All findings about a system that stand, by the detectors now or by an open incident.

    Args:
        declared: its detectors now; None where it has none that can be read.
        state: what its detectors remember; None where the log could not be judged.
    """
    told = findings_on(desk, system)
    ranked = {name: one.ranked for name, one in alarms_of(desk).ranked.items()}
    ranked |= {one.ranked.finding: one.ranked for one in kept_of(desk, system)}
    is_open = {incident.log for incident in open_about(desk, system)}
    now = {one.id for one in declared.detectors} if declared is not None else set()
    found = {
        name: Stands(
            found=one.found,
            log=one.log,
            ranked=ranked.get(name),
            watched=one.found.detector in now,
        )
        for name, one in told.items()
        if one.stands and one.log in is_open
    }
    for one in standing(declared, state) if declared is not None and state is not None else []:
        before = told.get(one.finding)
        log = before.log if before is not None else None
        found[one.finding] = Stands(found=one, log=log, ranked=ranked.get(one.finding))
    return list(found.values())


def end_what_is_not_claimed(
    desk: Writer, system: str, declared: Declaration, state: State, author: Author
) -> tuple[tuple[str, ...], bool]:
    """Tell as subsided what stands on record and these detectors, who judge now, do not claim.

    A watcher that begins anew remembers nothing of what another told.

    Returns:
        The logs in which something was told to be over; whether no finding is left in doubt.
    """
    is_open = {incident.log for incident in open_about(desk, system)}
    recorded = [one for one in findings_on(desk, system).values() if one.log in is_open]
    stands = [one.found for one in recorded if one.stands]
    stands += [one.found for one in kept_of(desk, system) if one.found is not None]
    over, in_doubt = disclaimed(declared, state, stands)
    for one in over:
        subside(desk, one, system, author)
    logs = [take_in_subsided(desk, one, system, author) for one in over]
    return tuple(log for log in logs if log is not None), not in_doubt


def let_go(desk: Writer, found: Mapping[str, Detectors], author: Author) -> None:
    """End what no incident tells of and no live detector watches any more: it waits in vain."""
    live = {
        (system, one.id)
        for system, of in found.items()
        for one in of.declared.detectors
        if one.status is Status.LIVE
    }
    for placed in alarms_of(desk).ranked.values():
        one = placed.found
        if one is None or placed.over or (one.system, one.detector) in live:
            continue
        over = Subsided(
            finding=one.finding,
            detector=one.detector,
            observed=one.observed,
            seen_until=one.seen_until,
            requests=0,
        )
        subside(desk, over, one.system, author)


def problems_of(desk: Writer) -> list[str]:
    """What is wrong with the home's files and the logs, in words, whether told before or not."""
    home = desk.world.home
    detectors, mistakes = detectors_of(home)
    problems = [*mistakes, *map(str, plans_of(home)[1])]
    for system in sorted(detectors):
        source = desk.world.sources.get(system)
        if source is None:
            continue
        try:
            problems += [unread_words(one) for one in source.unread()]
        except (Refused, Unreachable) as away:
            problems.append(f"{system}: {away}")
    return problems


def unheard(found: Mapping[str, Detectors], plans: Iterable[HomePlan]) -> list[str]:
    """Which detectors are in shadow, and which plans no detector ever begins; one line each."""
    lines = []
    for system, of in found.items():
        tried = [one.id for one in of.declared.detectors if one.status is Status.SHADOW]
        if tried:
            lines.append(
                f"{system}: in shadow, and calling nobody: {', '.join(tried)}; what they find: "
                f"tocsin digest --shadow; to end it, write `status: live` in {of.file}"
            )
    for one in plans:
        pulls = [
            (system, detector)
            for system, of in found.items()
            if not one.plan.systems or system in one.plan.systems
            for detector in of.declared.detectors
            if detector.id in one.plan.triggers
        ]
        why = [f"{name}: {d.id} {no}" for name, d in pulls if (no := never_calls(d)) is not None]
        if why and len(why) == len(pulls):
            lines.append(f"{one.file} never begins by itself: {'; '.join(why)}")
    return lines


def unread_words(one: Unread) -> str:
    """What to tell of a part of a log that cannot be read."""
    return f"{one.file} of the log cannot be read and is not counted: {one.reason}; {one.remedy}"


def all_standing(
    desk: Writer, declared: Iterable[Declaration], states: Mapping[str, State]
) -> list[Stands]:
    """All findings that stand, also about systems that have lost their detectors."""
    by_system = {each.system: each for each in declared}
    return [
        one
        for system in sorted({*by_system, *desk.knowledge.register().systems})
        for one in standing_on(desk, system, by_system.get(system), states.get(system))
    ]
