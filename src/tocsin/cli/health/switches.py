"""What `tocsin doctor` says of the switches: what lies there, and whether the record saw it so.

Somebody who changes a switch beside Tocsin, or a state put back from a copy, shows as a difference.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin import wiring
from tocsin.cli.health.finding import Finding, told
from tocsin.desk.plans.acts import last_seen
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.switch.hand import SwitchHand, stands
from tocsin.switch.state import State
from tocsin.switch.store import StateLost

_ANEW = (
    "every switch counts as off; bring back the state from a backup, or: tocsin switch begin-anew"
)


def switches(opened: wiring.Opened) -> list[Finding]:
    """How the switches of the register in force lie there, one finding an integration or more."""
    try:
        hands = wiring.switches_of(opened.in_force, opened.home)
    except Refused as bad:
        return [told("switches", bad)]
    return [one for name, hand in hands.items() for one in _of(opened, name, hand)]


def _of(opened: wiring.Opened, name: str, hand: SwitchHand) -> Iterator[Finding]:
    what = f"switches of {name}"
    if not hand.folder.is_begun():
        seen = "not served yet, so that nothing can be switched"
        yield Finding(what=what, ok=True, seen=seen, remedy="run: tocsin switch serve")
        return
    try:
        state = hand.folder.read()
    except StateLost as lost:
        yield Finding(what=what, ok=False, seen=f"the signed state is lost: {lost}", remedy=_ANEW)
        return
    except (Refused, Unreachable) as keyless:
        yield _keyless(what, keyless)
        return
    damage = hand.folder.damage()
    stands = ", ".join(f"{flag} {_word(state, flag)}" for flag in sorted(state.switches)) or "none"
    if damage:
        yield Finding(
            what=what,
            ok=False,
            seen=f"{stands}, by the copy of the last state; {damage}",
            remedy="find out who changed it; the next stop or undo of a switch writes it anew",
        )
    else:
        yield Finding(what=what, ok=True, seen=f"{stands}, in state {state.serial}, signed")
    yield from _undeclared(what, hand, state)
    yield from _as_recorded(opened, name, state)


def _keyless(what: str, why: Exception) -> Finding:
    seen = str(why).partition("; ")[0]
    return Finding(
        what=what,
        ok=False,
        seen=f"the key that signs the state cannot be used, so nothing can be switched: {seen}",
        remedy="bring back the key from a backup; else `tocsin switch serve` makes a new one: "
        "every switch is off then, and applications must be told it",
    )


def _undeclared(what: str, hand: SwitchHand, state: State) -> Iterator[Finding]:
    missing = sorted(set(hand.declared) - set(state.switches))
    if missing:
        yield Finding(
            what=what,
            ok=False,
            seen=f"declared, and not in the signed state: {', '.join(missing)}",
            remedy="start the server of the switches again: tocsin switch serve",
        )


def _as_recorded(opened: wiring.Opened, name: str, state: State) -> Iterator[Finding]:
    """Where a switch is not as an action saw it last, and no other action has set it since."""
    what = f"switches of {name}, as the record saw them"
    try:
        seen = last_seen(opened.desk, name)
    except (Refused, Unreachable, BrokenLog) as bad:
        yield told(what, bad)
        return
    differ = [
        f"{flag} is {_word(state, flag)}, and action {act.order.seq} of "
        f"{act.log.removeprefix(INCIDENT_PREFIX)} saw it {act.order.after} at {act.at:%F %H:%M %Z}"
        for flag, act in sorted(seen.items())
        if flag in state.switches and act.order.after != _word(state, flag)
    ]
    if differ:
        remedy = (
            "it was changed beside Tocsin, or put back from a copy: look at `tocsin switch show`, "
            "then stop or undo it so that the record tells how it stands: tocsin stop SYSTEM"
        )
        yield Finding(what=what, ok=False, seen="; ".join(differ), remedy=remedy)
    elif seen:
        yield Finding(what=what, ok=True, seen=f"{len(seen)} as they were seen last")


def _word(state: State, flag: str) -> str:
    return stands(state.switches[flag])
