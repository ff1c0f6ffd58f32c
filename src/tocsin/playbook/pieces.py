"""What of a run falls due, and when: pieces of work, named so that each has one key for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.facts.runs import Effect
from tocsin.playbook.begun import Question
from tocsin.playbook.calls import PageRecord
from tocsin.playbook.found import missing_in, verdicts_since
from tocsin.playbook.limits import Begun, limits_of, passes_at
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.spots import Spot, Spots
from tocsin.playbook.steps import Act, Approve, Ask, Call, Gate, Look, Page, Seal, Step, Tell, Wait

Due = tuple["Piece", datetime]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work: what falls due, named so that the same piece always has the same key.

    Args:
        kind: "call" (an order that calls a person), "stop" (one that stops a system), "order" (any
            other), "wait", "limit", "soft" (a step is late), "probe", "seal", "page" (a call stays
            without an answer), "countersign" (nobody looked in time) or "plan" (the plan itself
            goes on). "due" belongs to no run.
        seq: the entry that it is about.
        step: the step of a probe, or that is late.
        turn: how many attempts of an order, or calls of a page, have ended before; of a probe, the
            number of the check of a gate, else 0.
    """

    kind: str
    run: str
    seq: int
    step: str = ""
    turn: int = 0

    @property
    def key(self) -> str:
        """Names the piece within its log."""
        return f"{self.kind}/{self.seq}/{self.turn}/{self.step}/{self.run}"


ORDERS = frozenset({"order", "call", "stop"})
"""Pieces of work that are orders to carry out: those which wait for an outside system."""

CALLS = frozenset({"call", "page", "plan", "wait", "limit", "soft", "countersign", "due"})
"""Pieces of work on which it hangs that people are called; only the first waits for a far side."""

STOPS = frozenset({"stop"})


def run_of(key: str) -> str:
    """The run that the piece of work of this key belongs to."""
    return key.rpartition("/")[2]


def due_pieces(plan: Plan, run: Run, known: Spots | None = None) -> list[Due]:
    """Every piece of work of this run, with the instant at which it falls due.

    An attempt that began stays due under every standing of the run, so that its end is recorded.

    Args:
        known: as for `planned`.
    """
    found = dict(begun_pieces(run))
    if run.standing is RunStanding.ACTIVE:
        for spot in (known or Spots(plan, run)).now().values():
            if spot.step is not None:
                step = plan.steps[spot.step]
                found.update(_due_at(plan, step, spot, run))
                found.update(_late(plan, step, spot, run))
    return list(found.items())


def begun_pieces(run: Run) -> list[Due]:
    """What falls due without the plan: the orders of which an attempt began whose end is not
    known, and what a second person has to look at."""
    owed = [(o, o.glass) for o in run.to_countersign if o.glass is not None]
    begun = [order for order in run.begun if order.held is None]
    return [(_order_piece(run, order), order.since) for order in begun] + [
        (Piece(kind="countersign", run=run.id, seq=order.seq), glass.until) for order, glass in owed
    ]


def due_rows(pieces: Sequence[Due]) -> dict[str, datetime]:
    """The pieces of work of a log as the journal keeps them: by key."""
    return {piece.key: at for piece, at in pieces}


def begun_at(run: Run, step: str, spot: Spot) -> int:
    """The order, question, wait, seal or page by which this step began at this visit; 0 when it has
    not."""
    seq = run.latest.get(step, 0)
    return seq if seq > spot.since else 0


def _late(plan: Plan, step: Step, spot: Spot, run: Run) -> Iterator[Due]:
    """The instant from which this step counts as late, until that is on record."""
    if step.soft_seconds is None:
        return
    late = run.late.get(step.id)
    soft_at = limits_of(plan, run, step, spot).soft_at
    if soft_at is not None and (late is None or late.since != spot.since):
        yield Piece(kind="soft", run=run.id, seq=spot.since, step=step.id), soft_at


def _limited(plan: Plan, step: Step, spot: Spot, run: Run, began: Begun) -> Iterator[Due]:
    passes = passes_at(plan, run, step, spot, began)
    if passes is not None:
        yield Piece(kind="limit", run=run.id, seq=began.seq), passes


def _due_at(plan: Plan, step: Step, spot: Spot, run: Run) -> Iterator[Due]:
    begun = begun_at(run, step.id, spot)
    match step:
        case Act() if begun:
            order = run.orders[begun]
            yield from _carried_out(run, order)
            if order.is_waiting:
                yield from _limited(plan, step, spot, run, order)
        case Ask() | Approve() | Call() if begun:
            asked = run.questions.get(begun)
            began = asked or run.approvals.get(begun) or run.calls[begun]
            if (began.choice if isinstance(began, Question) else began.result) is None:
                yield from _limited(plan, step, spot, run, began)
        case Wait() if begun and not run.timers[begun].ended:
            yield Piece(kind="wait", run=run.id, seq=begun), run.timers[begun].fact.until
        case Look() | Gate():
            yield from _looked(step, spot, run)
        case Seal() if begun and run.seals[begun].outstanding:
            yield Piece(kind="seal", run=run.id, seq=begun), run.seals[begun].at
            yield Piece(kind="plan", run=run.id, seq=begun), run.seals[begun].fact.until
        case Page() if begun:
            yield from _called(run, run.pages[begun])
        case Tell():
            for order in run.orders_of(step.id, spot.since):
                yield from _carried_out(run, order)
        case _:
            return


def _looked(step: Look | Gate, spot: Spot, run: Run) -> Iterator[Due]:
    """The looks of a step that nobody has taken yet, each a piece of its own."""
    if missing_in(step, run):
        return
    verdicts = verdicts_since(step, run, spot.since) if isinstance(step, Gate) else ()
    turns = [number for number, one in enumerate(verdicts, start=1) if one is None]
    for turn in [0] if isinstance(step, Look) else turns:
        yield Piece(kind="probe", run=run.id, seq=spot.since, step=step.id, turn=turn), spot.at


def _called(run: Run, page: PageRecord) -> Iterator[Due]:
    """The present call, and the instant at which it counts as unanswered: at once where it was
    surely not made. Where its answer was lost the person may have been called; their time runs."""
    order = run.orders.get(page.order)
    if page.person is None or order is None or page.called_at is None:
        return
    yield from _carried_out(run, order)
    failed = order.standing is OrderStanding.FAILED and not order.may_have_acted
    late = page.called_at + timedelta(seconds=page.fact.within_seconds)
    piece = Piece(kind="page", run=run.id, seq=page.seq, turn=page.unanswered)
    yield piece, min(order.stands_since, late) if failed else late


def _carried_out(run: Run, order: OrderRecord) -> Iterator[Due]:
    if order.standing in (OrderStanding.READY, OrderStanding.OPEN) and order.held is None:
        yield _order_piece(run, order), order.since


def _order_piece(run: Run, order: OrderRecord) -> Piece:
    kind = "stop" if order.fact.effect is Effect.STOP else "order"
    if is_call(run, order):
        kind = "call"
    return Piece(kind=kind, run=run.id, seq=order.seq, turn=order.closed)


def is_call(run: Run, order: OrderRecord) -> bool:
    """Whether this order calls a person: it belongs to a step that began a page."""
    return any(page.fact.step == order.fact.step for page in run.pages.values())
