"""What probes of a run found, and what an act or a look makes of it: `{find-target.value}`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.runs import Verdict
from tocsin.playbook.run import Run
from tocsin.playbook.steps import Act, Look
from tocsin.playbook.templates import filled, unfilled


def values_found(run: Run) -> Mapping[str, str]:
    """What each probe step found, where its newest look showed what it looked for."""
    shown = ((step, one) for step, one in run.shown.items() if one.verdict is Verdict.SHOWN)
    return {step: one.value for step, one in shown if one.value is not None}


def missing_in(step: Act | Look, run: Run) -> tuple[str, ...]:
    """The steps whose findings this step asks for and which found nothing that may stand there."""
    values = values_found(run)
    return tuple(dict.fromkeys((*unfilled(step.target, values), *unfilled(step.wanted, values))))


def look_filled(step: Look, run: Run) -> Look:
    """The look with what was found before; the planner ends a look that cannot be filled."""
    values = values_found(run)
    if missing_in(step, run):
        return step
    return msgspec.structs.replace(
        step, target=filled(step.target, values), wanted=filled(step.wanted, values)
    )
