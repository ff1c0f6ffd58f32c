"""Each step of a write may fail, before it is done or after, and the record stays whole."""

import threading

import pytest
import sqlalchemy.exc

from journal_checks import ANNA, T0, check_journal, notes, open_plain
from tocsin.facts import Conflict, Unreachable
from tocsin.world import State, Work


class Fault:
    """Makes step number `at` of the next write fail, before it is done or after."""

    def __init__(self, store, at: int, *, persisted: bool) -> None:
        self._at, self._persisted, self.steps, self.fired = at, persisted, 0, False
        self._dialect = store.database.writer.dialect
        self._real = {}
        for name in ("do_execute", "do_executemany", "do_execute_no_params", "do_commit"):
            self._wrap(self._dialect, name)
        for name in ("ask", "put", "_say", "_ask"):  # what goes straight to the driver
            if hasattr(store.database, name):
                self._wrap(store.database, name)

    def _wrap(self, where, name):
        self._real[name] = where, getattr(where, name)
        setattr(where, name, self._wrapped(name))

    def _wrapped(self, name):
        def step(*args, **kwargs):
            self.steps += 1
            if self.steps - 1 != self._at:
                return self._real[name][1](*args, **kwargs)
            self.fired = True
            if self._persisted:
                self._real[name][1](*args, **kwargs)
            raise self._dialect.dbapi.OperationalError("disk I/O error")

        return step

    def end(self) -> None:
        for name, (where, real) in self._real.items():
            setattr(where, name, real)


@pytest.mark.parametrize("persisted", [False, True], ids=["failing", "failing-but-persisted"])
def test_every_step_of_a_write_may_fail(opener, persisted):
    """Nothing is acknowledged, nothing half written; a repeat under the same key is safe."""
    store = opener()
    store._background.stop()  # the tree grows on demand
    store.append("a", 0, notes("first"), ANNA, work=Work(due={"k": T0}))
    check_journal(store)
    reached, at, rounds = True, 0, 0
    while reached:
        head = store.head("a")
        fault = Fault(store, at, persisted=persisted)
        try:
            store.append(
                "a", head, notes(f"n{at}", "and more"), ANNA, client_key=f"c{at}",
                work=Work(due={"k": T0, f"k{at}": T0}),
            )  # fmt: skip
        except (Unreachable, sqlalchemy.exc.SQLAlchemyError) as bad:
            assert isinstance(bad, Unreachable), bad
        finally:
            fault.end()
        reached = fault.fired
        after = store.head("a")
        assert after in (head, head + 2)
        check_journal(store)
        repeat = store.append(
            "a", head, notes(f"n{at}", "and more"), ANNA, client_key=f"c{at}",
            work=Work(due={"k": T0, f"k{at}": T0}),
        )  # fmt: skip
        assert repeat.repeated == (after == head + 2)
        if reached and not persisted:
            assert after == head
        assert (repeat.first_seq, repeat.last_seq) == (head + 1, head + 2)
        assert {d.key for d in store.due(T0, 9)} == {"k", f"k{at}"}
        check_journal(store)
        at, rounds = at + 1, rounds + reached
    # On a file: begin, heads, key, work, entries, words, keys, commit. A server is asked once.
    assert rounds == 1 if store.is_postgres else rounds > 8


@pytest.mark.parametrize("persisted", [False, True], ids=["failing", "failing-but-persisted"])
def test_every_step_of_an_integration_may_fail(postgres_url, persisted):
    store = open_plain(postgres_url)
    store._background.stop()
    reached, at = True, 0
    while reached:
        store.append("a", store.head("a"), notes("x", "y"), ANNA)
        fault = Fault(store, at, persisted=persisted)
        try:
            store.integrate()
        except Unreachable:
            pass
        finally:
            fault.end()
        reached = fault.fired
        check_journal(store)
        at += 1
    assert at > 5
    store.close()


def test_a_signature_that_fails_leaves_nothing_behind(opener):
    """The key is in another's hands, and may be away."""
    away = {"is": True}

    def sign(size, root):
        if away["is"]:
            raise Unreachable("the key is away")
        from journal_checks import signed

        return signed(size, root)

    store = opener(sign_checkpoint=sign)
    if store.is_postgres:
        assert store.append("a", 0, notes("x"), ANNA).state is State.DURABLE
        with pytest.raises(Unreachable):
            store.integrate()
        away["is"] = False
    else:
        with pytest.raises(Unreachable, match="away"):
            store.append("a", 0, notes("x"), ANNA)
        away["is"] = False
        store.append("a", 0, notes("x"), ANNA)
    with pytest.raises(Conflict):
        store.append("a", 0, notes("x"), ANNA)
    check_journal(store)


def test_an_unforeseen_fault_reaches_the_caller_and_the_next_append_works(opener):
    """Nobody hangs when the thread that writes for others dies of something nobody thought of."""
    store = opener()
    real, broken = store._appender._commit, {"is": True}

    def commit(changes):
        if broken["is"]:
            broken["is"] = False
            raise ZeroDivisionError("unforeseen")
        return real(changes)

    store._appender._commit = commit
    quiet, threading.excepthook = threading.excepthook, lambda _args: None
    try:
        with pytest.raises(ZeroDivisionError):
            store.append("a", 0, notes("x"), ANNA)
        store.append("a", 0, notes("x"), ANNA)
    finally:
        threading.excepthook = quiet
    check_journal(store)
