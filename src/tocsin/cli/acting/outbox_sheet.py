"""The outbox for a screen and for scripts: how each write outside stands, and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.playbook import OrderStanding
from tocsin.playbook.outbox import Breaker, Write, WriteState

WHY_MAX = 160


def write_plain(write: Write) -> dict[str, object]:
    """One write, as data."""
    order, fact = write.order, write.order.fact
    return {
        "key": write.key,
        "incident": write.log.removeprefix(INCIDENT_PREFIX),
        "run": write.run,
        "order": order.seq,
        "step": fact.step,
        "state": write.state.value,
        "through": fact.connector,
        "target": fact.target,
        "wanted": fact.wanted,
        "object": write.object,
        "revision": write.revision,
        "waits_for": write.after,
        "attempts": order.attempts,
        "attempts_max": order.attempts_max,
        "ordered_at": order.at.isoformat(),
        "stands_since": order.stands_since.isoformat(),
        "next_at": _next_at(write),
        "why": order.held or order.why,
        "may_have_acted": order.may_have_acted,
        "reference": order.reference or None,
        "written": order.written or None,
    }


def breaker_plain(one: Breaker) -> dict[str, object]:
    """An integration that is left alone, as data."""
    return {
        "through": one.connector,
        "until": one.until.isoformat(),
        "times": one.times,
        "why": one.why,
    }


def lines(writes: Sequence[Write], open_: Sequence[Breaker], names: dict[str, str]) -> list[str]:
    """The outbox, a line each; what needs somebody has its next step below it.

    Args:
        names: the short names of incidents.
    """
    found = [
        f"{one.connector} does not answer, {one.times} times by now; nothing is asked of it until "
        f"{_clock(one.until)}: {_short(one.why)}"
        for one in open_
    ]
    for write in writes:
        name = names.get(write.log, write.log.removeprefix(INCIDENT_PREFIX))
        found.append(line(write, name))
        found += [f"        {step}" for step in next_steps(write, name)]
    return found


def line(write: Write, name: str) -> str:
    """One write on one line."""
    order, fact = write.order, write.order.fact
    what = f"{name} {order.seq:<5} {write.state.value:<9} {fact.connector}: {fact.target}"
    revision = f" (revision {write.revision} of {write.object})" if fact.object else ""
    return f"{what} {_wanted(fact.wanted)}{revision}{_how(write)}"


def next_steps(write: Write, name: str) -> list[str]:
    """The commands among which a person chooses; none where nobody is needed."""
    seq = write.order.seq
    retry = f"tocsin outbox retry {name} {seq} --because '...'"
    done = f"tocsin outbox done {name} {seq} --reference REF --because '...'"
    drop = f"tocsin outbox drop {name} {seq} --because '...'"
    if write.order.held is not None:
        return [f"next: tocsin outbox release {name} {seq} --because '...'  or: {drop}"]
    if write.order.standing is OrderStanding.UNKNOWN:
        return [f"look there; it is there: {done}", f"it is not there: {retry}  or: {drop}"]
    if write.state is WriteState.DEAD:
        return [f"next: {retry}", f"or: {done}  or: {drop}"]
    return []


def _how(write: Write) -> str:
    order, state = write.order, write.state
    if state is WriteState.DONE:
        return f", {_clock(order.stands_since)}" + (
            f", as {order.reference}" * bool(order.reference)
        )
    tried = f", {order.attempts} of {order.attempts_max} attempts" if order.attempts else ""
    why = order.held or order.why
    told = f": {_short(why)}" if why else ""
    if state is WriteState.IN_DOUBT:
        return f"{tried}, looked for {order.looks} times, next at {_clock(order.since)}{told}"
    if write.after is not None:
        return f"{tried}, after action {write.after}"
    if state is WriteState.PENDING and order.standing is OrderStanding.READY and order.attempts:
        return f"{tried}, next at {_clock(order.since)}{told}"
    if state is WriteState.PENDING and order.standing is not OrderStanding.READY:
        return f", {order.standing.value}"
    return f"{tried}{told}"


def _next_at(write: Write) -> str | None:
    going = (OrderStanding.READY, OrderStanding.OPEN)
    waits = write.order.standing not in going or write.order.held is not None
    return None if waits or write.after is not None else write.order.since.isoformat()


def _wanted(wanted: str) -> str:
    verb, colon, digest = wanted.partition(":")
    return f"{verb} {digest[:12]}" if colon and len(digest) == 64 else wanted


def _short(why: str) -> str:
    words = " ".join(why.split())
    return words if len(words) <= WHY_MAX else words[: WHY_MAX - 3] + "..."


def _clock(at: datetime) -> str:
    return f"{at:%d %b %H:%M:%S} UTC"
