"""Whether the hands and eyes that a plan needs are set up, told before it begins."""

from __future__ import annotations

from tocsin.facts import Refused
from tocsin.playbook import Plan
from tocsin.register.mistakes import did_you_mean
from tocsin.world import World


def check_equipment(world: World, plan: Plan) -> None:
    """Passes when all hands and eyes that a plan needs are set up. Raises Refused."""
    for what, needed, there in (
        ("act through", plan.connectors, world.connectors),
        ("look through", plan.probes, world.probes),
    ):
        for name in sorted(needed - set(there)):
            among = (
                "add it to a file in register/ and put that into force: tocsin register adopt "
                f"(in force: {', '.join(sorted(there)) or 'none'})"
            )
            raise Refused(
                f"plan {plan.id} wants to {what} {name}, which is not set up; "
                + did_you_mean(name, there, among)
            )
