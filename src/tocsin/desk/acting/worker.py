"""Does what falls due, for as long as it is asked to; whatever fails, the other runs are served.

Any number of workers may serve one record. Whoever dies is replaced by whoever comes next: an
attempt without an end is pending work like any other. A worker that lost its lease records nothing.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from tocsin.desk.acting.breakers import Breakers, Later
from tocsin.desk.acting.heartbeat import Heartbeat
from tocsin.desk.acting.serving import Serving
from tocsin.desk.acting.signs import Signs
from tocsin.desk.law.watch import law_watch
from tocsin.desk.record import Writer
from tocsin.facts import Asserter, Author, BrokenLog, LeaseLost, Proof, Refused, Unreachable
from tocsin.playbook import run_of
from tocsin.playbook.pieces import CALLS, STOPS
from tocsin.world import Beat, Due, World

LEASE = timedelta(seconds=30)
PEEK = 32
FAR = timedelta(days=36500)
POLL_SECONDS = 0.5
QUICK_POLL_SECONDS = 0.2
CALLERS = 2  # so that one far side that hangs does not hold up the call to another
FAILURES_MAX = 5
SULK_FIRST, SULK_MOST = timedelta(seconds=1), timedelta(minutes=5)

told = logging.getLogger("tocsin.desk")


class Worker:
    """One worker, serving one piece of work at a time.

    Args:
        name: tells it from all other workers, living and dead.
        lease: for how long its work is its own without a sign of life.
        heartbeat: gives signs of life during long acts; None where no real time passes.
        only: the log and the run that it serves; None means all that falls due.
        kinds: the pieces of work that it serves, by their kind; empty means all.
        breakers: shared by the workers of one process; None makes its own.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str | None = None,
        lease: timedelta = LEASE,
        heartbeat: Heartbeat | None = None,
        desk: Writer | None = None,
        only: tuple[str, str] | None = None,
        kinds: frozenset[str] = frozenset(),
        breakers: Breakers | None = None,
    ) -> None:
        self.name = name or f"worker-{world.ids.salt()[:8]}"
        author = Author(who=self.name, kind=Asserter.WORKER, proof=Proof.PROCESS)
        self._world, self._only, self._kinds = world, only, kinds
        writer = desk or Writer(world)
        guard = breakers or Breakers(writer, author)
        self._serving = Serving(writer, author, lease, heartbeat, guard)
        self._later: dict[tuple[str, str], datetime] = {}
        self._sulks: dict[tuple[str, str], tuple[int, datetime]] = {}

    @property
    def is_quick(self) -> bool:
        """Whether it serves one lane alone, and so looks more often."""
        return bool(self._kinds)

    def serve(self) -> int:
        """Serve what is due now; how many pieces of work were tried."""
        now = self._world.clock.now()
        due = self._due(now)
        self._serving.begin_pass()
        # Workers that all began with the oldest piece would all but one go away empty.
        first = int(self._world.ids.fraction() * len(due))
        for one in due[first:] + due[:first]:
            self._serve_one(one)
        return len(due)

    def next_instant(self, now: datetime) -> datetime | None:
        """When there will be something to do; None when nothing waits for anything but people.

        Pieces of work at which this worker failed again and again count no more.
        """
        later = self._world.journal.next_due()
        if later is None or later > now:
            return later
        if self._due(now):
            return now
        after = self._mine(now + FAR)
        instants = [until for count, until in self._sulks.values() if count < FAILURES_MAX]
        instants += self._later.values()
        return min((i for i in [*instants, *(d.at for d in after)] if i > now), default=None)

    def _due(self, now: datetime) -> list[Due]:
        """What is due and not left alone for a while."""
        self._later = {place: until for place, until in self._later.items() if until > now}
        return [one for one in self._mine(now) if not self._is_left_alone(one, now)]

    def _mine(self, until: datetime) -> list[Due]:
        """The first pieces of work up to this instant that are this worker's to serve."""
        most = PEEK + len(self._sulks) + len(self._later)
        while True:
            due = self._world.journal.due(until, most, self._kinds)
            mine = [one for one in due if self._is_mine(one)]
            # The one run it serves may stand behind any number of others.
            if mine or self._only is None or len(due) < most:
                return mine
            most *= 4

    def _is_mine(self, due: Due) -> bool:
        return self._only is None or (due.log, run_of(due.key)) == self._only

    def _serve_one(self, due: Due) -> None:
        place = (due.log, due.key)
        try:
            self._serving.serve(due)
            self._sulks.pop(place, None)
        except Later as later:
            self._later[place] = later.until
        except LeaseLost as lost:
            told.info("%s: %s", self.name, lost)
        except Unreachable:
            raise
        except Exception as error:  # noqa: BLE001 - one run's failure must not stop the others
            told.warning("%s failed at %s: %s", self.name, due.key, error, exc_info=True)
            self._sulk(place)
            self._tell(due, error)

    def _tell(self, due: Due, error: Exception) -> None:
        try:
            self._serving.failed(due, error)
        except (Refused, Unreachable, BrokenLog) as worse:
            told.error("%s could not record its failure at %s: %s", self.name, due.key, worse)

    def _sulk(self, place: tuple[str, str]) -> None:
        """Leave this piece of work alone for a while, so that the others are served meanwhile."""
        count = self._sulks.get(place, (0, None))[0] + 1
        pause = min(SULK_FIRST * 2 ** min(count, 20), SULK_MOST)
        self._sulks[place] = (count, self._world.clock.now() + pause)

    def _is_left_alone(self, due: Due, now: datetime) -> bool:
        place = (due.log, due.key)
        sulk, later = self._sulks.get(place), self._later.get(place)
        return (sulk is not None and sulk[1] > now) or (later is not None and later > now)


