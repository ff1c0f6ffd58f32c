"""Load, decide, append: the only way into the record, retried when someone else wrote first.

Whatever an append implies for the runs of its log goes with it: the facts that the plans say come
next, and the pieces of work that fall due. A worker's receipt and what follows it are one append.
A person's entry stays the person's alone, under their proof; what follows it is the desk's, in an
append right after, and is owed as a piece of work from the first, so that no crash loses it.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from datetime import datetime

from tocsin.desk.loaded.alarms import AlarmsRead
from tocsin.desk.loaded.asking import asking_pieces
from tocsin.desk.loaded.known import Knowledge, Known, Stale
from tocsin.desk.loaded.law_in_force import LawInForce
from tocsin.desk.loaded.repeating import Wish, check_same
from tocsin.facts import (
    Asserter,
    Author,
    Conflict,
    Draft,
    Entry,
    Fact,
    Outdated,
    Proof,
    Refused,
)
from tocsin.facts.courses import CallBegan
from tocsin.facts.record import Signer
from tocsin.facts.runs import RunEnded
from tocsin.playbook import Piece, Run, due_rows
from tocsin.playbook.outbox import waiting_their_turn
from tocsin.playbook.pieces import ORDERS
from tocsin.world import Appended, Lease, State, Work, World

CONFLICTS_MAX = 50
DESK_AUTHOR = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)

Decide = Callable[[list[Entry]], Sequence[Draft]]
"""From all entries of a log, what is to be recorded next; raises Refused when nothing may be."""

Judge = Callable[[Known], Sequence[Draft]]
"""The same, from the entries and the runs that they tell of."""


class Writer:
    """The only writer of a world's record. Threads may share it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.knowledge = Knowledge(world)
        self.alarms = AlarmsRead()
        self._expected: tuple[str, int] | None = None
        self._law: LawInForce | None = None

    @property
    def law(self) -> LawInForce:
        """The law that is asked about incidents."""
        if self._law is None:
            self._law = LawInForce(self.world, self.knowledge)
        return self._law

    def expecting(self, log: str, seq: int) -> Writer:
        """This desk, for somebody who decides upon entry `seq` as the last of a log.

        Its first decision about that log is refused as Outdated where others wrote since.
        """
        asked = copy.copy(self)
        asked._expected = (log, seq)
        return asked

    def decide(
        self,
        log: str,
        decide: Decide,
        author: Author,
        *,
        client_key: str | None = None,
        sign: Signer | None = None,
        wish: Wish | None = None,
    ) -> Appended:
        """Record what `decide` gives for the log as it is at that very moment.

        Args:
            client_key: makes a repetition safe: under a key that was used before, nothing is
                recorded again, also when the decision would be refused the second time.
            wish: what the command says itself, where the decision rests on more than its log: by
                this a repetition is known that would be refused even on the log as it was.

        Raises:
            Refused: by the decision, by the record, or because others kept writing first.
            Unreachable: nothing was acknowledged; ask again under the same client key.
        """
        return self.decide_known(
            log,
            lambda known: decide(known.entries),
            author,
            client_key=client_key,
            sign=sign,
            wish=wish,
        )

    def decide_known(
        self,
        log: str,
        judge: Judge,
        author: Author,
        *,
        client_key: str | None = None,
        sign: Signer | None = None,
        wish: Wish | None = None,
    ) -> Appended:
        """As `decide`, for a decision that also looks at the runs of the log."""
        try:
            appended = self.enter(log, judge, author, client_key=client_key, sign=sign)
        except Refused:
            earlier = self.answered(log, author, client_key)
            if earlier is None:
                raise
            appended = earlier
        if appended.repeated and client_key is not None and author.kind in _SPEAKS_FOR_ITSELF:
            check_same(appended, self.world.journal.read(log), judge, client_key, author, wish)
        return appended

    def enter(
        self,
        log: str,
        judge: Judge,
        author: Author,
        *,
        client_key: str | None = None,
        sign: Signer | None = None,
        take: Lease | None = None,
        held: Lease | None = None,
        refresh: bool = False,
        trust: bool = False,
    ) -> Appended:
        """As `decide`, with the leases of a worker.

        Args:
            take: claim this piece of work in the same append.
            held: record only while this lease is the newest.
            refresh: write the pieces of work anew even when nothing else is to be recorded.
            trust: True where `judge` looks at the runs alone: it is first asked about what this
                process knows, and about what the record says only if that was not the latest.
        """
        for _ in range(CONFLICTS_MAX):
            known = self.knowledge.load(log, trust=trust)
            try:
                self._check_expected(known)
                appended = self._once(known, judge, author, client_key, sign, take, held, refresh)
            except (Refused, Stale) as no:
                known.take_back()
                self.knowledge.keep(known)
                if known.fresh and not isinstance(no, Conflict):
                    raise
                trust = False
                continue
            self._expected = None
            if author.kind in _SPEAKS_FOR_ITSELF and self._is_owed(log):
                self.plan_on(log)
            return appended
        raise Refused(f"log {log}: others wrote first {CONFLICTS_MAX} times; try again in a moment")

    def _check_expected(self, known: Known) -> None:
        if self._expected is None or self._expected[0] != known.log:
            return
        log, seq = self._expected
        if known.last_seq != seq:
            known.require_fresh()
            raise Outdated(
                f"{log} was at entry {seq} when you looked, and is at {known.last_seq} now; look "
                "again, and decide again"
            )

    def plan_on(self, log: str) -> Appended:
        """Record what the plans of this log's runs say comes next; nothing when nothing does."""
        return self.enter(log, lambda _: [], DESK_AUTHOR, trust=True)

    def refresh(self, log: str) -> Appended:
        """Derive the pieces of work of a log anew from its facts."""
        return self.enter(log, lambda _: [], DESK_AUTHOR, refresh=True)

    def known(self, log: str) -> Known:
        """What the record says of a log now."""
        known = self.knowledge.load(log)
        self.knowledge.keep(known)
        return known

    def pieces(self, known: Known) -> list[tuple[Piece, datetime]]:
        """All pieces of work of a log, with the instants at which they fall due."""
        runs = known.runs.unfinished
        found = [piece for run in runs for piece in self.knowledge.pieces(known, run)]
        late = waiting_their_turn(known.runs.by_id.values()) if found else frozenset()
        found = [(p, at) for p, at in found if p.kind not in ORDERS or p.seq not in late]
        found += known.moments
        return found if self.world.law is None else found + asking_pieces(known.legal)

    def record(
        self,
        log: str,
        facts_of: Callable[[list[Entry]], Sequence[Fact]],
        author: Author,
        *,
        client_key: str | None = None,
        sign: Signer | None = None,
    ) -> Appended:
        """As `decide`, for facts that become true as they are recorded."""

        def drafts(entries: list[Entry]) -> list[Draft]:
            now = self.world.clock.now()
            return [draft(fact, now) for fact in facts_of(entries)]

        return self.decide(log, drafts, author, client_key=client_key, sign=sign)

    def runs(self, log: str) -> list[Run]:
        """The runs of a log, in the order of their starting."""
        return list(self.known(log).runs.by_id.values())

    def run(self, log: str, run: str) -> Run:
        """A run by its id."""
        return self.known(log).run(run)

    def answered(self, log: str, author: Author, client_key: str | None) -> Appended | None:
        """What was recorded in this log under this client key; None when nothing was."""
        if client_key is None:
            return None
        try:
            return self.world.journal.append(log, -1, [], author, client_key=client_key)
        except Refused:
            return None

    def _once(
        self,
        known: Known,
        judge: Judge,
        author: Author,
        client_key: str | None,
        sign: Signer | None,
        take: Lease | None,
        held: Lease | None,
        refresh: bool,
    ) -> Appended:
        log, head = known.log, known.last_seq
        drafts = list(judge(known))
        now = self.world.clock.now()  # after the decision, which nothing that follows it precedes
        for draft in drafts:
            known.suppose(draft, author, now)
        if author.kind not in _SPEAKS_FOR_ITSELF:
            drafts += self._following(known, author, now)
        if not drafts and take is None and not refresh:
            known.require_fresh()
            self.knowledge.keep(known)
            return _nothing(log, head)
        due = due_rows(self.pieces(known)) if known.has_work or refresh else None
        as_recorded = due == known.written and not refresh
        appended = self.world.journal.append(
            log,
            head,
            drafts,
            author,
            client_key=client_key,
            work=Work(due=None if as_recorded else due, take=take, held=held),
            sign=sign,
        )
        if not appended.repeated:
            known.written = due
            self.knowledge.keep(known)
        return appended

    def _following(self, known: Known, author: Author, now: datetime) -> list[Draft]:
        found: list[Draft] = []
        again = True
        while again:
            again = False
            for run in known.runs.open:
                while (planned := self.knowledge.following(known, run, now)).facts:
                    for text in planned.texts.values():  # before any fact names it
                        self.world.vault.put(io.BytesIO(text))
                    for fact in planned.facts:
                        found.append(Draft(fact=fact, happened_at=now))
                        known.suppose(found[-1], author, now)
                        again = again or _concerns_another(run, fact)
        return found

    def _is_owed(self, log: str) -> bool:
        known, now = self.knowledge.load(log, trust=True), self.world.clock.now()
        self.knowledge.keep(known)
        return any(self.knowledge.following(known, run, now).facts for run in known.runs.open)


_SPEAKS_FOR_ITSELF = frozenset({Asserter.PERSON, Asserter.MACHINE})


def _concerns_another(run: Run, fact: Fact) -> bool:
    """Whether another run of the log goes on by this: one that was called, or one that waited."""
    return isinstance(fact, CallBegan) or (run.caller is not None and isinstance(fact, RunEnded))


def draft(fact: Fact, at: datetime) -> Draft:
    """A fact that became true at this instant, for everyone on the incident to read."""
    return Draft(fact=fact, happened_at=at)


def _nothing(log: str, head: int) -> Appended:
    return Appended(log=log, first_seq=head + 1, last_seq=head, state=State.DURABLE, repeated=False)
