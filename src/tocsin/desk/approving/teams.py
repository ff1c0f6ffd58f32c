"""One of two who let a system come back is none of its builders, where the register names them."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.desk.plans.one_act import STAGE_PREFIX
from tocsin.facts import Refused
from tocsin.playbook import Run
from tocsin.register.model import Register


def team_lacks(register: Register, system: str, people: Sequence[str]) -> str | None:
    """Why these people alone may not let a system come back; None when they may."""
    known = register.systems.get(system)
    team = known.built_by if known is not None else ()
    if people and team and set(people) <= set(team):
        return (
            f"{' and '.join(people)} built {system}; one of two who let it come back must be none "
            f"of those who built it ({', '.join(team)})"
        )
    return None


def check_team(register: Register, run: Run, people: Sequence[str]) -> None:
    """Passes when these people may let the stage go that this run serves, or it serves none.

    Asked before the last approval counts, so that nobody's word is spent for nothing; whether the
    order goes is asked again just before the act. Raises Refused.
    """
    for system in register.systems:
        if run.plan.startswith(STAGE_PREFIX) and run.plan.endswith(f"-{system}"):
            why = team_lacks(register, system, people)
            if why is not None:
                raise Refused(why)
