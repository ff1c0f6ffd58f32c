"""How far a system is on its way back, as one screen and as data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tocsin import wiring
from tocsin.desk.recovery.standing import Standing, standings
from tocsin.facts import Refused, Unreachable
from tocsin.facts.recovery import Passing, share_words
from tocsin.facts.runs import Effect
from tocsin.facts.spelt import spelt

MARKS = {Passing.PASSED: "passed", Passing.FAILED: "FAILED", Passing.UNDETERMINED: "open"}
WIDTH = 110


def as_text(found: list[Standing]) -> str:
    """One screen: what is shown, what is asked, and the next command."""
    return "\n\n".join("\n".join(_lines(one)) for one in found) or "this incident names no system"


def as_data(one: Standing) -> dict[str, object]:
    """The same, as data."""
    gate = one.gated.gate if one.gated is not None else None
    return {
        "system": one.system,
        "gate": None if gate is None else gate.place,
        "gate_sha256": None if gate is None else gate.fact.digest,
        "passed_in": None if one.gated is None else one.gated.incident,
        "candidate": one.candidate or None,
        "baseline": None if gate is None else gate.fact.baseline,
        "criteria": [
            {
                "criterion": name,
                "result": None if seen is None else seen.fact.result.value,
                "said": None if seen is None else seen.fact.said,
            }
            for name, seen in one.measured
        ],
        "stage": one.stage if gate is not None else None,
        "stages": [] if gate is None else [share_words(share) for share in gate.fact.shares],
        "obstacles": [{"what": ob.what, "said": ob.said, "failed": ob.failed}
                      for ob in one.obstacles],
        "shortcuts": [
            {"skipped": cut.fact.skipped, "by": cut.who, "until": cut.fact.expires_at,
             "because": cut.fact.because}
            for cut in one.shortcuts
        ],
        "waits_for_approval": list(one.waits),
        "is_back": one.is_back,
        "next": one.next,
    }  # fmt: skip


def back_lines(opened: wiring.Opened, log: str, name: str) -> list[str]:
    """How far the systems of an incident are on their way back, for one who has little time.

    Nothing where nothing was stopped and no gate stands; nor where the register is lost.
    """
    try:
        known, found = opened.desk.known(log), standings(opened.desk, log)
    except (Refused, Unreachable):
        return []
    orders = [order for run in known.runs.by_id.values() for order in run.orders.values()]
    stopped = any(order.fact.effect is Effect.STOP for order in orders)
    return [line for one in found for line in _short(one, name, stopped=stopped)]


def _short(one: Standing, name: str, *, stopped: bool) -> Iterator[str]:
    if one.gated is None:
        if stopped:
            yield f"no gate was registered for {one.system}: it comes back unproven"
        return
    for cut in one.shortcuts:
        yield (
            f"SHORTCUT around {cut.fact.skipped} until {cut.fact.expires_at:%d %b %H:%M} UTC, "
            f"signed by {cut.who}"
        )
    if one.is_back:
        yield f"{one.system} is back: {_shown(one)}"
    elif one.here:
        left = f"{len(one.obstacles)} things are asked first" if one.obstacles else "it may begin"
        stage = f"stage {one.stage} of {one.gated.gate.stages}"
        yield f"{one.system}: {stage}, {left}: tocsin recovery status {name}"
    else:
        yield f"{one.system} comes back through the gate of incident {one.gated.incident}"


def _lines(one: Standing) -> Iterator[str]:
    if one.gated is None:
        yield f"{one.system}: NO GATE WAS REGISTERED; it comes back without showing anything"
        yield f"next      {one.next}"
        return
    gate = one.gated.gate
    if not one.here:
        yield (
            f"{one.system}: comes back through the gate of incident {one.gated.incident}, "
            "registered last"
        )
        yield f"next      {one.next}"
        return
    stands = " (it stands for every incident)" if one.standing else ""
    yield f"{one.system}: {_where(one)}"
    yield (
        f"gate      registered {gate.at:%Y-%m-%d %H:%M} UTC by {gate.who}, against version "
        f"{gate.fact.baseline}{stands}"
    )
    yield f"candidate {spelt(one.candidate) or 'none was measured yet'}"
    for name, seen in one.measured:
        mark = "open" if seen is None else MARKS[seen.fact.result]
        said = "not measured yet" if seen is None else seen.fact.said
        yield from _wrapped(f"  {mark:8}", f"{name}: {said}")
    if one.turn is not None:
        yield f"stage     {_turn(one)}"
    shown = {f"{name}: " for name, _ in one.measured}
    for ob in one.obstacles:
        if not any(ob.said.startswith(prefix) for prefix in shown):
            yield from _wrapped("asked     ", ob.said)
    for cut in one.shortcuts:
        yield from _wrapped(
            "SHORTCUT  ",
            f"{cut.fact.skipped} is skipped until {cut.fact.expires_at:%Y-%m-%d %H:%M} UTC, signed "
            f"by {cut.who}: {cut.fact.because}",
        )
    yield from _wrapped("next      ", one.next or _patience(one))


def _where(one: Standing) -> str:
    assert one.gated is not None
    gate = one.gated.gate
    if one.is_back:
        return f"BACK: {_shown(one)}"
    shares = " -> ".join(
        f"[{share_words(share)}]" if place == one.stage else share_words(share)
        for place, share in enumerate(gate.fact.shares, start=1)
    )
    return f"on its way back: {shares}"


def _shown(one: Standing) -> str:
    unwatched = any(cut.fact.skipped.startswith("watch ") for cut in one.shortcuts)
    return f"every stage was served{', and not each was watched' if unwatched else ' and watched'}"


def _turn(one: Standing) -> str:
    assert one.turn is not None
    turn = one.turn
    share = share_words(turn.fact.share)
    begun = f"{turn.fact.stage} ({share}) begun {turn.at:%Y-%m-%d %H:%M} UTC by {turn.who}"
    if turn.ended is not None:
        return f"{begun}; its watch {MARKS[turn.ended.result]}: {spelt(turn.ended.because)}"
    if turn.watch is not None:
        return f"{begun}; watched until {turn.watch.until:%Y-%m-%d %H:%M} UTC"
    return f"{begun}; not yet seen to be served"


def _patience(one: Standing) -> str:
    if one.turn is not None and one.turn.watch is not None and one.turn.ended is None:
        return f"wait for the watch until {one.turn.watch.until:%Y-%m-%d %H:%M} UTC"
    return "nothing: it is back"


def _wrapped(head: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(spelt(text), WIDTH - len(head)) or [""]
    yield head + lines[0]
    yield from (" " * len(head) + line for line in lines[1:])