def run_until_idle(
    world: World, *, until: datetime | None = None, worker: Worker | None = None
) -> None:
    """Serve all that falls due, sleeping on the world's clock in between; then return.

    On a clock that is wound by hand, days pass at once. Returns when nothing more falls due (what
    waits for people alone does not), or nothing more up to `until`, inclusive.
    """
    one = worker or Worker(world)
    while True:
        if one.serve():
            continue
        now = world.clock.now()
        instant = one.next_instant(now)
        if instant is None or (until is not None and instant > until):
            return
        if instant > now:
            world.clock.sleep((instant - now).total_seconds())


def work(
    world: World,
    stop: threading.Event,
    *,
    name: str | None = None,
    parallel: int = 1,
    lease: timedelta = LEASE,
    poll_seconds: float = POLL_SECONDS,
    beat: Beat | None = None,
) -> None:
    """Serve all that falls due until `stop` is set.

    Args:
        parallel: how many acts may go on at once. Waiting needs no thread: runs wait in the record.
            Calls to people and stops have lanes of their own beside these, and wait behind nothing.
        beat: the sign of life that is given as long as every lane turns.
    """
    heartbeat = Heartbeat(world, lease)
    first = name or f"worker-{world.ids.salt()[:8]}"
    names = [first, *(f"{first}.{number}" for number in range(2, parallel + 1))]
    lanes = {**dict.fromkeys(names, frozenset[str]()), **_lanes(first)}
    guard = _breakers(world, first, parallel)
    workers = [
        Worker(world, name=n, lease=lease, heartbeat=heartbeat, kinds=kinds, breakers=guard)
        for n, kinds in lanes.items()
    ]
    signs = Signs(world.clock, beat or _no_sign)
    threads = [
        threading.Thread(
            target=_serve_until, args=(one, world, stop, poll_seconds, signs), daemon=True
        )
        for one in workers[1:]
    ]
    if beat is not None:
        threads.append(threading.Thread(target=signs.walk, args=(stop,), daemon=True))
    watching = law_watch(world, stop)
    threads += [watching] if watching is not None else []
    for thread in threads:
        thread.start()
    try:
        _serve_until(workers[0], world, stop, poll_seconds, signs)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        heartbeat.stop()


def _lanes(first: str) -> dict[str, frozenset[str]]:
    """Further workers, and the kinds of work that are theirs alone to begin with."""
    pagers = (f"{first}.calls{number}" for number in range(1, CALLERS + 1))
    return {**dict.fromkeys(pagers, CALLS), f"{first}.stops": STOPS}


def _breakers(world: World, first: str, parallel: int) -> Breakers:
    """One view of the breakers for all workers of this process; one far side never holds all."""
    author = Author(who=first, kind=Asserter.WORKER, proof=Proof.PROCESS)
    return Breakers(Writer(world), author, most=parallel - 1 if parallel > 1 else None)


def _no_sign() -> None:
    """Nobody outside waits for a sign."""


def _serve_until(
    worker: Worker, world: World, stop: threading.Event, poll_seconds: float, signs: Signs
) -> None:
    while not stop.is_set():
        signs.turned(worker.name)
        try:
            if worker.serve():
                continue
            now = world.clock.now()
            instant = worker.next_instant(now)
        except Unreachable as away:
            told.warning("%s: %s", worker.name, away)
            stop.wait(1)
            continue
        # Other processes may add work at any time, so nobody sleeps longer than one poll.
        poll = min(poll_seconds, QUICK_POLL_SECONDS) if worker.is_quick else poll_seconds
        seconds = poll if instant is None else (instant - now).total_seconds()
        stop.wait(min(max(seconds, 0.001), poll))
