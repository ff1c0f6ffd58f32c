"""The check after the kills turns red at each thing that it is there to find."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from kill_story import ANA, Promises, begin, check, furnish
from kill_worker import store_at, world_at

from journal_checks import check_journal
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import By, answer
from tocsin.facts import Entry, Fact
from tocsin.facts.courses import CallBegan
from tocsin.facts.incidents import Noted
from tocsin.facts.runs import (
    Answered,
    Attempted,
    Ordered,
    Probed,
    Receipted,
    RunEnded,
    RunStarted,
    StepEnded,
)


def doubled(kind: type[Fact]) -> Callable[[list[Entry]], list[Entry]]:
    """The log with one more entry at its end, that says again what one of this kind said."""

    def change(entries: list[Entry]) -> list[Entry]:
        again = next(entry for entry in entries if isinstance(entry.fact, kind))
        return [*entries, msgspec.structs.replace(again, seq=len(entries) + 1)]

    return change


def reworded(entries: list[Entry]) -> list[Entry]:
    """The log with another note in the place of the one that was acknowledged."""
    return [
        msgspec.structs.replace(entry, fact=Noted(text="others"))
        if isinstance(entry.fact, Noted)
        else entry
        for entry in entries
    ]


def otherwise(entries: list[Entry]) -> list[Entry]:
    """The log in which the answer was another than the way that was taken."""
    return [
        msgspec.structs.replace(entry, fact=msgspec.structs.replace(entry.fact, choice="no"))
        if isinstance(entry.fact, Answered)
        else entry
        for entry in entries
    ]


def without(kind: type[Fact]) -> Callable[[list[Entry]], list[Entry]]:
    """The log without entries of this kind, numbered as if they had never been."""

    def change(entries: list[Entry]) -> list[Entry]:
        kept = [entry for entry in entries if not isinstance(entry.fact, kind)]
        return [msgspec.structs.replace(e, seq=n) for n, e in enumerate(kept, start=1)]

    return change


CHANGES = {
    "a step ordered twice": doubled(Ordered),
    "a second receipt": doubled(Receipted),
    "a second end": doubled(RunEnded),
    "a step that ended twice": doubled(StepEnded),
    "a second start": doubled(RunStarted),
    "a second look of a check": doubled(Probed),
    "a plan called twice": doubled(CallBegan),
    "no end": without(RunEnded),
    "a call without its intent": without(Attempted),
    "a lost note": without(Noted),
    "a lost answer": without(Answered),
    "a lost last entry": lambda entries: entries[:-1],
    "other words": reworded,
    "an answer not followed": otherwise,
}


def test_the_check_itself_turns_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run without kills passes; what the check is there to find, it finds."""
    furnish(tmp_path / "far")
    store = store_at(str(tmp_path))
    world = world_at(store, tmp_path / "far")
    desk, promises, far = Writer(world), Promises(), tmp_path / "far"
    begin(desk, promises)
    (log,) = promises.logs
    worker, by = Worker(world), By(author=ANA)
    while desk.run(log, "run-1").is_open:
        run_until_idle(world, worker=worker, until=world.clock.now())
        if "ask" in desk.run(log, "run-1").latest:
            promises.keep(answer(desk, log, "run-1", "ask", "yes", "w1", by), Answered, "w1")
            promises.keep(desk.record(log, lambda _: [Noted(text="w2")], ANA), Noted, "w2")
            run_until_idle(world, worker=worker)
        time.sleep(0.05)
    check(world, far, promises)
    check_journal(store)
    read = store.read
    for name, change in CHANGES.items():
        with monkeypatch.context() as patch:
            patch.setattr(store, "read", lambda log, after=0: change(read(log))[after:])  # noqa: B023
            with pytest.raises((AssertionError, ValueError)):
                check(world, far, promises)
                pytest.fail(f"{name} was not noticed")
    for kind, again in (("calls", 3), ("effects", 1)):
        before = (far / f"{kind}.jsonl").read_text()
        with (far / f"{kind}.jsonl").open("a") as file:
            file.write(before * again)
        with pytest.raises(AssertionError):
            check(world, far, promises)
        (far / f"{kind}.jsonl").write_text(before)
    check(world, far, promises)
    store.close()
