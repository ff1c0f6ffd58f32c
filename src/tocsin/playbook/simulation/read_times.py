"""Reads what is supposed about a plan's times from TOML, and tells every mistake at once.

Checked against the plan: a name that no step, role or result has is a mistake, not a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.draws import Spread
from tocsin.playbook.simulation.parties import kind_of, shared_results
from tocsin.playbook.simulation.times import (
    HEARD,
    OF_PEOPLE,
    OFF_HOURS,
    OVERTIME,
    Basis,
    NamedLimit,
    Shares,
    Staff,
    StepKind,
    Times,
    Timing,
    What,
)
from tocsin.playbook.steps import Act
from tocsin.register.formats import hours_of, hours_wrong, time_zone_wrong
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.read import toml_parsed
from tocsin.register.table import Table

UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST_MS = 366 * UNITS_MS["d"]
P90_OVER_MEDIAN_MAX = 100
PEOPLE_MAX = 64
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:ms|[smhd])\s*)+")
_PART = re.compile(r"([0-9]{1,9})(ms|[smhd])")
_TIMING = '{ median = "10m", p90 = "40m", basis = "assumed" }'
_SHARES = '{ per_cent = { done = 90, failed = 10 }, basis = "assumed" }'
_HEARD = '{ per_cent = 30, basis = "assumed" }'
_LIMIT = '{ steps = ["tell-authority"], within = "72h" }'


def read_times(
    data: bytes, file: str, plan: Plan, roles: Iterable[str]
) -> tuple[Times, list[Mistake]]:
    """What these bytes suppose about a plan, with what is wrong left out, and all that is wrong.

    Args:
        roles: those whose people the plan waits for.
    """
    source, values = toml_parsed(file, data)
    times = _Reading(Table(source, (), values), plan, sorted(roles)).times()
    return times, sorted(source.told)


def milliseconds_of(value: str) -> int | None:
    """The milliseconds in a duration such as "90s", "1h 30m" or "15d"; None when it is not one."""
    if not _DURATION.fullmatch(value.strip()):
        return None
    total = sum(int(number) * UNITS_MS[unit] for number, unit in _PART.findall(value))
    return total if 0 < total <= LONGEST_MS else None


def _duration_wrong(value: str) -> str | None:
    if milliseconds_of(value) is not None:
        return None
    return 'write a duration from 1ms to 366d, such as "90s", "1h 30m" or "15d"'


class _Reading:
    def __init__(self, top: Table, plan: Plan, roles: list[str]) -> None:
        self._top, self._plan, self._roles = top, plan, roles
        self._timings: dict[tuple[str, What], Timing] = {}
        self._shares: dict[str, Shares] = {}
        self._staff: dict[str, Staff] = {}

    def times(self) -> Times:
        top, steps = self._top, self._plan.steps
        for name, table in self._named("kinds", [one.value for one in StepKind], "kind of step"):
            self._kind(name, table)
        for name, table in self._named("roles", self._roles, "role that this plan waits for"):
            self._role(name, table)
        for name, table in self._named("steps", steps, "step of this plan"):
            self._step(name, table)
        limits, deadlines = tuple(self._limits()), dict(self._deadlines())
        overtime = _timing(top, "overtime") or OVERTIME
        top.done()
        return Times(
            timings=self._timings,
            shares=self._shares,
            staff=self._staff,
            limits=limits,
            deadlines=deadlines,
            overtime=overtime,
        )

    def _named(self, room: str, known: Iterable[str], what: str) -> Iterator[tuple[str, Table]]:
        """Each table of a room whose name is known; the others are told."""
        inner, names = self._top.table(room), list(known)
        for name, table in inner.named_tables() if inner is not None else ():
            if name in names:
                yield name, table
            else:
                there = f"there are: {', '.join(names)}" if names else "leave it out"
                table.source.tell(table.path, f"no {what}", did_you_mean(name, names, there))

    def _kind(self, name: str, table: Table) -> None:
        kind = StepKind(name)
        self._timed(f"kinds.{name}", table, OF_PEOPLE.get(kind, (What.TAKES,)), kind)
        some = {
            r for s in self._plan.steps.values() if kind_of(s) is kind for r in shared_results(s)
        }
        if kind is StepKind.APPROVE:
            some |= {"approved", "declined"}
        self._shared(f"kinds.{name}", table, sorted(some))
        if kind is StepKind.PAGE:
            self._heard(f"kinds.{name}", table)
        table.done()

    def _role(self, name: str, table: Table) -> None:
        self._timed(f"roles.{name}", table, (What.REACTION, What.WORK), StepKind.ASK)
        self._heard(f"roles.{name}", table)
        inner = table.table("staff")
        if inner is not None:
            staff = _staff(inner, f"roles.{name}.staff")
            if staff is not None:
                self._staff[name] = staff
        table.done()

    def _step(self, name: str, table: Table) -> None:
        step = self._plan.steps[name]
        kind = kind_of(step)
        if kind is None:
            table.source.tell(table.path, "a step whose time is fixed by the plan", "leave it out")
            return
        whats = OF_PEOPLE.get(kind, (What.TAKES,))
        if isinstance(step, Act) and step.approvals:
            whats = (What.REACTION, What.WORK, What.TAKES)
        self._timed(f"steps.{name}", table, whats, kind)
        self._shared(f"steps.{name}", table, shared_results(step))
        if kind is StepKind.PAGE:
            self._heard(f"steps.{name}", table)
        table.done()

    def _timed(self, place: str, table: Table, whats: Iterable[What], kind: StepKind) -> None:
        for what in whats if kind is not StepKind.DECIDE else ():
            timing = _timing(table, what.value)
            if timing is not None:
                self._timings[place, what] = timing

    def _shared(self, place: str, table: Table, results: Iterable[str]) -> None:
        inner = table.table("shares") if results else None
        if inner is None:
            return
        basis, source = _basis(inner)
        shares = inner.table("per_cent")
        if shares is None:
            inner.tell("per_cent", "no shares", f"write {_SHARES}")
        else:
            said = {one: shares.whole(one, 0, 100) for one in results}
            shares.done()
            known = {one: share for one, share in said.items() if share is not None}
            if sum(known.values()) != 100:
                inner.tell("per_cent", f"together {sum(known.values())}", "let them make up 100")
            name = f"{place}.shares"
            self._shares[place] = Shares(name=name, basis=basis, source=source, per_cent=known)
        inner.done()

    def _heard(self, place: str, table: Table) -> None:
        inner = table.table(OFF_HOURS)
        if inner is None:
            return
        basis, source = _basis(inner)
        per_cent = inner.whole("per_cent", 0, 100)
        if not inner.has("per_cent"):
            inner.tell("per_cent", "missing", f"write {_HEARD}")
        inner.done()
        if per_cent is not None:
            name = f"{place}.{OFF_HOURS}"
            self._shares[name] = Shares(
                name=name, basis=basis, source=source, per_cent={HEARD: per_cent}
            )

    def _limits(self) -> Iterator[NamedLimit]:
        inner = self._top.table("limits")
        for name, table in inner.named_tables() if inner is not None else ():
            steps = tuple(self._step_named(table, "steps", one) for one in table.texts("steps"))
            within = table.needed_text("within", f"write {_LIMIT}", _duration_wrong)
            since = table.text("from") or ""
            if not steps:
                table.tell("steps", "no step that meets it", f"write {_LIMIT}")
            if since:
                self._step_named(table, "from", since)
            table.done()
            yield NamedLimit(
                id=name, steps=steps, within_ms=milliseconds_of(within or "") or 1,
                counted_from=since,
            )  # fmt: skip

    def _step_named(self, table: Table, field: str, name: str) -> str:
        if name not in self._plan.steps:
            remedy = did_you_mean(name, self._plan.steps, "name a step of this plan")
            table.tell(field, f"there is no step {name}", remedy)
        return name

    def _deadlines(self) -> Iterator[tuple[str, int]]:
        for name, table in self._named("deadlines", self._plan.deadlines, "deadline of this plan"):
            remedy = 'write how long after the start of the run it falls: { within = "72h" }'
            within = table.needed_text("within", remedy, _duration_wrong)
            table.done()
            yield name, milliseconds_of(within or "") or 1


def _timing(table: Table, field: str) -> Timing | None:
    inner = table.table(field)
    if inner is None:
        return None
    basis, source = _basis(inner)
    median = inner.needed_text("median", f"write {_TIMING}", _duration_wrong)
    p90 = inner.text("p90", _duration_wrong)
    inner.done()
    middle = milliseconds_of(median or "")
    high = milliseconds_of(p90 or "") or middle
    if middle is None or high is None:
        return None
    if not middle <= high <= P90_OVER_MEDIAN_MAX * middle:
        remedy = f"of ten, nine take at most p90: from 1 to {P90_OVER_MEDIAN_MAX} times the median"
        inner.tell("p90", p90 or "", remedy)
        return None
    path = ".".join(str(part) for part in inner.path)
    spread = Spread(median_ms=middle, p90_ms=high)
    return Timing(name=path, basis=basis, source=source, spread=spread)


def _basis(table: Table) -> tuple[Basis, str]:
    basis = table.one_of("basis", Basis)
    source = table.text("source") or ""
    if not table.has("basis"):
        table.tell("basis", "missing", 'say whether it is "assumed" or "measured"')
    if basis is Basis.MEASURED and not source:
        table.tell("source", "measured, and not where", "name the drills or incidents in `source`")
    return basis or Basis.ASSUMED, source


def _staff(table: Table, name: str) -> Staff | None:
    basis, source = _basis(table)
    people = table.whole("people", 1, PEOPLE_MAX)
    if not table.has("people"):
        table.tell("people", "missing", "write how many people have this role")
    words = table.texts("hours", hours_wrong)
    zone = table.text("time_zone", time_zone_wrong) or "UTC"
    table.done()
    hours = tuple(one for one in map(hours_of, words) if one is not None)
    if people is None:
        return None
    return Staff(name=name, basis=basis, source=source, people=people, hours=hours, time_zone=zone)
