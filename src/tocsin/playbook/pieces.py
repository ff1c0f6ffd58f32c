"""What of a run falls due, and when: pieces of work, named so that each has one key for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.playbook.calls import PageRecord
from tocsin.playbook.found import missing_in, verdicts_since
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.spots import Spot, Spots
from tocsin.playbook.steps import Act, Approve, Ask, Gate, Look, Page, Seal, Step, Tell, Wait

Due = tuple["Piece", datetime]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work: what falls due, named so that the same piece always has the same key.

    Args:
        kind: "order", "wait", "limit", "probe", "seal", "page" (a call stays without an answer),
            "countersign" (nobody looked in time) or "plan" (the plan itself goes on).
        seq: the entry that it is about.
        step: the step of a probe.
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
                found.update(_due_at(plan.steps[spot.step], spot, run))
    return list(found.items())


def begun_pieces(run: Run) -> list[Due]:
    """What falls due without the plan: the orders of which an attempt began whose end is not
    known, and what a second person has to look at."""
    owed = [(o, o.glass) for o in run.to_countersign if o.glass is not None]
    return [(_order_piece(run, order), order.since) for order in run.begun] + [
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


def _due_at(step: Step, spot: Spot, run: Run) -> Iterator[Due]:
    begun = begun_at(run, step.id, spot)
    limit = Piece(kind="limit", run=run.id, seq=begun)
    match step:
        case Act() if begun:
            order = run.orders[begun]
            yield from _carried_out(run, order)
            if order.is_waiting and step.limit_seconds is not None:
                yield limit, order.at + timedelta(seconds=step.limit_seconds)
        case Ask() if begun:
            question = run.questions[begun]
            if question.choice is None and question.fact.limit_at is not None:
                yield limit, question.fact.limit_at
        case Approve() if begun:
            approval = run.approvals[begun]
            if approval.result is None and approval.fact.limit_at is not None:
                yield limit, approval.fact.limit_at
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
    """The present call, and the instant at which it counts as unanswered: at once where it could
    not be made."""
    order = run.orders.get(page.order)
    if page.person is None or order is None or page.called_at is None:
        return
    yield from _carried_out(run, order)
    failed = order.standing is OrderStanding.FAILED
    late = page.called_at + timedelta(seconds=page.fact.within_seconds)
    piece = Piece(kind="page", run=run.id, seq=page.seq, turn=page.missed)
    yield piece, min(order.stands_since, late) if failed else late


def _carried_out(run: Run, order: OrderRecord) -> Iterator[Due]:
    if order.standing in (OrderStanding.READY, OrderStanding.OPEN):
        yield _order_piece(run, order), order.since


def _order_piece(run: Run, order: OrderRecord) -> Piece:
    return Piece(kind="order", run=run.id, seq=order.seq, turn=order.closed)
