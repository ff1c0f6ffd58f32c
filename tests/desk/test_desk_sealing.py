"""Producers that hang, lie, raise or give too little hold up nobody; what is sealed stays so."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import msgspec
import pytest

from desk_register import ASSISTANT, OTHER, REGISTER, adopted
from desk_world import BY_ANA, LOG, NOON, ending, facts, opened, path, world_of
from tocsin.desk import Worker, Writer, run_until_idle
from tocsin.desk.plans.runs import start_run
from tocsin.facts import ConnectorError, Unreachable
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.gates import EvidenceSealed
from tocsin.register.model import Register
from tocsin.world import Produced, Producer

PLAN = """
plan: keep
version: 1
title: Keep what happened
steps:
  keep: {seal: [model, requests], budget: BUDGET, next: done, on_insufficient: lost}
  done: {end: completed}
  lost: {end: failed}
"""


class Source:
    """A producer that gives what it is told to, and counts how often it was asked."""

    def __init__(self, data: bytes = b"bytes", **other: object) -> None:
        self.data, self.other, self.asked = data, other, list[str]()

    def produce(self, item: str, seconds: float) -> Produced:
        self.asked.append(item)
        made = Produced(
            item=item, producer="source", name=f"{item}.json", data=self.data, count=2, wanted=2,
            sufficient=True, why="read again at its source",
        )  # fmt: skip
        return msgspec.structs.replace(made, **self.other)


class Hangs:
    """A producer that does not come back until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def produce(self, item: str, seconds: float) -> Produced:
        self.let_go.wait(60)
        raise ConnectorError("at last", may_have_acted=False)


