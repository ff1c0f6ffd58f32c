"""The switches as a file for flagd. NOT fail-safe: its clients fall back to their own defaults."""

from __future__ import annotations

from tocsin.switch.state import WHOLE, State, Switch

WARNING = (
    "NOT FAIL-SAFE. A client that cannot read this file, or asks for a flag that is not in it, "
    "uses the default in its own code: write False there. Unsigned."
)


def flagd(state: State) -> dict[str, object]:
    """A flagd definition of the switches as they stand. Source: flagd flag definition schema v0."""
    flags = {
        name: {
            "state": "ENABLED",
            "variants": {"on": True, "off": False},
            "defaultVariant": "on" if switch.on else "off",
            **_share(switch),
        }
        for name, switch in sorted(state.switches.items())
    }
    return {"flags": flags, "metadata": {"warning": WARNING, "serial": state.serial}}


def _share(switch: Switch) -> dict[str, object]:
    """The share that is served; flagd tells who belongs to it by a hash of its own."""
    if not switch.share:
        return {}
    seed = {"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]}
    parts = [["on", switch.share], ["off", WHOLE - switch.share]]
    return {
        "targeting": {
            "if": [{"var": "targetingKey"}, {"fractional": [seed, *parts]}, "off"],
        }
    }
