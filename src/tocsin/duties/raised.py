"""Facts -> duties: what each rule of a law pack comes to, until when, and what would settle it.

Pure: the same law, facts and instant give the same duties, in whatever order facts were given. An
unknown fact never silences a duty: it stays open, keeps its clock, and names what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from tocsin.duties.calendars import LegalPlace
from tocsin.duties.clocks import (
    Started,
    first_start,
    last_submission,
    running,
    started,
    unstartable,
    wanting,
    whole,
)
from tocsin.duties.conditions import Seen, Truth, asserted, missing, truth
from tocsin.duties.duty import Duty, RunningClock, Standing
from tocsin.duties.known import NOT_REQUIRED, SUBMITTED, LegalFacts
from tocsin.duties.law import AllOf, AnyOf, Condition, Enforcement, Law, NotSo, Rule, Unit
from tocsin.duties.places import Atlas, Ground, Places, zone_of_places
from tocsin.duties.reasons import (
    because,
    contradicted,
    elsewhere,
    ended,
    recipients,
    replaced,
    untimely,
)
from tocsin.register.legal_keys import KeyType

_KEPT = 4


def duties_raised(law: Law, facts: LegalFacts, *, at: datetime) -> tuple[Duty, ...]:
    """What each rule comes to on these facts: one duty a rule, in the order of the pack."""
    engine = _engine(law)
    ground = Ground(engine.atlas, facts)
    found = [engine.duty(id, facts, at, ground) for id in engine.versions]
    return _without_replaced(found)


def duty_of(
    law: Law, rule: str, facts: LegalFacts, *, at: datetime, place: LegalPlace | None = None
) -> Duty | None:
    """What one rule comes to; None where there is none.

    Args:
        place: where it is counted. Who gives it asserts the trigger: what a rule wants somebody to
            have told counts as told, and only a fact contradicts.
    """
    engine = _engine(law)
    ground = Ground(engine.atlas, facts)
    return engine.duty(rule, facts, at, ground, place) if rule in engine.versions else None


def place_of(law: Law, zone: str, calendar: str) -> LegalPlace:
    """The place of this zone and calendar, with the closures of the pack.

    Raises:
        ValueError: there is no such zone or calendar.
    """
    return _engine(law).atlas.place(zone, calendar)


class _Engine:
    """One law pack, made ready: what is the same for all facts is worked out once."""

    def __init__(self, law: Law) -> None:
        self.law, self.atlas = law, Atlas(law)
        self.versions: dict[str, list[Rule]] = {}
        for rule in law.rules:
            self.versions.setdefault(rule.id, []).append(rule)
        stages = {rule.id: rule.stage for rule in law.rules if rule.stage is not None}
        self.named_so: dict[str, Mapping[str, str]] = {
            id: {
                f"{SUBMITTED}{stages[one]}": f"{SUBMITTED}{one}"
                for one in (*versions[0].after, id)
                if one in stages
            }
            for id, versions in self.versions.items()
        }

    def duty(
        self,
        id: str,
        facts: LegalFacts,
        at: datetime,
        ground: Ground,
        place: LegalPlace | None = None,
    ) -> Duty:
        """What a rule comes to: the version that holds on the day of its start."""
        told: tuple[Rule, date] | None = None
        for rule in self.versions[id]:
            places = Places(of=(place,)) if place else ground.counted(rule)
            zone = zone_of_places(places)
            seen = Seen(facts=facts, zone=zone, named_so=self.named_so[id])
            begun = started(rule, seen)
            day = (first_start(begun) or at).astimezone(zone).date()
            if rule.from_ <= day and (rule.until is None or day < rule.until):
                held = rule if place is None else _asserted(rule)
                return self._in_force(held, places, seen, begun, day, ground)
            if told is None or day >= rule.from_:
                told = rule, day
        assert told is not None
        rule, day = told
        return Duty(rule=rule, standing=Standing.NOT_IN_FORCE, why=untimely(rule, day))

    def _in_force(
        self, rule: Rule, places: Places, seen: Seen, begun: Started, day: date, ground: Ground
    ) -> Duty:
        concerned = ground.concerned(rule.where)
        if concerned is False:
            why = elsewhere(rule, seen)
            return Duty(rule=rule, standing=Standing.NOT_RAISED, why=why)
        truths = []
        for condition in (rule.applies, rule.when):
            truths.append(truth(condition, seen))
            if truths[-1] is False:
                why = contradicted(condition, seen)
                return Duty(rule=rule, standing=Standing.NOT_RAISED, why=why)
        triggered = None not in truths
        denied = unstartable(rule, seen)
        if denied:
            why = f"not raised: {denied}"
            return Duty(rule=rule, standing=Standing.NOT_RAISED, why=why)
        decided = seen.get(f"{NOT_REQUIRED}{rule.id}")
        if decided not in (None, False):
            why = f"a named person decided that it is not required: {decided}"
            return Duty(rule=rule, standing=Standing.NOT_RAISED, why=why)
        if rule.enforcement is Enforcement.PENDING:
            why = "not law yet: something to watch, and nothing is due"
            return Duty(rule=rule, standing=Standing.WATCH, why=why)
        gate = self._gate(rule, seen, day)
        if gate is False:
            why = "the instrument applies; the classification of the system does not yet"
            return Duty(
                rule=rule, standing=Standing.ANTICIPATORY, why=why, missing=_gates_ask(rule, seen)
            )
        missing = tuple(dict.fromkeys(self._missing(rule, seen, begun, concerned, gate)))
        sure = concerned and triggered and gate
        where = ground.concerned_of(rule.where)
        return self._running(rule, places, seen, begun, missing, where, raised=bool(sure))

    def _running(
        self,
        rule: Rule,
        places: Places,
        seen: Seen,
        begun: Started,
        missing: tuple[str, ...],
        where: tuple[str, ...],
        *,
        raised: bool,
    ) -> Duty:
        run = running(rule, places, seen, begun)
        clocks = run.clocks
        if places.asks is not None and run.by_place and places.asks not in missing:
            missing = (*missing, places.asks)
        done = None if rule.again is not None else last_submission(rule, seen)
        counted = tuple(one for one in clocks if done is None or one.started_at <= done) or clocks
        deadline = whole(counted, one_limit=rule.one_limit)
        end = deadline.conservative if deadline else None
        over = ended(rule, seen, end, done)
        if over is not None:
            return Duty(rule=rule, standing=Standing.NOT_RAISED, why=over)
        late = done - end if done is not None and end is not None and done > end else None
        immediately = None if not rule.immediately_from else seen.instant(rule.immediately_from)
        return Duty(
            rule=rule,
            standing=Standing.RAISED if raised else Standing.OPEN,
            why=because(rule, seen, raised=raised, missing=missing),
            deadline=deadline,
            clocks=clocks,
            missing=missing,
            recipients=recipients(rule, seen, where),
            immediately_from=immediately or _at_once(clocks),
            done_at=done,
            late_by=late,
        )

    def _missing(
        self, rule: Rule, seen: Seen, begun: Started, concerned: Truth, gate: Truth
    ) -> Iterator[str]:
        """What would settle it first, then what would start or move a clock."""
        if concerned is None:
            yield "jurisdictions"
        yield from missing(rule.applies, seen)
        yield from missing(rule.when, seen)
        if gate is None:
            yield from _gates_ask(rule, seen)
        yield from wanting(rule, seen, begun)

    def _gate(self, rule: Rule, seen: Seen, day: date) -> Truth:
        """Whether the classification is law on that day; None where that hangs on what it is."""
        shut = [gate.when for gate in rule.classification if day < gate.from_]
        found = truth(_none_of(shut), seen)
        if found is not None:
            return found
        keys = _gates_ask(rule, seen)
        return False if len(keys) == 1 and self._shut_anyway(keys[0], shut, rule, seen) else None

    def _shut_anyway(self, key: str, shut: Sequence[Condition], rule: Rule, seen: Seen) -> bool:
        """Whether every answer to the one open question shuts a gate, or means no duty at all."""
        entry = self.law.dictionary.find(key)
        if entry is None or entry.type is not KeyType.CHOICE or not entry.choices:
            return False
        for choice in entry.choices:
            answered = msgspec.structs.replace(seen, facts=seen.facts.with_(key, choice))
            may_be = truth(AllOf(of=(rule.applies, rule.when)), answered) is not False
            if may_be and truth(_none_of(shut), answered) is not False:
                return False
        return True


def _asserted(rule: Rule) -> Rule:
    """The rule with a trigger that silence does not contradict."""
    return msgspec.structs.replace(rule, when=asserted(rule.when))


def _none_of(conditions: Sequence[Condition]) -> Condition:
    return NotSo(of=AnyOf(of=tuple(conditions)))


def _gates_ask(rule: Rule, seen: Seen) -> tuple[str, ...]:
    return tuple(dict.fromkeys(
        key for gate in rule.classification for key in missing(gate.when, seen)
    ))  # fmt: skip


def _at_once(clocks: Sequence[RunningClock]) -> datetime | None:
    """Since when a clock says "immediately"."""
    starts = [one.started_at for one in clocks if one.clock.within.unit is Unit.IMMEDIATELY]
    return min(starts, default=None)


def _without_replaced(found: Sequence[Duty]) -> tuple[Duty, ...]:
    """The duties, without those in whose place another is raised for sure, due no later."""
    instead = {
        other: duty
        for duty in found
        if duty.standing is Standing.RAISED
        for other in duty.rule.instead_of
    }
    return tuple(
        Duty(rule=duty.rule, standing=Standing.NOT_RAISED, why=replaced(instead[duty.rule.id].rule))
        if duty.rule.id in instead
        and duty.standing in (Standing.RAISED, Standing.OPEN)
        and not _earlier(duty, instead[duty.rule.id])
        else duty
        for duty in found
    )


def _earlier(one: Duty, other: Duty) -> bool:
    """Whether one is due before the other: nothing later takes the place of what is due sooner."""
    end = one.deadline.conservative if one.deadline else None
    then = other.deadline.conservative if other.deadline else None
    return end is not None and (then is None or end < then)


_kept: list[_Engine] = []


def _engine(law: Law) -> _Engine:
    """The engine of a pack, made once; the last few are kept."""
    for one in _kept:
        if one.law is law:
            return one
    made = _Engine(law)
    _kept.insert(0, made)
    del _kept[_KEPT:]
    return made