class Raises:
    """A producer that fails as outside systems do, or as programs do."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def produce(self, item: str, seconds: float) -> Produced:
        raise self.error


def sealing(
    producers: Mapping[str, Producer],
    budget: str = "60s",
    register: Register = REGISTER,
    systems: tuple[str, ...] = ("assistant",),
) -> Writer:
    world = msgspec.structs.replace(world_of({}), producers=producers)
    desk = adopted(Writer(world), register)
    opened(world, systems=systems)
    start_run(desk, LOG, PLAN.replace("BUDGET", budget).encode(), BY_ANA)
    return desk


def seals(desk: Writer) -> dict[str, EvidenceSealed]:
    return {fact.item: fact for fact in facts(desk.world, EvidenceSealed)}


def test_each_item_is_in_the_vault_with_its_custody_and_its_verdict() -> None:
    model, log = Source(b"weights"), Source(b"rows", count=500, wanted=500)
    desk = sealing({"registry": model, "log/assistant": log})
    run_until_idle(desk.world)
    assert path(desk.world) == [("keep", "sealed")] and ending(desk.world) == "completed"
    found = seals(desk)
    assert found["model"].digest == sha256_hex(b"weights") and found["model"].size == 7
    assert (found["requests"].count, found["requests"].wanted) == (500, 500)
    taken = {fact.digest for fact in facts(desk.world, EvidenceAcquired)}
    assert (
        taken == {one.digest for one in found.values()} == set(desk.world.vault.digests()) & taken
    )
    assert (model.asked, log.asked) == (["model"], ["requests"])


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Source(b""), "0 bytes"),
        (Source(count=1), "1 of 2 came"),
        (Source(item="moon"), "moon came"),
        (Source(sufficient=False, why="its digest changed while it was read"), "digest changed"),
        (Raises(ConnectorError("registry: 500", may_have_acted=False)), "registry: 500"),
        (None, "nothing is set up here under registry"),
    ],
)
def test_what_is_not_enough_says_what_is_missing_and_spoils_no_other(
    bad: Producer | None, why: str
) -> None:
    producers = {"log/assistant": Source()} | ({"registry": bad} if bad else {})
    desk = sealing(producers)
    run_until_idle(desk.world)
    found = seals(desk)
    assert not found["model"].sufficient and why in found["model"].why
    assert found["requests"].sufficient
    assert path(desk.world) == [("keep", "insufficient")]


def test_what_is_short_is_kept_all_the_same() -> None:
    desk = sealing({"registry": Source(b"half", count=1), "log/assistant": Source()})
    run_until_idle(desk.world)
    assert seals(desk)["model"].digest == sha256_hex(b"half")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_producer_is_an_item_that_is_missing() -> None:
    desk = sealing({"registry": Raises(ZeroDivisionError("oh")), "log/assistant": Source()})
    run_until_idle(desk.world)
    found = seals(desk)
    assert "ZeroDivisionError: oh" in found["model"].why and found["requests"].sufficient


def test_a_producer_that_hangs_costs_the_budget_and_no_more() -> None:
    hangs = Hangs()
    desk = sealing({"registry": hangs, "log/assistant": Source()}, budget="1s")
    run_until_idle(desk.world, until=NOON)
    found = seals(desk)
    hangs.let_go.set()
    assert found["requests"].sufficient and "within the time" in found["model"].why
    assert path(desk.world) == [("keep", "insufficient")]


def test_an_item_that_no_system_declares_says_where_to_write_it() -> None:
    bare = msgspec.structs.replace(ASSISTANT, evidence={"requests": "log"})
    register = msgspec.structs.replace(REGISTER, systems={"assistant": bare})
    desk = sealing({"log/assistant": Source()}, register=register)
    run_until_idle(desk.world)
    assert 'evidence = { model = "INTEGRATION" }' in seals(desk)["model"].why


def test_every_system_of_the_incident_gives_its_part_and_the_shortest_counts() -> None:
    other = msgspec.structs.replace(OTHER, evidence={"model": "second"})
    register = msgspec.structs.replace(REGISTER, systems={"assistant": ASSISTANT, "other": other})
    producers = {"registry": Source(), "log/assistant": Source(), "second": Source(b"")}
    desk = sealing(producers, register=register, systems=("assistant", "other"))
    run_until_idle(desk.world)
    both = [fact.sufficient for fact in facts(desk.world, EvidenceSealed) if fact.item == "model"]
    assert both == [True, False] and path(desk.world) == [("keep", "insufficient")]


class Killed(BaseException):
    """The process is gone."""


def test_killed_in_the_middle_what_is_sealed_stays_and_the_rest_is_done_again() -> None:
    model, log = Source(b"weights"), Hangs()
    desk = sealing({"registry": model, "log/assistant": log}, budget="60s")
    append = desk.world.journal.append

    def killing(*args: object, **named: object) -> object:
        done = append(*args, **named)  # type: ignore[arg-type]
        if any(isinstance(draft.fact, EvidenceSealed) for draft in args[2]):  # type: ignore[attr-defined]
            raise Killed
        return done

    desk.world.journal.append = killing  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        Worker(desk.world, name="first").serve()
    log.let_go.set()
    desk.world.journal.append = append  # type: ignore[method-assign]
    world = msgspec.structs.replace(
        desk.world, producers={"registry": model, "log/assistant": Source(b"rows")}
    )
    desk.world.clock.sleep(31)  # the lease of the dead runs out, within the budget
    run_until_idle(world)
    assert model.asked == ["model"], "what was sealed is not asked for again"
    assert path(world) == [("keep", "sealed")]
    assert len(facts(world, EvidenceSealed)) == 2


def test_an_answer_of_the_record_that_was_lost_seals_nothing_twice() -> None:
    desk = sealing({"registry": Source(b"weights"), "log/assistant": Source(b"rows")})
    append, lost = desk.world.journal.append, [0]

    def losing(*args: object, **named: object) -> object:
        done = append(*args, **named)  # type: ignore[arg-type]
        if not lost[0] and any(isinstance(d.fact, EvidenceSealed) for d in args[2]):  # type: ignore[attr-defined]
            lost[0] += 1
            raise Unreachable("the answer was lost")
        return done

    desk.world.journal.append = losing  # type: ignore[method-assign, assignment]
    run_until_idle(desk.world)
    assert lost == [1] and path(desk.world) == [("keep", "sealed")]
    items = [fact.item for fact in facts(desk.world, EvidenceSealed)]
    assert sorted(items) == ["model", "requests"]


def test_without_a_worker_until_the_end_it_is_insufficient_and_goes_on() -> None:
    desk = sealing({"registry": Source(), "log/assistant": Source()})
    desk.world.clock.sleep(61)
    run_until_idle(desk.world)
    assert path(desk.world) == [("keep", "insufficient")] and ending(desk.world) == "failed"
