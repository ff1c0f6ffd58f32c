"""What probes of a run found, and what an act or a look makes of it: `{find-target.value}`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.runs import Verdict
from tocsin.playbook.run import Run
from tocsin.playbook.steps import Act, Criterion, Gate, Look, check_name
from tocsin.playbook.templates import filled, order_texts, unfilled


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One look that is to be made: at what, through which probe, and as what it is recorded.

    Args:
        criterion: what a check of a recovery gate asks about; None where it is no check.
    """

    name: str
    probe: str
    target: str
    wanted: str
    criterion: Criterion | None = None


def values_found(run: Run) -> Mapping[str, str]:
    """What each probe step found, where its newest look showed what it looked for."""
    shown = ((step, one) for step, one in run.shown.items() if one.verdict is Verdict.SHOWN)
    return {step: one.value for step, one in shown if one.value is not None}


def missing_in(step: Act | Look | Gate, run: Run) -> tuple[str, ...]:
    """The steps whose findings this step asks for and which found nothing that may stand there."""
    values = values_found(run)
    return tuple(
        dict.fromkeys(name for _, text in order_texts(step) for name in unfilled(text, values))
    )


def look_filled(step: Look, run: Run) -> Look:
    """The look with what was found before; the planner ends a look that cannot be filled."""
    values = values_found(run)
    if missing_in(step, run):
        return step
    return msgspec.structs.replace(
        step, target=filled(step.target, values), wanted=filled(step.wanted, values)
    )


def sight_of(step: Look | Gate, number: int, run: Run) -> Sight:
    """The look of a step, with what was found before.

    Args:
        number: of a check of a gate, from 1; 0 for a step that looks once.
    """
    if isinstance(step, Look):
        look = look_filled(step, run)
        return Sight(name=step.id, probe=look.probe, target=look.target, wanted=look.wanted)
    values, check = values_found(run), step.checks[number - 1]
    missing = missing_in(step, run)
    return Sight(
        name=check_name(step.id, number),
        probe=check.probe,
        target=check.target if missing else filled(check.target, values),
        wanted=check.wanted if missing else filled(check.wanted, values),
        criterion=check.criterion,
    )


def verdicts_since(step: Gate, run: Run, since: int) -> tuple[Verdict | None, ...]:
    """What each check of a gate showed after an entry, in order; None where nobody looked yet."""
    newest = (run.shown.get(check_name(step.id, n)) for n in range(1, len(step.checks) + 1))
    return tuple(one.verdict if one and one.seq > since else None for one in newest)
