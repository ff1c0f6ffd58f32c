"""Evidence is gathered beside the stop: all producers at once, each within the time that is left.

Nothing that a producer does holds up the others or the worker: one that hangs, raises or gives too
little is an item that is not sufficient, with what is missing. Nothing is believed because a
producer says so: no bytes are never enough, nor are fewer things than were asked for.
"""

from __future__ import annotations

import io
import queue
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.acting.attempt import recordable
from tocsin.facts import ConnectorError, Fact
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.gates import EvidenceSealed
from tocsin.playbook.begun import SealRecord
from tocsin.register.model import Register
from tocsin.world import Clock, Produced, Producer, Vault, World

OWN_LOG = "log"
"""What a system's evidence names where its own inference log holds the item."""

RESERVE_MOST = 1.0
"""Seconds before the end in which what did not come is written down, with the reason."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One item to be had from one producer. `producer` None: nothing is set up under that name."""

    item: str
    name: str
    producer: Producer | None


def wanted_of(
    world: World, register: Register, systems: Sequence[str], items: Sequence[str]
) -> dict[str, list[Wanted]]:
    """Where each item comes from, in every system of the incident that declares it."""
    found: dict[str, list[Wanted]] = {item: [] for item in items}
    for system in systems:
        declared = register.systems[system].evidence if system in register.systems else {}
        for item in items:
            if item in declared:
                name = declared[item]
                place = log_producer(system) if name == OWN_LOG else name
                one = Wanted(item=item, name=place, producer=world.producers.get(place))
                if one not in found[item]:
                    found[item].append(one)
    return found


def log_producer(system: str) -> str:
    """Under which name the world holds the producer that reads a system's own log."""
    return f"{OWN_LOG}/{system}"


def gathered(
    wanted: Mapping[str, Sequence[Wanted]], clock: Clock, until: datetime
) -> Iterator[tuple[str, list[Produced]]]:
    """Each item with what its producers gave, as soon as all of them have answered or time is up.

    Every item comes once. What is not there at `until` comes as insufficient.
    """
    left = (until - clock.now()).total_seconds()
    deadline = until - timedelta(seconds=max(0.0, min(RESERVE_MOST, left / 10)))
    came: queue.SimpleQueue[tuple[Wanted, Produced]] = queue.SimpleQueue()
    results: dict[str, list[Produced]] = {item: [] for item in wanted}
    running: dict[str, list[Wanted]] = {item: list(ones) for item, ones in wanted.items()}
    for item, ones in wanted.items():
        for one in ones:
            _begin(one, max(0.0, (deadline - clock.now()).total_seconds()), came)
        if not ones:
            yield item, [_nothing(item, "nobody", _undeclared(item))]
    waiting = {item for item, ones in running.items() if ones}
    while waiting:
        try:
            one, produced = came.get(timeout=max(0.0, (deadline - clock.now()).total_seconds()))
        except queue.Empty:
            break
        results[one.item].append(produced)
        running[one.item].remove(one)
        if not running[one.item]:
            waiting.remove(one.item)
            yield one.item, results[one.item]
    for item in sorted(waiting):
        late = [_nothing(item, one.name, "no answer within the time") for one in running[item]]
        yield item, [*results[item], *late]


def sealed_facts(vault: Vault, seal: SealRecord, produced: Sequence[Produced]) -> list[Fact]:
    """The facts about one item; its bytes are in the vault when this returns.

    What is not enough stands last, so that one short producer keeps the item short.
    """
    found: list[Fact] = []
    for one in sorted(produced, key=lambda one: not one.sufficient):
        stored = vault.put(io.BytesIO(one.data)) if one.data else None
        because = f"evidence {one.item}, secured by step {seal.fact.step} of {seal.fact.run}"
        if stored is not None:
            acquired = EvidenceAcquired(
                digest=stored.digest,
                size=stored.size,
                name=recordable(one.name) or one.item,
                source=recordable(one.producer),
                because=because,
            )
            found.append(acquired)
        sealed = EvidenceSealed(
            run=seal.fact.run,
            step=seal.fact.step,
            item=one.item,
            producer=recordable(one.producer),
            digest=stored.digest if stored else None,
            size=stored.size if stored else 0,
            count=max(0, one.count),
            wanted=max(0, one.wanted),
            sufficient=one.sufficient,
            why=recordable(one.why),
        )
        found.append(sealed)
    return found


def judged(wanted: Wanted, produced: Produced) -> Produced:
    """What a producer gave, not sufficient where it cannot be, whatever the producer says."""
    told = f" ({produced.why})" if produced.why else ""
    if produced.item != wanted.item:
        doubt = f"{wanted.item} was asked for, and {produced.item} came{told}"
    elif not produced.data:
        doubt = f"nothing came: 0 bytes{told}"
    elif produced.count < produced.wanted:
        doubt = f"{produced.count} of {produced.wanted} came{told}"
    else:
        return produced
    return msgspec.structs.replace(produced, item=wanted.item, sufficient=False, why=doubt)


def _begin(one: Wanted, seconds: float, came: queue.SimpleQueue[tuple[Wanted, Produced]]) -> None:
    """Ask one producer in a thread of its own, which is left behind if it never comes back."""
    if one.producer is None:
        why = f"nothing is set up here under {one.name}; add it to the register, or name another"
        came.put((one, _nothing(one.item, one.name, why)))
        return
    thread = threading.Thread(target=_ask, args=(one, seconds, came), daemon=True)
    thread.start()


def _ask(one: Wanted, seconds: float, came: queue.SimpleQueue[tuple[Wanted, Produced]]) -> None:
    answer = _nothing(one.item, one.name, "its producer broke off")
    try:
        assert one.producer is not None
        answer = judged(one, one.producer.produce(one.item, seconds))
    except ConnectorError as error:
        answer = _nothing(one.item, one.name, str(error))
    finally:
        # An error of our own goes on to the thread's end, where it is shown with its place.
        bug = sys.exception()
        if bug is not None:
            answer = _nothing(one.item, one.name, f"{type(bug).__name__}: {bug}")
        came.put((one, answer))


def _nothing(item: str, producer: str, why: str) -> Produced:
    return Produced(
        item=item, producer=producer, name=item, data=b"", count=0, wanted=1, sufficient=False,
        why=why,
    )  # fmt: skip


def _undeclared(item: str) -> str:
    return (
        f"no system of this incident says where {item} comes from; write it in the register: "
        f'evidence = {{ {item} = "INTEGRATION" }}'
    )
