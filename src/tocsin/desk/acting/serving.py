"""What a worker does with one piece of work that is due: an act, a look, an instant that came.

The intent stands in the record before the act, under a lease; what was seen is recorded after it,
only while that lease is the newest. Repeating any part of it is safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial

from tocsin.desk.acting.attempt import Approach, Attempt, Ended, approach_to, recordable
from tocsin.desk.acting.breakers import Breakers
from tocsin.desk.acting.gates import why_forbidden, why_superseded
from tocsin.desk.acting.giving_way import give_way_to
from tocsin.desk.acting.heartbeat import Heartbeat
from tocsin.desk.acting.sealing import Wanted, gathered, sealed_facts, wanted_of
from tocsin.desk.acting.turns import why_elsewhere, why_held, why_overtaken
from tocsin.desk.acting.ways import unanswered
from tocsin.desk.law.duties import adopt, reckon
from tocsin.desk.loaded.asking import asking_pieces
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.superseded import gives_way
from tocsin.desk.record import Judge, Writer, draft
from tocsin.desk.words.dues import fell_due
from tocsin.facts import Author, ConnectorError, Draft, Fact, LeaseLost, Unreachable
from tocsin.facts.courses import SoftLimitPassed
from tocsin.facts.gates import CountersignMissed
from tocsin.facts.outbox import WriteHeld
from tocsin.facts.runs import (
    Attempted,
    LimitPassed,
    Probed,
    RunTakenOver,
    StepFailed,
    Verdict,
    WaitEnded,
)
from tocsin.playbook import OrderRecord, OrderStanding, Piece, Run, Sight, sight_of
from tocsin.playbook.begun import SealRecord
from tocsin.playbook.steps import Gate, Look
from tocsin.signals.echoes import hops_before
from tocsin.world import Due, Lease, Reading

RECORD_TRIES = 5
CLAIMS_MAX = 5  # of a look that never comes to an end
FAILURES_TOLD = 3  # of one piece of work; the record need not hear it for ever


class _Over(LeaseLost):
    """The piece of work is finished; only its row was left."""


class Serving:
    """Serves pieces of work in the name of one worker."""

    def __init__(
        self,
        desk: Writer,
        author: Author,
        length: timedelta,
        heartbeat: Heartbeat | None,
        breakers: Breakers,
    ) -> None:
        self.desk, self.author, self._breakers = desk, author, breakers
        self._world, self._length, self._heartbeat = desk.world, length, heartbeat
        self._saw_stops = False

    def serve(self, due: Due) -> None:
        """Do this piece of work, if it is still there to do.

        Raises:
            LeaseLost: another worker has it.
            Later: it is left alone for a while.
        """
        try:
            match due.key.partition("/")[0]:
                case "plan":
                    self._plan(due)
                case "wait" | "limit" | "soft" | "page" | "countersign":
                    self._time_passed(due)
                case "due":
                    self._fell_due(due)
                case "law":
                    self._ask_the_law(due)
                case "seal":
                    self._seal(due)
                case "probe":
                    self._look(due)
                case _:
                    self._carry_out(due)
        except _Over:
            self.desk.refresh(due.log)  # the row belongs to work that is over

    def begin_pass(self) -> None:
        """What was seen of other incidents is old: it is looked at anew before the next act."""
        self._saw_stops = False

    def _plan(self, due: Due) -> None:
        known = self.desk.known(due.log)
        run = known.run(self._still_due(known, due).run)
        self.desk.knowledge.must_follow(known, run, self._world.clock.now())
        self.desk.plan_on(due.log)

    def _piece(self, known: Known, key: str) -> Piece | None:
        return next((p for p, _ in self.desk.pieces(known) if p.key == key), None)

    def _time_passed(self, due: Due) -> None:
        def judge(known: Known) -> Sequence[Draft]:
            now = self._world.clock.now()
            for piece, at in self.desk.pieces(known):
                if piece.key == due.key and at <= now:
                    run = known.run(piece.run)
                    if piece.kind == "page":
                        page = run.pages[piece.seq]
                        return [draft(unanswered(self.desk, self._breakers, run, page), now)]
                    return [draft(_passed(run, piece, at), now)]
            raise _Over(f"{due.log}: {due.key} is finished, or falls due later by now")

        self.desk.enter(due.log, judge, self.author, trust=True)

    def _fell_due(self, due: Due) -> None:
        """Tell of it, then record that it fell due; both are safe to repeat."""
        moment = self.desk.known(due.log).moment(due.key)
        if moment is None:
            raise _Over(f"{due.log}: {due.key} is settled")
        fact = fell_due(self.desk, due.log, moment, self.author)

        def judge(known: Known) -> Sequence[Draft]:
            if known.moment(due.key) is None:
                raise _Over(f"{due.log}: {due.key} is settled")
            return [draft(fact, self._world.clock.now())]

        self.desk.enter(due.log, judge, self.author)

    def _ask_the_law(self, due: Due) -> None:
        """Ask what the duties come to now; what is the same as before is not recorded again."""
        if not any(
            piece.key == due.key for piece, _ in asking_pieces(self.desk.known(due.log).legal)
        ):
            raise _Over(f"{due.log}: the law was asked")
        if not reckon(self.desk, due.log, adopt(self.desk)):
            self.desk.refresh(due.log)

    def _seal(self, due: Due) -> None:
        """Secure what is still outstanding; each item is on record as soon as it is there."""
        lease = self._lease(due)
        begun: list[tuple[SealRecord, Mapping[str, Sequence[Wanted]]]] = []

        def begin(known: Known) -> Sequence[Draft]:
            begun.clear()
            piece = self._still_due(known, due)
            seal, register = known.run(piece.run).seals[piece.seq], self.desk.knowledge.register()
            items = wanted_of(self._world, register, known.systems, seal.outstanding)
            begun.append((seal, items))
            return []

        self.desk.enter(due.log, begin, self.author, take=lease, trust=True)
        seal, wanted = begun[0]
        # A producer that takes the whole process with it must not do so for ever.
        until = seal.fact.until if due.fence < CLAIMS_MAX else self._world.clock.now()
        with self._alive(lease):
            for item, produced in gathered(wanted, self._world.clock, until):
                facts = sealed_facts(self._world.vault, seal, produced)
                self._keep_trying(due, partial(self._sealed, due, item, facts), lease)

    def _sealed(self, due: Due, item: str, facts: Sequence[Fact], known: Known) -> list[Draft]:
        piece = self._piece(known, due.key)
        if piece is None or item not in known.run(piece.run).seals[piece.seq].outstanding:
            return []
        now = self._world.clock.now()
        return [draft(fact, now) for fact in facts]

    def _look(self, due: Due) -> None:
        lease = self._lease(due)
        begun: list[Sight] = []
        begun_after: list[datetime] = []

        def begin(known: Known) -> Sequence[Draft]:
            piece = self._still_due(known, due)
            run = known.run(piece.run)
            begun[:], begun_after[:] = [self._sight(run, piece)], [run.last_act_at]
            return []

        self.desk.enter(due.log, begin, self.author, take=lease, trust=True)
        sight = begun[0]
        if due.fence >= CLAIMS_MAX:
            reading = _unseen(sight, f"{due.fence} workers began this look and none came back")
        else:
            with self._alive(lease):
                reading = self._sampled(sight, begun_after[0])
        self._keep_trying(due, lambda known: self._probed(known, due, sight, reading), lease)

    def _sight(self, run: Run, piece: Piece) -> Sight:
        step = self.desk.knowledge.plan(run).steps[piece.step]
        assert isinstance(step, Look | Gate)
        return sight_of(step, piece.turn, run)

    def _sampled(self, sight: Sight, since: datetime) -> Reading:
        probe = self._world.probes.get(sight.probe)
        if probe is None:
            return _unseen(sight, f"nothing here is set up to look through {sight.probe}")
        try:
            return probe.sample(sight.target, sight.wanted, since)
        except ConnectorError as error:
            return _unseen(sight, str(error))

    def _probed(self, known: Known, due: Due, sight: Sight, reading: Reading) -> list[Draft]:
        piece = self._piece(known, due.key)
        if piece is None:
            return []
        about = f"{sight.criterion.value}: " if sight.criterion else ""
        fact = Probed(
            run=piece.run,
            step=sight.name,
            probe=sight.probe,
            target=sight.target,
            hypothesis=recordable(f"{about}{reading.hypothesis}"),
            sample=reading.sample,
            error=reading.error,
            verdict=reading.verdict,
            seen=recordable(reading.seen),
            value=recordable(reading.value),
        )
        return [draft(fact, self._world.clock.now())]

    def _carry_out(self, due: Due) -> None:
        lease = self._lease(due)
        begun: list[tuple[OrderRecord, Approach, str | None, str | None]] = []
        hops: list[int] = []

        def begin(known: Known) -> Sequence[Draft]:
            begun.clear()
            hops[:] = [1 + hops_before(known.entries)]
            run, order = self._order(known, due)
            held = why_held(known, order, self._world.clock.now())
            if held is not None:
                fact = WriteHeld(run=run.id, order=order.seq, because=held)
                return [draft(fact, self._world.clock.now())]
            approach = approach_to(order, run)
            superseded = why_superseded(self.desk, due.log, order, known, anew=not self._saw_stops)
            superseded = superseded or why_overtaken(known, order)
            self._saw_stops = self._saw_stops or gives_way(order)
            forbidden = None if superseded else why_forbidden(self.desk, known, run, order)
            if not superseded and not forbidden:
                forbidden = why_elsewhere(self.desk, self._breakers, run, order)
            approach = Approach.FIND if superseded or forbidden else approach
            begun.append((order, approach, forbidden, superseded))
            return self._intent(order, approach, lease)

        self.desk.enter(due.log, begin, self.author, take=lease, trust=True)
        if not begun:
            return  # it is held
        order, approach, forbidden, superseded = begun[0]
        number = order.attempts + (approach is not Approach.FIND)
        attempt = Attempt(self._world, due.log, order, number, hops[0])
        with self._alive(lease):
            if superseded is None and approach is not Approach.FIND:
                # A stop may have been given while the intent was being recorded.
                superseded = why_superseded(self.desk, due.log, order)
            if superseded is not None:
                ended: Ended = attempt.superseded(superseded)
            elif forbidden is not None:
                ended = attempt.forbidden(forbidden)
            else:
                with self._breakers.asking(order.fact.connector):
                    ended = attempt.made(approach)
        self._keep_trying(due, lambda known: self._end(known, due, order, ended), lease)
        if superseded is None and forbidden is None:
            self._breakers.answered(order.fact.connector, attempt.key, attempt.error)
        give_way_to(self.desk, order, self.author)

    def _intent(self, order: OrderRecord, approach: Approach, lease: Lease) -> list[Draft]:
        now, run = self._world.clock.now(), order.fact.run
        found: list[Draft] = []
        if order.standing is OrderStanding.OPEN and order.looks is None:
            silent = order.worker or ""
            over = RunTakenOver(
                run=run, order=order.seq, from_worker=silent, to_worker=self.author.who
            )
            found.append(draft(over, now))
        if approach is not Approach.FIND:
            intent = Attempted(
                run=run,
                order=order.seq,
                attempt=order.attempts + 1,
                worker=self.author.who,
                fence=lease.fence,
            )
            found.append(draft(intent, now))
        return found

    def _end(self, known: Known, due: Due, order: OrderRecord, ended: Ended) -> list[Draft]:
        """The end of the attempt, unless it is on record already and only the answer was lost."""
        if self._piece(known, due.key) is None:
            return []
        return [draft(ended, self._world.clock.now())]

    def _order(self, known: Known, due: Due) -> tuple[Run, OrderRecord]:
        piece = self._still_due(known, due)
        run = known.run(piece.run)
        return run, run.orders[piece.seq]

    def _still_due(self, known: Known, due: Due) -> Piece:
        piece = self._piece(known, due.key)
        if piece is None:
            raise _Over(f"{due.log}: {due.key} is finished")
        return piece

    def _keep_trying(self, due: Due, judge: Judge, lease: Lease) -> None:
        """Record what was seen; a record that is away for a moment must not lose it."""
        for turn in range(RECORD_TRIES):
            try:
                self.desk.enter(due.log, judge, self.author, held=lease, trust=turn == 0)
                return
            except Unreachable:
                if turn == RECORD_TRIES - 1:
                    raise
                self._world.clock.sleep(0.1 * 2**turn)

    def _alive(self, lease: Lease) -> AbstractContextManager[None]:
        return self._heartbeat.keeping(lease) if self._heartbeat else nullcontext()

    def failed(self, due: Due, error: Exception) -> None:
        """Record that Tocsin itself failed at a piece of work, and end what it had begun there."""
        why = recordable(f"{type(error).__name__}: {error}")

        def judge(known: Known) -> Sequence[Draft]:
            piece = self._piece(known, due.key)
            if piece is None or not piece.run:
                return []
            run, now = known.run(piece.run), self._world.clock.now()
            found: list[Draft] = []
            if run.failures.get(piece.seq, 0) < FAILURES_TOLD:
                found.append(draft(StepFailed(run=run.id, entry=piece.seq, error=why), now))
            order = run.orders.get(piece.seq)
            if order is not None and self._is_mine(order):
                attempt = Attempt(self._world, due.log, order, order.attempts)
                found.append(draft(attempt.broken_off(why), now))
            if piece.kind == "probe":
                sight = self._sight(run, piece)
                found += self._probed(known, due, sight, _unseen(sight, why))
            return found

        self.desk.enter(due.log, judge, self.author)

    def _is_mine(self, order: OrderRecord) -> bool:
        return order.standing is OrderStanding.OPEN and order.worker == self.author.who

    def _lease(self, due: Due) -> Lease:
        until = self._world.clock.now() + self._length
        return Lease(
            log=due.log, key=due.key, holder=self.author.who, fence=due.fence + 1, until=until
        )


def _passed(run: Run, piece: Piece, at: datetime) -> Fact:
    """What it means for this piece of work that its instant came."""
    match piece.kind:
        case "wait":
            step = run.timers[piece.seq].fact.step
            return WaitEnded(run=run.id, step=step, entry=piece.seq)
        case "soft":
            return SoftLimitPassed(run=run.id, step=piece.step, since=piece.seq, soft_at=at)
        case "countersign":
            return CountersignMissed(run=run.id, order=piece.seq)
    question, approval = run.questions.get(piece.seq), run.approvals.get(piece.seq)
    call = run.calls.get(piece.seq)
    choice = None if question is None else question.fact.on_limit
    began = question or approval or call or run.orders[piece.seq]
    step = began.fact.step
    return LimitPassed(run=run.id, step=step, entry=piece.seq, choice=choice)


def _unseen(sight: Sight, why: str) -> Reading:
    return Reading(
        hypothesis=f"{sight.target} is {sight.wanted}",
        sample=0,
        error="1",
        verdict=Verdict.UNDETERMINED,
        seen=why,
    )
