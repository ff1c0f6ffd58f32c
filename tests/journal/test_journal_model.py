"""The store against the record in memory: whatever is asked, in any order, both answer alike."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from journal_checks import ANNA, T0, CountedIds, HandClock, check_journal, notes, open_plain
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import Refused
from tocsin.world import Lease, Work

LOGS = st.sampled_from(["a", "b"])
KEYS = st.sampled_from(["k1", "k2"])
HOLDERS = st.sampled_from(["w1", "w2"])
MINUTES = st.integers(-3, 6)


class Both(RuleBasedStateMachine):
    """Does everything to both, and compares answers, errors and what can be read afterwards."""

    @initialize()
    def begin(self) -> None:
        self.clock = HandClock()
        self.folder = tempfile.TemporaryDirectory()
        self.home = self.empty_place()
        self.store = open_plain(self.home, clock=self.clock)
        self.memory = MemoryJournal(self.clock, CountedIds())
        self.marks, self.heads = [0, 0], [{}, {}]

    def empty_place(self) -> Path | str:
        return Path(self.folder.name)

    def both(self, ask):
        answers = []
        for journal in (self.store, self.memory):
            try:
                answers.append(ask(journal))
            except Refused as no:
                answers.append(type(no))
        return answers

    def append(self, log, wrong, count, key, work):
        def ask(journal):
            done = journal.append(
                log, journal.head(log) + wrong, notes(*["n"] * count), ANNA,
                client_key=key, work=work,
            )  # fmt: skip
            return done.first_seq, done.last_seq, done.repeated

        one, other = self.both(ask)
        assert one == other

    @rule(
        log=LOGS,
        wrong=st.sampled_from([0, 0, 0, 0, -1, 1]),
        count=st.integers(0, 3),
        key=st.sampled_from([None, None, "c1", "c2"]),
        due=st.none() | st.dictionaries(KEYS, MINUTES),
    )
    def append_facts(self, log, wrong, count, key, due):
        at = None if due is None else {k: T0 + timedelta(minutes=m) for k, m in due.items()}
        self.append(log, wrong, count, key, Work(due=at))

    @rule(log=LOGS, key=KEYS, holder=HOLDERS, fence=st.integers(1, 4), minutes=MINUTES)
    def take(self, log, key, holder, fence, minutes):
        until = T0 + timedelta(minutes=minutes)
        lease = Lease(log=log, key=key, holder=holder, fence=fence, until=until)
        self.append(log, 0, 1, None, Work(take=lease))

    @rule(log=LOGS, key=KEYS, holder=HOLDERS, fence=st.integers(1, 4))
    def record_held(self, log, key, holder, fence):
        lease = Lease(log=log, key=key, holder=holder, fence=fence, until=T0)
        self.append(log, 0, 1, None, Work(held=lease))

    @rule(log=LOGS, key=KEYS, holder=HOLDERS, fence=st.integers(1, 4), minutes=MINUTES)
    def renew(self, log, key, holder, fence, minutes):
        lease = Lease(log=log, key=key, holder=holder, fence=fence, until=T0)
        one, other = self.both(lambda j: j.renew(lease, T0 + timedelta(minutes=minutes)))
        assert one == other

    @rule()
    def time_passes(self):
        self.clock.sleep(60)

    @rule()
    def open_again(self):
        self.store.close()
        self.store = open_plain(self.home, clock=self.clock)

    @invariant()
    def the_same_can_be_read(self):
        for log in ("a", "b"):
            assert self.store.head(log) == self.memory.head(log)
        now = self.clock.now()
        one, other = self.both(lambda j: (j.due(now, 9), j.next_due(), j.logs(), j.grown(0)[1]))
        assert one == other
        self.what_has_grown_was_told()
        check_journal(self.store)

    def what_has_grown_was_told(self):
        for n, journal in enumerate((self.store, self.memory)):
            self.marks[n], heads = journal.grown(self.marks[n])
            self.heads[n].update(heads)
            assert self.heads[n] == journal.grown(0)[1]

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


TestBoth = Both.TestCase
TestBoth.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_same_on_a_server(postgres_url):
    import psycopg

    class OnServer(Both):
        def empty_place(self) -> str:
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                admin.execute("DROP SCHEMA public CASCADE")
                admin.execute("CREATE SCHEMA public")
            return postgres_url

    few = settings(TestBoth.settings, max_examples=8, stateful_step_count=15)
    run_state_machine_as_test(OnServer, settings=few)
