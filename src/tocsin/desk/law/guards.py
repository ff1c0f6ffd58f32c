"""What the law bars until somebody is told: acts that alter a system or destroy evidence.

Asked anew just before the act, whether or not anybody asked the law before. A stop that can be
taken back is never barred, nor are a system's own switch, which alters no system, and words.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.desk.law.duties import Asked, asked_of, profile_in_force
from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.one_act import OFF
from tocsin.desk.record import Writer
from tocsin.desk.recovery.comeback import SWITCH, VERSION
from tocsin.duties.duty import Duty
from tocsin.duties.law import Guard, Sort
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.legal import DutyReckoned, Standing
from tocsin.facts.runs import Effect, Ordered
from tocsin.incident.fold import replay
from tocsin.incident.legal import HAS_OBJECT
from tocsin.register.legal_keys import KeyType

ALTERS, DESTROYS = frozenset({"alter"}), frozenset({"alter", "destroy"})


class _Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A guard that stands against an act.

    Args:
        asks: what would settle that it is not asked of us; empty where that is known.
    """

    rule: str
    paragraphs: tuple[str, ...]
    standing: Standing
    lifts: str | None
    asks: tuple[str, ...]
    on_record: bool


def why_barred(desk: Writer, known: Known, order: Ordered) -> str | None:
    """Why the law bars this order now; None where it does not."""
    if order.effect not in (Effect.CHANGE, Effect.DESTROY):
        return None
    acts = DESTROYS if order.effect is Effect.DESTROY else ALTERS
    barring = list(_barring(desk, known, acts))
    if not barring or _is_own_switch(desk, order):
        return None
    known.require_fresh()
    incident = known.log.removeprefix(INCIDENT_PREFIX)
    return "; ".join(_words(one, incident) for one in barring)


def _is_own_switch(desk: Writer, order: Ordered) -> bool:
    """Whether it only turns a system's own switch, and can be taken back by it."""
    if order.effect is not Effect.CHANGE:
        return False
    register = desk.knowledge.nearest_register()  # a register that is lost holds up no stop
    found = register.integrations.get(order.connector)
    if found is not None and found.kind == SWITCH:
        return True
    own = any(
        one.switch == order.connector
        and (order.target == one.id or order.target.startswith(f"{one.id}."))
        for one in register.systems.values()
    )
    can_be_taken_back = order.undo is not None or order.wanted == OFF
    return own and can_be_taken_back and not order.wanted.startswith(VERSION)


def _barring(desk: Writer, known: Known, acts: frozenset[str]) -> Iterator[_Bar]:
    """The guards that stand against any of these acts, as the law is and the record stands now.

    Before anybody in the incident said anything for the law, a guard stands only where the register
    says enough of the organisation: else every guard would be open, by nothing that anybody said.
    """
    if not known.log.startswith(INCIDENT_PREFIX):
        return
    read = desk.law.read()
    if read is None:
        yield from (_recorded(one) for one in known.legal.barring(acts))
        return
    profile = profile_in_force(desk, known)
    if known.legal.merged:
        return
    now = desk.world.clock.now()
    asked = asked_of(read.law, replay(known.entries), known.legal, profile, now)
    for duty in asked.duties:
        guard = duty.rule.guard
        if duty.rule.sort is not Sort.GUARD or guard is None or not acts & set(guard.bars):
            continue
        if duty.standing not in HAS_OBJECT or asked.is_lifted(duty.rule):
            continue
        if not known.legal.ever and _hangs_on_register(asked, duty):
            continue
        if known.legal.not_required(duty.rule.id) is None:
            yield _bar(asked, duty, guard, known)


def _hangs_on_register(asked: Asked, duty: Duty) -> bool:
    """Whether it is open by what the register does not say of the organisation or its systems."""
    found = [asked.law.dictionary.find(key) for key in duty.missing]
    return any(one is not None and one.set_once for one in found)


def _recorded(guard: DutyReckoned) -> _Bar:
    """What the record says, where no law can be asked."""
    return _Bar(
        rule=guard.rule, paragraphs=(), standing=guard.standing, lifts=None, asks=(),
        on_record=True,
    )  # fmt: skip


def _bar(asked: Asked, duty: Duty, guard: Guard, known: Known) -> _Bar:
    before = known.legal.outcome(duty.rule.id)
    return _Bar(
        rule=duty.rule.id,
        paragraphs=duty.rule.paragraphs,
        standing=duty.standing,
        lifts=guard.until,
        asks=tuple(_asks(asked, duty)) if duty.standing is Standing.OPEN else (),
        on_record=before is not None and before.standing in HAS_OBJECT,
    )


def _asks(asked: Asked, duty: Duty) -> Iterator[str]:
    """The questions of the incident whose answer "no" settles it, yes-or-no ones first."""
    found = [asked.law.dictionary.find(key) for key in duty.missing]
    ours = [one for one in found if one is not None and one.answered_by == "legal-fact-stated"]
    for one in sorted(ours, key=lambda one: one.type is not KeyType.YES_NO):
        if one.type in (KeyType.YES_NO, KeyType.INSTANT, KeyType.HARMS):
            yield one.key


def _words(bar: _Bar, incident: str) -> str:
    """Which article bars it, and what lifts that."""
    where = f" ({', '.join(bar.paragraphs)})" if bar.paragraphs else ""
    may = "may bar" if bar.standing is Standing.OPEN else "bars"
    ways = [f"tocsin law state {incident} {key} no --because '...' if it is so"
            for key in bar.asks[:1]]  # fmt: skip
    if bar.lifts:
        ways.append(f"tocsin law state {incident} {bar.lifts} INSTANT --because '...'")
    if bar.on_record:
        ways.append(
            f"counsel's decision: tocsin law decide {incident} {bar.rule} not-required "
            "--because '...'"
        )
    if not ways:
        ways.append(f"see what it asks: tocsin law duties {incident} --all")
    return (
        f"{bar.rule}{where} {may} this act, which would alter what must be kept; it is lifted "
        f"by: {', or '.join(ways)}"
    )
