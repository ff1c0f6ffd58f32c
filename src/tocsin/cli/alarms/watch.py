"""`tocsin watch`: follow the logs of all systems that have detectors, until stopped."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from tocsin import wiring
from tocsin.cli.alarms.silence import silence_line, silence_plain
from tocsin.cli.frame import log_lines, short
from tocsin.cli.frame.arguments import Commands, command, span
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.health.alive import alive
from tocsin.desk.acting.signs import WATCH, beat_of
from tocsin.desk.alarms import watching
from tocsin.desk.alarms.findings import TakenIn
from tocsin.desk.alarms.silences import in_force
from tocsin.desk.alarms.standing import Stands, problems_of
from tocsin.desk.alarms.watching import Pass, SystemWatched, Watch
from tocsin.facts.alarms import Ranked
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.incident.alarms import Deed, Quiet, deed_of
from tocsin.incident.words_alarm import does
from tocsin.incident.words_finding import said_when
from tocsin.journal.store import Store
from tocsin.world import RealClock

EVERY_SECONDS = 5.0


def add(places: Commands) -> None:
    made = command(
        places, "watch", run_watch,
        "follow the logs of all systems that have detectors; a finding opens an incident",
        examples="  tocsin watch\n  tocsin watch --once --json   # one pass, and what it found",
    )  # fmt: skip
    made.add_argument("--once", action="store_true",
                      help="one pass and all that stands; exit 1 when something could not be "
                      "watched or read")  # fmt: skip
    made.add_argument("--every-seconds", type=span, default=EVERY_SECONDS, metavar="N",
                      help="between two passes (default %(default)s)")  # fmt: skip
    made.add_argument("--name", help="tells this watcher from all others; chosen when not given")
    log_lines.option(made)


def run_watch(args: argparse.Namespace, screen: Screen) -> Answer:
    log_lines.begin(args, screen, RealClock(), "watch")
    with wiring.open_home(args.home, warn=screen.say) as opened:
        beat = beat_of(opened.world.beats, WATCH)
        if args.once:
            watcher = Watch(opened.desk, beat=beat, name=args.name)
            passed = watcher.one_pass()
            problems, quiet = problems_of(opened.desk), in_force(opened.desk)
            return _once(passed, watcher.standing(), problems, quiet, opened.store)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        screen.say(f"watching the logs of {args.home}")
        with alive(args.home, "watch"):
            watching.watch(
                opened.desk, stop, beat=beat, name=args.name, every_seconds=args.every_seconds,
                tell=_telling(screen, opened.store),
            )  # fmt: skip
    return Answer(data={"ended": True}, text="the watch has ended; nobody looks now")


def _once(
    passed: Pass,
    standing: Sequence[Stands],
    problems: Sequence[str],
    quiet: Sequence[Quiet],
    store: Store,
) -> Answer:
    lines = list(dict.fromkeys([*_lines(passed, store), *problems, *map(silence_line, quiet)]))
    lines += [_stands(one, store) for one in standing]
    if not passed.systems:
        how = "mend what is named above, or write" if problems else "write"
        lines.append(
            f"nothing is watched: {how} HOME/detectors/SYSTEM.yaml for a system with a log"
        )
    incidents = sorted(
        {
            taken.log.removeprefix(INCIDENT_PREFIX)
            for system in passed.systems
            for taken in system.taken_in
        }
    )
    return Answer(
        data={
            "systems": [_plain(one) for one in passed.systems],
            "incidents": incidents,
            "standing": [_plainly(one) for one in standing],
            "silences": [silence_plain(one) for one in quiet],
            "problems": problems,
            "remarks": passed.remarks,
            "whole": passed.is_whole,
            "sign_of_life": passed.beaten,
        },
        text="\n".join(lines or ["nothing is wrong that the detectors can see"]),
        status=DONE if passed.is_whole and not problems else PROBLEM,
    )


def _stands(one: Stands, store: Store) -> str:
    """One finding that stands, whenever it was told, and where to look."""
    found = one.found
    since = said_when(found, found.since, "%d %b %H:%M")
    claim = f"{found.system}: {found.detector} still claims what began at {since}"
    if not one.watched:
        claim = (
            f"{found.system}: {found.detector} claimed what began at {since}, and NOBODY LOOKS "
            "whether it goes on: no detector of that name can be read"
        )
    if one.log is None and one.ranked is not None:
        return f"STANDS: {claim}: {does(one.ranked)}; see: tocsin digest"
    if one.log is None:
        return f"STANDS: {claim}; no incident tells of it"
    name = short.shortest(one.log.removeprefix(INCIDENT_PREFIX), short.incidents(store))
    return f"STANDS: {claim}: incident {name}; see: tocsin now {name}"


def _plainly(one: Stands) -> dict[str, object]:
    found = one.found
    return {
        "system": found.system,
        "finding": found.finding,
        "detector": found.detector,
        "since": found.since,
        "observed": found.observed,
        "baseline": found.baseline,
        "incident": one.log.removeprefix(INCIDENT_PREFIX) if one.log is not None else None,
        "level": one.ranked.level.value if one.ranked is not None else None,
        "does": does(one.ranked) if one.ranked is not None else None,
        "watched": one.watched,
    }


def _telling(screen: Screen, store: Store) -> Callable[[Pass], None]:
    failing: set[str] = set()

    def tell(passed: Pass) -> None:
        for line in _lines(passed, store, failing):
            screen.say(line)
        failing.clear()
        failing.update(one.failed for one in passed.systems if one.failed)

    return tell


def _lines(passed: Pass, store: Store, failing: Collection[str] = ()) -> Iterator[str]:
    yield from passed.remarks
    for one in passed.systems:
        yield from one.remarks
        told = {taken.finding: taken for taken in one.taken_in}
        for ranked in one.ranked:
            yield _decided(one.system, ranked, told.get(ranked.finding), store)
        for log in one.over:
            yield f"{one.system}: {log.removeprefix(INCIDENT_PREFIX)[:3]}: a finding has subsided"
        if one.failed and one.failed not in failing:
            yield f"{one.system} cannot be watched: {one.failed}"


def _decided(system: str, ranked: Ranked, taken: TakenIn | None, store: Store) -> str:
    """What a new finding does, and where to look."""
    if taken is None:
        return f"{system}: {ranked.detector}: {does(ranked)}; see: tocsin digest"
    incident = taken.log.removeprefix(INCIDENT_PREFIX)
    name = short.shortest(incident, short.incidents(store))
    if deed_of(ranked) is Deed.CALLS:
        nobody = ": NOBODY IS CALLED, for no plan begins by it" if _calls_nobody(taken) else ""
        return (
            f"ALARM: {system}: {ranked.detector}{nobody}: incident {name}; see: tocsin now {name}"
        )
    return f"{system}: {ranked.detector}: {does(ranked)}; see: tocsin now {name}"


def _calls_nobody(taken: TakenIn) -> bool:
    return taken.opened and not taken.runs


def _plain(one: SystemWatched) -> dict[str, object]:
    return {
        "system": one.system,
        "rows": one.rows,
        "incidents": [taken.log.removeprefix(INCIDENT_PREFIX) for taken in one.taken_in],
        "ranked": [msgspec.to_builtins(ranked) for ranked in one.ranked],
        "subsided": len(one.over),
        "remarks": one.remarks,
        "failed": one.failed,
    }
