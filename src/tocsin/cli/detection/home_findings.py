"""The findings that a home's incidents tell of, with how each came about as far as logs tell it.

The way to an alarm is not on record: it is gone again, by detectors and logs as they are now.
Where they give the finding no more, what was recorded is told, and that the way is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tocsin import wiring
from tocsin.cli.detection.finding import FindingTold, told
from tocsin.cli.frame.screen import Screen
from tocsin.desk.alarms.compared import compared
from tocsin.desk.alarms.findings import findings_on
from tocsin.desk.loaded.home_files import Detectors, detectors_of
from tocsin.detection.engine.replay import Judged, Replay, replayed
from tocsin.detection.engine.scan import State
from tocsin.detection.moments import Moments
from tocsin.facts import Refused, Unreachable
from tocsin.facts.findings import Found
from tocsin.facts.summaries import WindowSummary


def told_by_home(home: Path, name: str, screen: Screen) -> tuple[FindingTold, ...]:
    """The findings on record of this id or detector, the newest first.

    Raises:
        Refused: there are none, or the detector of one is not declared any more.
    """
    with wiring.open_home(home, warn=screen.say) as opened:
        declared, problems = detectors_of(home)
        for problem in problems:
            screen.say(problem)
        found = [(system, one.found) for system in opened.in_force.systems
                 for one in findings_on(opened.desk, system).values()
                 if name == one.found.detector or one.found.finding.startswith(name)]  # fmt: skip
        if not found:
            raise Refused(f"no incident tells of a finding or a detector {name!r}; name an answer "
                          "of `tocsin detect --json` with --from")  # fmt: skip
        newest = sorted(found, key=lambda each: each[1].since, reverse=True)
        return tuple(_told(newest, declared, opened, screen))


def _told(
    found: list[tuple[str, Found]], declared: dict[str, Detectors], opened: wiring.Opened,
    screen: Screen,
) -> Iterator[FindingTold]:  # fmt: skip
    gone: dict[str, tuple[Replay, list[WindowSummary]]] = {}
    for system, one in found:
        detectors = declared[system].declared.detectors if system in declared else ()
        detector = next((each for each in detectors if each.id == one.detector), None)
        if detector is None:
            raise Refused(f"{one.detector} of {system} is not declared any more; what was recorded "
                          "stands in its incident: tocsin log INCIDENT")  # fmt: skip
        if system not in gone:
            gone[system] = _gone_again(system, declared[system], opened, screen)
        replay, windows = gone[system]
        judged = next((each for each in replay.judged if _is(each, one)), None)
        profiles = tuple(str(digest) for digest in one.summaries)
        yield told(
            judged or Judged(found=one, detector=detector),
            declared[system].declared,
            replay.state,
            Moments(declared[system].declared.log, windows),
            profiles,
        )


def _gone_again(
    system: str, detectors: Detectors, opened: wiring.Opened, screen: Screen
) -> tuple[Replay, list[WindowSummary]]:
    source, now = opened.world.sources.get(system), opened.world.clock.now()
    windows: list[WindowSummary] = []
    against = compared(opened.world.references, detectors.declared)
    for remark in against.remarks if against.failed is None else (against.failed,):
        screen.say(remark)
    try:
        if source is not None:
            windows = list(source.windows())
    except Unreachable as away:
        screen.say(f"the way to it cannot be told: {away}")
    if not windows:
        return Replay(judged=(), not_judged=(), state=State()), windows
    return replayed(against.declared, windows, against.windows, now), windows


def _is(judged: Judged, one: Found) -> bool:
    found = judged.found
    alike = (found.detector, found.group, found.metric) == (one.detector, one.group, one.metric)
    return alike and (found.finding == one.finding or found.since == one.since)
