"""Follows the inference logs of all systems that have detectors, and tells what is found of them.

One pass reads what is new, judges it, and records it; nothing is kept that cannot be built again
from the summaries, so that a watcher may be killed anywhere and two may watch at once. A system
that cannot be watched stops no other, and keeps the sign of life from being given: silence of the
watch is an alarm for somebody else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.alarms.compared import Compared, compared
from tocsin.desk.alarms.findings import Basis, TakenIn, take_in_subsided
from tocsin.desk.alarms.ranking import Raised, alarms_of, may_do_more, raise_alarm, subside
from tocsin.desk.alarms.silences import expire
from tocsin.desk.alarms.standing import (
    Stands,
    all_standing,
    end_what_is_not_claimed,
    let_go,
    unheard,
    unread_words,
)
from tocsin.desk.alarms.waiting import shift_words, tell_of_waiting
from tocsin.desk.incidents import open_about
from tocsin.desk.loaded.home_files import Detectors, detectors_of, plans_of
from tocsin.desk.record import Writer, draft
from tocsin.desk.recovery.stage_watch import Seen, follow_stages
from tocsin.detection import Declaration, State, scan
from tocsin.detection import standing as standing_now
from tocsin.detection.declared.declaration import Detector, Silence
from tocsin.detection.engine.scan import stuck
from tocsin.facts import Asserter, Author, ConnectorError, Draft, Entry, Proof, Refused, Unreachable
from tocsin.facts.alarms import Ranked
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.incidents import Noted
from tocsin.facts.summaries import Refreshed, WindowSummary
from tocsin.world import Source

EVERY_SECONDS = 5.0
BLUR_LEAST = timedelta(seconds=60)
OVER_FOR_LONG = timedelta(days=1)
"""What began and was over before that is history: it opens no incident now."""

told = logging.getLogger("tocsin.desk")

Beat = Callable[[], None]
"""Gives a sign of life to whoever raises an alarm when none comes. Raises ConnectorError."""


class SystemWatched(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did about one system.

    Args:
        ranked: what was decided about findings, of all that is new; most call nobody.
        over: the logs in which a finding was told to have subsided.
        remarks: what a person should know and will be told once.
        failed: why the system could not be watched, or not fully; None when it was.
    """

    system: str
    rows: int = 0
    taken_in: tuple[TakenIn, ...] = ()
    ranked: tuple[Ranked, ...] = ()
    over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    failed: str | None = None


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did. `beaten` tells whether the sign of life was given."""

    systems: tuple[SystemWatched, ...]
    remarks: tuple[str, ...]
    beaten: bool

    @property
    def is_whole(self) -> bool:
        """Whether everything that shall be watched was watched."""
        return bool(self.systems) and not any(one.failed for one in self.systems)


class Watch:
    """A watcher of all systems of a home.

    Args:
        beat: gives the sign of life after a whole pass; None where nobody waits for one.
        name: tells it from other watchers, living and dead.
    """

    def __init__(self, desk: Writer, *, beat: Beat | None = None, name: str | None = None) -> None:
        who = name or f"watch-{desk.world.ids.salt()[:8]}"
        self.author = Author(who=who, kind=Asserter.WORKER, proof=Proof.PROCESS)
        self._desk, self._beat = desk, beat
        self._states: dict[str, tuple[str, State]] = {}  # by system, of which declaration
        self._settled: dict[str, str] = {}  # of which declaration; what others told was compared
        self._stuck: dict[str, frozenset[str]] = {}  # detectors that cannot judge
        self._referred: dict[str, tuple[str, ...]] = {}  # what was told of a reference
        self._said: set[str] = set()
        self._heard: list[str] | None = None  # of which files of detectors the plans were asked

    def one_pass(self) -> Pass:
        """Look at every system once."""
        detectors, problems = detectors_of(self._desk.world.home)
        undeclared = self._without_detectors(detectors, problems)
        mute = self._unheard(detectors)
        over = expire(self._desk, self.author)
        if not problems:  # a file that cannot be read may declare what seems to be gone
            let_go(self._desk, detectors, self.author)
        systems = tuple(self._watched(name, one) for name, one in sorted(detectors.items()))
        waiting = tell_of_waiting(self._desk, self.author)
        quiet = shift_words(self._desk)
        remarks = (*over, *self._once(*problems, *undeclared, *mute, *waiting, *quiet))
        passed = Pass(systems=systems, remarks=remarks, beaten=False)
        if not passed.is_whole or problems or self._beat is None:
            return passed
        try:
            self._beat()
        except ConnectorError as error:
            told.warning("the sign of life could not be given: %s", error)
            remark = f"the sign of life could not be given: {error}"
            return msgspec.structs.replace(passed, remarks=(*passed.remarks, remark))
        return msgspec.structs.replace(passed, beaten=True)

    def _watched(self, system: str, detectors: Detectors) -> SystemWatched:
        """One system, whatever happens to it; what went wrong is told."""
        try:
            return self._follow(system, detectors)
        except Exception as error:  # noqa: BLE001 - one system's failure must not blind the others
            self._states.pop(system, None)  # built again from the summaries
            known = isinstance(error, Refused | Unreachable | ConnectorError)
            told.warning("%s could not be watched: %s", system, error, exc_info=not known)
            why = str(error) if known else f"{type(error).__name__}: {error}"
            return SystemWatched(system=system, failed=why)

    def _follow(self, system: str, detectors: Detectors) -> SystemWatched:
        source = self._desk.world.sources.get(system)
        if source is None:
            raise Refused(
                f"no log is set up for {system}; write `log = ...` under [systems.{system}] in "
                "HOME/register/ and adopt it"
            )
        against = compared(self._desk.world.references, detectors.declared)
        declared = against.declared
        digest, state = self._states.get(system, (against.digest, State()))
        state = state if digest == against.digest else State()
        refreshed, windows, state, failed = _read(source, state)
        failed = failed if failed is not None else against.failed
        now = self._desk.world.clock.now()
        found, over, state = scan(declared, windows, state, now, against.windows)
        raised = [self._raise(one, over, source, detectors, against) for one in found]
        for one in over:  # first: what an incident still tells of is ended by the next watcher
            subside(self._desk, one, system, self.author)
        ended = [take_in_subsided(self._desk, one, system, self.author) for one in over]
        raised += self._again(source, detectors, state, against)
        ended += self._left_by_others(system, declared, state) if failed is None else ()
        stand = [one.found for one in state.told if one.over is None]
        seen = Seen(declared=declared, found=[*found, *stand], standing=stand, source=source)
        stages = follow_stages(self._desk, system, seen, self.author)
        # Only now: what could not be recorded is found again by the next pass.
        self._states[system] = (against.digest, state)
        told_of = self._told_of(system, against)
        remarks = (*_remarks(refreshed), *told_of, *stages, *self._blind(system, declared, state))
        self._note(system, remarks)
        return SystemWatched(
            system=system,
            rows=refreshed.rows,
            taken_in=tuple(one.taken for one in raised if one is not None and one.taken),
            ranked=tuple(one.ranked for one in raised if one is not None),
            over=tuple(log for log in ended if log is not None),
            remarks=remarks,
            failed=failed,
        )

    def _told_of(self, system: str, against: Compared) -> tuple[str, ...]:
        """What is to be told of the reference, once for each state of it."""
        before = self._referred.get(system, ())
        self._referred[system] = against.remarks
        return tuple(line for line in against.remarks if line not in before)

    def _blind(self, system: str, declared: Declaration, state: State) -> list[str]:
        """The detectors that cannot judge and could before, or were never told of."""
        now, before = stuck(declared, state), self._stuck.get(system, frozenset())
        self._stuck[system] = frozenset(now)
        return [f"{system}: {line}" for name, line in now.items() if name not in before]

    def standing(self) -> list[Stands]:
        """All findings that stand after the last pass, each with its incident."""
        detectors, _ = detectors_of(self._desk.world.home)
        states = {system: state for system, (_, state) in self._states.items()}
        return all_standing(self._desk, [one.declared for one in detectors.values()], states)

    def _left_by_others(self, system: str, declared: Declaration, state: State) -> tuple[str, ...]:
        """The logs in which what a watcher before this one told is over; compared until sure."""
        if self._settled.get(system) == declared.digest:
            return ()
        over, sure = end_what_is_not_claimed(self._desk, system, declared, state, self.author)
        if sure:
            self._settled[system] = declared.digest
        return over

    def _again(
        self, source: Source, detectors: Detectors, state: State, against: Compared
    ) -> list[Raised | None]:
        """What stands and would do more by now: a silence is over, a shift began, it is surer."""
        now, alarms = self._desk.world.clock.now(), alarms_of(self._desk)
        return [
            self._raise(one, (), source, detectors, against)
            for one in standing_now(detectors.declared, state)
            if (detector := _detector_of(detectors.declared, one)) is not None
            and may_do_more(alarms, detector, one, now)
        ]

    def _raise(
        self,
        found: Found,
        over: Sequence[Subsided],
        source: Source,
        detectors: Detectors,
        against: Compared,
    ) -> Raised | None:
        detector = _detector_of(detectors.declared, found)
        ended = next((one for one in over if one.finding == found.finding), None)
        now = self._desk.world.clock.now()
        if detector is None:
            return None
        # Rows do not say how long ago they were: what is over among them is news like any other.
        if ended is not None and not found.by_rows and ended.seen_until < now - OVER_FOR_LONG:
            return None
        return raise_alarm(
            self._desk,
            found,
            detector,
            self.author,
            blur=blur_of(detectors.declared, found.detector),
            over=ended is not None,
            bases=lambda: [*_bases(found, source, detectors), *against.bases(detector)],
        )

    def _note(self, system: str, remarks: Sequence[str]) -> None:
        """What is wrong with a log stands in the room of whoever looks into this system now."""
        going_on = open_about(self._desk, system) if remarks else []
        if not going_on:
            return

        def judge(_: list[Entry]) -> list[Draft]:
            now = self._desk.world.clock.now()
            return [draft(Noted(text=remark), now) for remark in remarks]

        self._desk.decide(going_on[0].log, judge, self.author)

    def _without_detectors(
        self, detectors: dict[str, Detectors], problems: Sequence[str]
    ) -> list[str]:
        register = self._desk.knowledge.register()
        wrong = {one.partition(":")[0] for one in problems}
        return [
            f"{name} has a log, and NOBODY WATCHES IT: its detectors cannot be read; mend "
            f"HOME/detectors/{name}.yaml"
            if f"detectors/{name}.yaml" in wrong
            else f"{name} has a log and no detectors, so that nobody watches it; write "
            f"HOME/detectors/{name}.yaml"
            for name, system in sorted(register.systems.items())
            if system.log is not None and name not in detectors
        ]

    def _unheard(self, detectors: dict[str, Detectors]) -> list[str]:
        """Which plans no finding begins; looked at again when a file of detectors is another."""
        digests = sorted(one.declared.digest for one in detectors.values())
        if digests == self._heard:
            return []
        self._heard = digests
        return unheard(detectors, plans_of(self._desk.world.home)[0])

    def _once(self, *remarks: str) -> tuple[str, ...]:
        new = tuple(one for one in dict.fromkeys(remarks) if one not in self._said)
        self._said.update(new)
        return new


def watch(
    desk: Writer,
    stop: threading.Event,
    *,
    beat: Beat | None = None,
    name: str | None = None,
    every_seconds: float = EVERY_SECONDS,
    tell: Callable[[Pass], None] = lambda _: None,
) -> None:
    """Pass after pass until `stop` is set.

    Args:
        tell: is given what each pass did.
    """
    watcher = Watch(desk, beat=beat, name=name)
    while not stop.is_set():
        try:
            tell(watcher.one_pass())
        except (Refused, Unreachable) as away:  # the register or the record cannot be read now
            told.warning("nothing could be watched: %s", away)
        stop.wait(every_seconds)


def blur_of(declared: Declaration, detector: str) -> timedelta:
    """How exactly this detector can tell when a change began: to one of its windows."""
    own = next((one for one in declared.detectors if one.id == detector), None)
    seconds = 0 if own is None or isinstance(own, Silence) else own.window_seconds
    return max(BLUR_LEAST, timedelta(seconds=seconds))


def _detector_of(declared: Declaration, found: Found) -> Detector | None:
    return next((one for one in declared.detectors if one.id == found.detector), None)


def _read(
    source: Source, state: State
) -> tuple[Refreshed, Sequence[WindowSummary], State, str | None]:
    """What is new in a log. One that cannot be read is silent, and silence is judged too."""
    try:
        refreshed = source.refresh()
        state = state.back_to(refreshed.earliest)
        return refreshed, source.windows(state.since), state, None
    except Unreachable as away:
        return Refreshed(), (), state, str(away)


def _remarks(refreshed: Refreshed) -> tuple[str, ...]:
    rejected = [unread_words(one) for one in refreshed.rejected]
    return (*rejected, *refreshed.remarks)


def _bases(found: Found, source: Source, detectors: Detectors) -> list[Basis]:
    """What a finding rests on: the detectors' file, and the summaries of its windows."""
    bases = [Basis(name=detectors.file, source="the home's files", data=detectors.data)]
    since: datetime = found.since - OVER_FOR_LONG
    try:
        summaries = source.evidence(since, found.seen_until)
    except Unreachable as away:
        told.warning("the summaries of %s could not be kept: %s", found.finding, away)
        return bases
    if summaries:
        end = f"{found.seen_until:%Y%m%dT%H%M%SZ}"
        if found.by_rows:
            end = f"row-{int(found.seen_until.timestamp())}"
        name = f"summaries-{found.system}-{end}.parquet"
        bases.append(Basis(name=name, source=f"the log of {found.system}", data=summaries))
    return bases
