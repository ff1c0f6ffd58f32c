"""Plans that are written for one occasion: a stop, its undo, a rehearsal of both.

Each acts once, then looks by other means until it is shown, in counted rounds. Such a plan is kept
in the vault under its digest like any other, so that the record shows what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import yaml

from tocsin.facts import Refused
from tocsin.facts.runs import Effect
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Register, System

LOOK_AGAIN_SECONDS = 2
LOOKS_MAX = 30
NAME_LENGTH_MAX = 64
OFF, ON = "off", "on"
SHARE_LOOK_AGAIN_SECONDS, SHARE_LOOKS_MAX = 60, 720
"""A small share takes its time to be seen: half a day at most."""
STOP_PREFIX, UNDO_PREFIX, REHEARSAL_PREFIX = "stop-", "undo-", "rehearse-"
STAGE_PREFIX = "stage-"

Steps = dict[str, dict[str, object]]


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """What turns a system off: the hand, its target, and the eye that sees whether it did.

    Args:
        seen_by: None where the register names no eye; then nothing is ever shown.
        look_at: what the eye is asked about: the system, or the one part that was named.
    """

    system: str
    connector: str
    target: str
    seen_by: str | None
    look_at: str


def switch_of(register: Register, name: str, flag: str | None = None) -> Switch:
    """What turns this system off.

    Args:
        flag: which of the switch's targets; None means the first that belongs to the system.

    Raises:
        Refused: no such system, no switch, no such flag; each says what to write in the register.
    """
    system = system_of(register, name)
    if system.switch is None:
        raise Refused(
            f"the register names no switch for {name}; write `switch = ...` under [systems.{name}] "
            "in HOME/register/ and adopt it, or turn it off where it runs"
        )
    integration = register.integrations.get(system.switch)
    declared = integration.settings.get("flags", "") if integration is not None else ""
    flags = [one.strip() for one in declared.split(",") if one.strip()]
    if flag is not None and flags and flag not in flags:
        among = f"{system.switch} switches {', '.join(flags)}"
        raise Refused(f"{flag} is no flag of {system.switch}; {did_you_mean(flag, flags, among)}")
    own = [one for one in flags if one == name or one.startswith(f"{name}.")]
    usual = next(iter([*own, *flags]), name)
    target = flag or usual
    look_at = name if target == usual else target
    return Switch(
        system=name, connector=system.switch, target=target, seen_by=system.seen_by, look_at=look_at
    )


def system_of(register: Register, name: str) -> System:
    """The system of this name in the register in force.

    Raises:
        Refused: it is not there; the message names the one that was probably meant.
    """
    system = register.systems.get(name)
    if system is None:
        known = ", ".join(sorted(register.systems)) or "none: adopt a register first"
        remedy = did_you_mean(name, register.systems, f"known systems: {known}")
        raise Refused(f"{name} is not in the register in force; {remedy}")
    return system


def stop_plan(switch: Switch) -> bytes:
    """Turn the system off, and look until that is shown."""
    off = _act(switch.connector, switch.target, OFF, ON, Effect.STOP)
    return _plan(
        f"{STOP_PREFIX}{switch.system}",
        f"Stop {switch.system}: turn {switch.target} off",
        _acted_and_seen("stop", off, switch.seen_by, switch.look_at, OFF, "done", "failed"),
    )


def undo_plan(
    *,
    system: str,
    connector: str,
    target: str,
    wanted: str,
    undo: str,
    approvals: int,
    seen_by: str | None,
    look_at: str,
    because: str,
) -> bytes:
    """Bring back the state that an order changed, with the approvals that its own plan asked."""
    back = _act(connector, target, wanted, undo, Effect.CHANGE)
    if approvals:
        back["approvals"] = str(approvals)
    return _plan(
        f"{UNDO_PREFIX}{system}",
        f"Take back {because}: {target} is {wanted} again",
        _acted_and_seen("undo", back, seen_by, look_at, wanted, "done", "failed"),
    )


def stage_plan(switch: Switch, wanted: str, stage: int) -> bytes:
    """Let a share of requests reach a system, under two keys, and look until that is shown; what
    is not shown in time is turned off again."""
    on = _act(switch.connector, switch.target, wanted, OFF, Effect.CHANGE)
    off = _act(switch.connector, switch.target, OFF, wanted, Effect.STOP)
    look = _acted_and_seen(
        "serve", {**on, "approvals": "2"}, switch.seen_by, switch.look_at, wanted, "done", "off",
        pause=f"{SHARE_LOOK_AGAIN_SECONDS}s", looks=SHARE_LOOKS_MAX,
    )  # fmt: skip
    look["serve"]["on_failure"] = "failed"
    return _plan(
        f"{STAGE_PREFIX}{stage}-{switch.system}",
        f"Stage {stage} of {switch.system}: {wanted} of requests",
        {**look, "off": {**off, "next": "failed", "on_failure": "failed"}},
    )


def rehearsal_plan(switch: Switch) -> bytes:
    """Turn the system off and on again, each seen; whatever fails, it is turned on at the end."""
    off = _act(switch.connector, switch.target, OFF, ON, Effect.STOP)
    on = _act(switch.connector, switch.target, ON, OFF, Effect.CHANGE)
    seen, target = switch.seen_by, switch.look_at
    return _plan(
        f"{REHEARSAL_PREFIX}{switch.system}",
        f"Rehearse the stop of {switch.system} and its undo",
        {
            **_acted_and_seen("stop", off, seen, target, OFF, "undo", "put-back"),
            **_acted_and_seen("undo", on, seen, target, ON, "done", "failed"),
            "put-back": {**on, "next": "failed", "on_failure": "failed"},
        },
    )


def _act(connector: str, target: str, wanted: str, undo: str, effect: Effect) -> dict[str, object]:
    return {
        "act": connector,
        "target": target,
        "wanted": wanted,
        "undo": undo,
        "effect": effect.value,
    }


def _acted_and_seen(
    name: str,
    act: Mapping[str, object],
    probe: str | None,
    target: str,
    wanted: str,
    done: str,
    lost: str,
    *,
    pause: str = f"{LOOK_AGAIN_SECONDS}s",
    looks: int = LOOKS_MAX,
) -> Steps:
    """The act and its look; a circle in between that counts its rounds."""
    look, rest = f"{name}-seen", f"{name}-look-again"
    if probe is None:
        return {name: {**act, "next": done, "on_failure": lost}}
    return {
        name: {**act, "next": look, "on_failure": lost},
        look: {
            "probe": probe,
            "target": target,
            "wanted": wanted,
            "next": done,
            "on_not_shown": rest,
            "on_undetermined": rest,
        },
        rest: {
            "wait": pause,
            "rounds_max": str(looks),
            "next": look,
            "on_rounds_max": lost,
        },
    }


def _plan(name: str, title: str, steps: Steps) -> bytes:
    ends: Steps = {"done": {"end": "completed"}, "failed": {"end": "failed"}}
    whole = {
        "plan": name[:NAME_LENGTH_MAX],
        "version": "1",
        "title": title,
        "steps": {**steps, **ends},
    }
    return yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).encode()
