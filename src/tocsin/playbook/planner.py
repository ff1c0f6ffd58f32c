"""What follows now: pure, from a plan, the facts of its run, and what the organisation adds.

The planner gives only facts that the desk itself may assert (an order, a question, a wait, the end
of a step or run). What needs the passing of time or a look outside comes from a worker, at the
instants that `pieces` names. Planning what is already planned gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.gates import Decided, SealBegan
from tocsin.facts.incidents import SeverityJudged
from tocsin.facts.reach import MessageWritten, PageBegan
from tocsin.facts.runs import (
    Asked,
    Effect,
    Ending,
    Ordered,
    Repeatable,
    RunEnded,
    StepEnded,
    Verdict,
    WaitBegan,
)
from tocsin.playbook.conditions import Truth, bindings_of, truth_of
from tocsin.playbook.names import Type, Value, names_of, spelled
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.pieces import begun_at
from tocsin.playbook.plan import (
    JOIN,
    Act,
    Ask,
    Decide,
    End,
    Look,
    Page,
    Parallel,
    Plan,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.rules import Rules
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.spots import Place, Spot, Spots
from tocsin.playbook.templates import (
    UNKNOWN,
    filled,
    one_line,
    rendered,
    text_bytes,
    unfilled,
)
from tocsin.playbook.ways import (
    ANSWERED,
    DONE,
    FAILED,
    INSUFFICIENT,
    OTHERWISE,
    ROUNDS,
    SEALED,
    UNANSWERED,
    UNDETERMINED,
    target_of,
)

PlannedFact = (
    Ordered | Asked | WaitBegan | StepEnded | RunEnded | Decided | SealBegan | PageBegan
    | MessageWritten | SeverityJudged
)  # fmt: skip
TELL_ATTEMPTS_MAX = 5


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What can be recorded now, and the texts it names.

    Args:
        texts: by their SHA-256; they must lie in the vault before the facts are recorded.
    """

    facts: tuple[PlannedFact, ...]
    texts: Mapping[str, bytes] = {}


def next_facts(
    plan: Plan, run: Run, now: datetime, rules: Rules, known: Spots | None = None
) -> list[PlannedFact]:
    """The facts of `planned`, for whoever needs no texts."""
    return list(planned(plan, run, now, rules, known).facts)


def planned(
    plan: Plan, run: Run, now: datetime, rules: Rules, known: Spots | None = None
) -> Planned:
    """What can be recorded now about where the run stands. Apply it, and ask again until nothing.

    Of a run that is paused nothing follows; of a cancelled one its end, once nothing is open.

    Args:
        known: where this very run stood before, to be followed on from; None begins at its start.
    """
    if run.standing is not RunStanding.ACTIVE:
        return Planned(facts=tuple(end_of_cancelled(run)))
    spots = (known or Spots(plan, run)).now()
    if spots[()].step is None:
        return Planned(facts=(RunEnded(run=run.id, ending=Ending.FAILED),))
    planning = _Planning(plan, run, now, rules)
    judged = planning.severity()
    if judged is not None:  # conditions may ask for it, so it is on record before they are judged
        return Planned(facts=(judged,))
    for place, spot in spots.items():
        if spot.step is not None:
            planning.facts += planning.at(plan.steps[spot.step], place, spot, spots)
    return Planned(facts=tuple(planning.facts), texts=planning.texts)


def end_of_cancelled(run: Run) -> list[RunEnded]:
    """The end of a cancelled run, once nothing is open; known without the plan."""
    over = run.standing is RunStanding.CANCELLED and not run.begun
    return [RunEnded(run=run.id, ending=Ending.CANCELLED)] if over else []


