"""How signals are shown: a line each, one explained, and what a body would do."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.cli.frame.screen import Answer
from tocsin.facts import Fact
from tocsin.facts.deliveries import Delivery
from tocsin.facts.signals import SignalTaken, TriageOpened, Went
from tocsin.incident.words_signal import went
from tocsin.register.inbound import SignalPolicy
from tocsin.signals.model import Reading
from tocsin.signals.taken import Seen, Taken

_WOULD = {
    Went.OPENED: "it would open an incident",
    Went.JOINED: "it would join incident",
    Went.TRIAGE: "it would wait in triage as",
    Went.KEPT: "it would be kept, and nobody told",
    Went.ECHO: "it would be kept as an echo of",
}


def line(seen: Seen) -> str:
    """One signal on one line."""
    fact = seen.fact
    return (
        f"{seen.at:%d %b %H:%M:%S}  {fact.signal}  {fact.state.value:9} {fact.urgency.value:8} "
        f"{fact.source}: {fact.summary}  -> {went(fact)}"
    )


def plain(seen: Seen) -> dict[str, object]:
    """One signal as data."""
    made: dict[str, object] = msgspec.to_builtins(seen.fact)
    return made | {"decided_at": seen.at}


def explained(seen: Seen) -> str:
    """Why one signal went where it did."""
    fact = seen.fact
    claimed = (
        "says nothing of when"
        if fact.claimed_at is None
        else (f"says since {fact.claimed_at:%Y-%m-%d %H:%M:%S} UTC")
    )
    skew = "; ITS CLOCK DIFFERS FROM OURS" if fact.skewed else ""
    proven = "proven" if fact.proven else "NOT PROVEN"
    return "\n".join(
        [
            f"{fact.signal}  {seen.at:%d %b %H:%M:%S}  {fact.source} ({proven}): {fact.summary}",
            f"  went        {went(fact)}",
            f"  because     {fact.because}",
            f"  rule        {fact.rule}",
            f"  says        {fact.state.value}, {fact.urgency.value}; {claimed}{skew}",
            f"  systems     {', '.join(fact.systems) or 'none of the register'}",
            f"  body        place {fact.place} of the inbox, SHA-256 {fact.digest[:16]}",
        ]
    )


def of_delivery(delivery: Delivery, found: Sequence[Seen], *, decided: bool) -> Answer:
    """What came at a place, and what became of each of its signals."""
    times = f", and {delivery.times - 1} times again" if delivery.times > 1 else ""
    proven = "proven" if delivery.proven else "NOT PROVEN"
    gone = "; its body was destroyed" if delivery.body is None else ""
    lines = [
        f"place {delivery.place}: {delivery.format} of {delivery.source} ({proven}), "
        f"{delivery.size} bytes, {delivery.received_at:%Y-%m-%d %H:%M:%S} UTC{times}{gone}"
    ]
    if not decided:
        lines.append("  it is not decided yet; that is done by: tocsin work")
    elif not delivery.readable:
        lines.append("  it could not be read, and waits in triage: tocsin triage list")
    for seen in found:
        first = seen.fact.place
        new = (
            "this is where it was said"
            if first == delivery.place
            else (f"said nothing new: decided at place {first}")
        )
        lines += [explained(seen), f"  here        {new}"]
    return Answer(
        data={
            "place": delivery.place,
            "format": delivery.format,
            "source": delivery.source,
            "proven": delivery.proven,
            "digest": delivery.digest,
            "received_at": delivery.received_at,
            "times": delivery.times,
            "readable": delivery.readable,
            "decided": decided,
            "signals": [plain(one) for one in found],
        },
        text="\n".join(lines),
    )


def would_do(reading: Reading, facts: Sequence[Fact]) -> Answer:
    """What a body would do, were it to come now."""
    new = [one for one in facts if isinstance(one, SignalTaken)]
    items = [one for one in facts if isinstance(one, TriageOpened)]
    lines = []
    for one in new:
        where = f" {one.into}" if one.went in (Went.JOINED, Went.TRIAGE, Went.ECHO) else ""
        lines += [
            f"{one.summary}  ({one.state.value}, {one.urgency.value})",
            f"  {_WOULD[one.went]}{where}: {one.because}",
            f"  rule {one.rule}; systems: {', '.join(one.systems) or 'none of the register'}; "
            f"a plan may name it in its triggers: {one.rule.partition('@')[0]}"
            + (f", or {one.name}" if one.name else ""),
        ]
    said_again = len(reading.signals) - len(new)
    if said_again:
        lines.append(f"{said_again} of its signals say nothing new, and would only be counted")
    return Answer(
        data={
            "mistakes": [],
            "signals": [msgspec.to_builtins(one) for one in new],
            "triage": [msgspec.to_builtins(one) for one in items],
            "nothing_new": said_again,
        },
        text="\n".join(lines) or "it carries no signal",
    )


def overview(taken: Taken, policy: SignalPolicy, last: int, repeated: int) -> Answer:
    """How much came and was decided, and by which rules."""
    waiting = max(0, last - taken.cursor)
    rules = [
        f"  {one.name}: {one.does.value}, by {', '.join(one.group_by)}, within "
        f"{one.within_minutes} min"
        for one in policy.all_rules
    ]
    lines = [
        f"{taken.deliveries} deliveries decided; {waiting} wait to be decided"
        + ("; is `tocsin work` running?" if waiting else ""),
        f"{len(taken.signals)} different signals; {taken.repeats} times nothing new was said; "
        f"{taken.unreadable} deliveries could not be read; {repeated} came again",
        f"{len(taken.waiting)} wait in triage: tocsin triage list",
        f"what nothing proves: {policy.unproven.value}; people without a name: "
        f"{'yes' if policy.anonymous else 'no'}; a minute: {policy.a_minute} from one source, "
        f"{policy.in_all} from all, {policy.unproven_a_minute} unproven",
        f"rules {policy.version}:",
        *rules,
    ]
    return Answer(
        data={
            "deliveries": taken.deliveries,
            "waiting": waiting,
            "signals": len(taken.signals),
            "repeats": taken.repeats,
            "unreadable": taken.unreadable,
            "came_again": repeated,
            "triage": len(taken.waiting),
            "cursor": taken.cursor,
            "policy": msgspec.to_builtins(policy),
            "rules": policy.version,
        },
        text="\n".join(lines),
    )
