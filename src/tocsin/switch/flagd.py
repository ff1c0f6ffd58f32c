"""The switches as a file for flagd. NOT fail-safe: its clients fall back to their own defaults."""

from __future__ import annotations

from tocsin.switch.state import State

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
        }
        for name, switch in sorted(state.switches.items())
    }
    return {"flags": flags, "metadata": {"warning": WARNING, "serial": state.serial}}