class _Planning:
    """One look at where a run stands; gathers what follows, and the texts it names."""

    def __init__(self, plan: Plan, run: Run, now: datetime, rules: Rules) -> None:
        self.plan, self.run, self.now, self.rules = plan, run, now, rules
        self.facts: list[PlannedFact] = []
        self.texts: dict[str, bytes] = {}
        self._known: dict[str, Value] | None = None
        self._names: Mapping[str, Type] | None = None

    @property
    def names(self) -> Mapping[str, Type]:
        if self._names is None:
            self._names = names_of(self.plan)
        return self._names

    @property
    def known(self) -> Mapping[str, Value]:
        """What the names of this plan stand for at this instant."""
        if self._known is None:
            run, found = self.run, self.run.circumstances.bindings(self.plan, self.now)
            values = {step: one.value for step, one in run.shown.items() if one.value is not None}
            for family, by_step in (
                ("answers", run.answers), ("results", run.results), ("values", values)
            ):  # fmt: skip
                found |= {f"{family}.{spelled(step)}": word for step, word in by_step.items()}
            self._known = found
        return self._known

    def severity(self) -> SeverityJudged | None:
        """How bad it is by the plan's own rules: judged once, at the start, unless a person has."""
        run, about = self.run, self.run.circumstances
        judged_before = about.judged is not None and about.judged.seq > run.seq
        if not self.plan.severity or run.moves or about.judged_by_person or judged_before:
            return None
        for rule in self.plan.severity:
            if truth_of(rule.when, self.names, self.known) is Truth.TRUE:
                known = ", ".join(bindings_of(rule.when, self.names, self.known))
                basis = f"plan {self.plan.id} {self.plan.version}: {rule.when} ({known})"
                return SeverityJudged(severity=rule.severity, reasons=(rule.reason,), basis=basis)
        return None

    def at(
        self, step: Step, place: Place, spot: Spot, spots: Mapping[Place, Spot]
    ) -> Iterator[PlannedFact]:
        """What follows where one branch of the run stands."""
        run, begun = self.run, begun_at(self.run, step.id, spot)
        match step:
            case Act():
                yield from self._ended(step, run.orders[begun].result if begun else None)
                if not begun:
                    yield from self._act(step)
            case Ask():
                yield from self._ended(step, run.questions[begun].choice if begun else None)
                if not begun:
                    yield self._asked(step)
            case Wait():
                ended = begun and run.timers[begun].ended
                yield from self._ended(step, DONE if ended else None)
                if not begun:
                    yield self._waiting(step)
            case Look():
                shown = run.shown.get(step.id)
                seen = shown is not None and shown.seq > spot.since
                yield from self._ended(step, shown.verdict.value if shown and seen else None)
            case Decide():
                yield from self._decided(step)
            case Seal():
                yield from self._sealing(step, begun)
            case Page():
                yield from self._paging(step, begun)
            case Tell():
                yield from self._telling(step, run.orders_of(step.id, spot.since))
            case Parallel():
                branches = [spots[(*place, f"{step.id}[{n}]")] for n in range(len(step.branches))]
                yield from self._ended(step, _joined(branches))
            case End():
                yield RunEnded(run=run.id, ending=step.ending)
            case _:
                assert_never(step)

    def _ended(self, step: Step, result: str | None) -> Iterator[StepEnded]:
        if result is not None:
            yield self._end(step, result)

    def _end(self, step: Step, result: str) -> StepEnded:
        to = target_of(step, result)
        next = None if to == JOIN else to
        return StepEnded(run=self.run.id, step=step.id, result=result, next=next)

    def _act(self, step: Act) -> Iterator[PlannedFact]:
        """The order; where a gap in it cannot be filled, what was missing and the step's end."""
        shown = self.run.shown.items()
        values = {s: one.value for s, one in shown if one.verdict is Verdict.SHOWN and one.value}
        missing = dict.fromkeys((*unfilled(step.target, values), *unfilled(step.wanted, values)))
        if missing:
            because = tuple(f"{one}.value = {UNKNOWN}" for one in missing)
            yield Decided(run=self.run.id, step=step.id, condition="", bindings=because,
                          result=FAILED)  # fmt: skip
            yield self._end(step, FAILED)
            return
        yield self._order(
            step,
            step.connector,
            filled(step.target, values),
            filled(step.wanted, values),
            approvals=self.rules.approvals_for(step.approvals),
            attempts_max=step.attempts_max,
            undo=step.undo,
            effect=step.effect,
            evidence=step.evidence,
        )

    def _order(
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
    ) -> Ordered:
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
        )

    def _asked(self, step: Ask) -> Asked:
        limit = step.limit_seconds
        return Asked(
            run=self.run.id,
            step=step.id,
            question=step.question,
            choices=tuple(step.choices),
            role=step.role,
            limit_at=self.now + timedelta(seconds=limit) if limit is not None else None,
            on_limit=step.on_limit,
        )

    def _waiting(self, step: Wait) -> WaitBegan | StepEnded:
        if step.rounds_max is not None and self.run.rounds.get(step.id, 0) >= step.rounds_max:
            return self._end(step, ROUNDS)
        until = self.now + timedelta(seconds=step.seconds)
        return WaitBegan(run=self.run.id, step=step.id, until=until)

    def _decided(self, step: Decide) -> Iterator[PlannedFact]:
        """The branch that is taken by what is known now, and what that was."""
        condition, result = "", OTHERWISE
        for number, branch in enumerate(step.branches, start=1):
            truth = truth_of(branch.when, self.names, self.known)
            if truth is not Truth.FALSE:
                condition = branch.when
                result = str(number) if truth is Truth.TRUE else UNDETERMINED
                break
        asked = [b for branch in step.branches for b in bindings_of(
            branch.when, self.names, self.known)]  # fmt: skip
        yield Decided(
            run=self.run.id,
            step=step.id,
            condition=condition,
            bindings=tuple(dict.fromkeys(asked)),
            result=result,
        )
        yield self._end(step, result)

    def _sealing(self, step: Seal, begun: int) -> Iterator[PlannedFact]:
        if not begun:
            until = self.now + timedelta(seconds=step.seconds)
            yield SealBegan(run=self.run.id, step=step.id, items=step.items, until=until)
            return
        seal = self.run.seals[begun]
        if not seal.outstanding or self.now >= seal.fact.until:
            yield self._end(step, SEALED if seal.is_sufficient else INSUFFICIENT)

    def _paging(self, step: Page, begun: int) -> Iterator[PlannedFact]:
        if not begun:
            yield self._page_began(step)
            return
        page = self.run.pages[begun]
        if page.answered_by is not None:
            yield self._end(step, ANSWERED)
        elif page.person is None or page.way is None:
            yield self._end(step, UNANSWERED)
        elif not page.order:
            yield self._order(step, page.way, page.person, f"paged:{page.fact.text}")

    def _page_began(self, step: Page) -> PageBegan:
        reach = self.rules.reach.get(step.role, ())
        return PageBegan(
            run=self.run.id,
            step=step.id,
            role=step.role,
            people=tuple(person for person, _ in reach),
            ways=tuple(way for _, way in reach),
            text=self._written(self.plan.title, step.text),
            within_seconds=step.within_seconds,
        )

    def _telling(self, step: Tell, orders: Sequence[OrderRecord]) -> Iterator[PlannedFact]:
        if orders:
            yield from self._ended(step, _told(orders))
            return
        subject = one_line(rendered(step.subject, self.names, self.known))
        text, seconds = self._written(step.subject, step.text), step.next_update_seconds
        yield MessageWritten(
            audience=step.audience,
            subject=subject,
            text=text,
            claims=(),
            next_update_at=self.now + timedelta(seconds=seconds) if seconds is not None else None,
        )
        addresses = self.rules.addresses.get(step.audience, ())
        for address in addresses:
            yield self._order(step, step.through, address, f"sent:{text}")
        if not addresses:
            yield self._end(step, FAILED)

    def _written(self, subject: str, text: str) -> str:
        """The digest of a text with what is known now; the text itself goes beside the facts."""
        data = text_bytes(
            rendered(subject, self.names, self.known), rendered(text, self.names, self.known)
        )
        digest = sha256_hex(data)
        self.texts[digest] = data
        return digest


def _joined(branches: Sequence[Spot]) -> str | None:
    if any(branch.step is not None for branch in branches):
        return None
    return FAILED if any(branch.lost for branch in branches) else DONE


def _told(orders: Sequence[OrderRecord]) -> str | None:
    """How a message fared: done when it reached every address; failed once it cannot any more."""
    if all(order.standing is OrderStanding.DONE for order in orders):
        return DONE
    return FAILED if all(order.result for order in orders) else None
