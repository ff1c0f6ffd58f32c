"""A run at an instant: what is known of it, and the facts by which any step may act or end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.runs import Effect, Ordered, Repeatable, StepEnded
from tocsin.playbook.legal import legal_known
from tocsin.playbook.names import Type, Value, names_of, spelled
from tocsin.playbook.plan import Plan
from tocsin.playbook.rules import Rules
from tocsin.playbook.run import Run
from tocsin.playbook.steps import JOIN, Step
from tocsin.playbook.templates import rendered, text_bytes
from tocsin.playbook.ways import target_of

TELL_ATTEMPTS_MAX = 5


class Moment:
    """One look at a run. Gathers the texts that the facts planned at this moment name."""

    def __init__(self, plan: Plan, run: Run, now: datetime, rules: Rules) -> None:
        self.plan, self.run, self.now, self.rules = plan, run, now, rules
        self.texts: dict[str, bytes] = {}
        self._begun_here = 0

    @cached_property
    def names(self) -> Mapping[str, Type]:
        """Everything that this plan may ask for."""
        return names_of(self.plan)

    @cached_property
    def known(self) -> Mapping[str, Value]:
        """What those names stand for; what is not known is not there."""
        run, found = self.run, self.run.circumstances.bindings(self.plan, self.now)
        values = {step: one.value for step, one in run.shown.items() if one.value is not None}
        families = {"answers": run.answers, "results": run.results, "values": values}
        found |= legal_known(run.circumstances.stated, self.rules.profile)
        found |= {f"variables.{name}": one.held for name, one in self.plan.variables.items()}
        for family, by_step in families.items():
            found |= {f"{family}.{spelled(step)}": word for step, word in by_step.items()}
        return found

    def next_run(self) -> str:
        """The id of the next run that begins in this incident."""
        self._begun_here += 1
        return f"run-{self.run.circumstances.runs + self._begun_here}"

    def end(self, step: Step, result: str) -> StepEnded:
        """The end of a step, and where its result leads."""
        to = target_of(step, result)
        next = None if to == JOIN else to
        return StepEnded(run=self.run.id, step=step.id, result=result, next=next)

    def order(
        self,
        step: Step,
        connector: str,
        target: str,
        wanted: str,
        *,
        approvals: int = 0,
        attempts_max: int = TELL_ATTEMPTS_MAX,
        undo: str | None = None,
        effect: Effect = Effect.TELL,
        evidence: tuple[str, ...] = (),
        object: str = "",
    ) -> Ordered:
        """An order of a step; unless more is said, words to people."""
        return Ordered(
            run=self.run.id,
            step=step.id,
            connector=connector,
            target=target,
            wanted=wanted,
            repeatable=self.rules.repeatable.get(connector, Repeatable.NEITHER),
            approvals=approvals,
            attempts_max=attempts_max,
            undo=undo,
            effect=effect,
            evidence=evidence,
            object=object,
        )

    def written(self, subject: str, text: str) -> str:
        """The digest of a text with what is known now; the text itself goes beside the facts."""
        words = [rendered(template, self.names, self.known) for template in (subject, text)]
        data = text_bytes(*words)
        digest = sha256_hex(data)
        self.texts[digest] = data
        return digest
