"""`tocsin oncall` and `tocsin page`: who would be called now, in which order; and calling them."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command, instant, span
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import Worker, run_until_idle
from tocsin.desk.loaded.rules import left_alone, ways_of
from tocsin.desk.plans.runs import By
from tocsin.desk.words.paging import WITHIN_SECONDS, page
from tocsin.facts import Refused, incident_log
from tocsin.facts.reach import PageBegan
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Register
from tocsin.register.reach import Reachable
from tocsin.register.staffing import Gap, answering, gaps, roles_of

GAPS_SHOWN = 3


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One person in the order of calling.

    Args:
        through: the integration that calls them; None where none does, and they are passed over.
        their_time: the clock on their wall, with its zone.
        instead_of: whose deputy they are here.
    """

    role: str
    place: int
    person: str
    name: str
    through: str | None
    does_not_answer: bool
    their_time: str
    at_work: bool
    instead_of: str | None


def add(places: Commands) -> None:
    made = command(
        places, "oncall", run_oncall,
        "who would be called now, in which order, through what; exit 1 if a role reaches nobody",
        examples="  tocsin oncall\n  tocsin oncall --role commander --at 2026-12-24T22:00Z\n"
        "  tocsin oncall --system assistant",
    )  # fmt: skip
    made.add_argument("--role", help="else every role that people have")
    made.add_argument("--at", type=instant, metavar="INSTANT", help="else now")
    made.add_argument("--system", help="whose owner is meant; else of all systems")
    called = about_incident(
        places, "page", run_page, "call the people of a role now, outside of any plan",
        examples="  tocsin page 7K3 --role counsel --text 'Please look at the letter'",
        dated=False,
    )  # fmt: skip
    called.add_argument("--role", required=True)
    called.add_argument("--text", required=True, metavar="WORDS", help="what they are told")
    called.add_argument(
        "--within-seconds",
        type=span,
        default=float(WITHIN_SECONDS),
        help="how long each has to answer before the next is called (default %(default)s)",
    )


def run_oncall(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        register, at = opened.in_force, args.at or opened.world.clock.now()
        there = frozenset(opened.world.connectors)
        down = left_alone(opened.desk.knowledge, at)
    roles = _asked(register, args.role)
    systems = _systems(register, args.system)
    turns: list[Turn] = []
    open_: dict[str, tuple[Gap, ...]] = {}
    for role in roles:
        chain = answering(register, role, systems, at)
        turns += [
            _turn(role, n, one, register, there, down, at) for n, one in enumerate(chain, start=1)
        ]
        open_[role] = gaps(register, role, systems, at) if chain else ()
    silent = [role for role in roles if not any(t.role == role and t.through for t in turns)]
    data = {
        "at": at.isoformat(),
        "turns": turns,
        "reach_nobody": silent,
        "gaps": {role: found for role, found in open_.items() if found},
    }
    lines = [line for role in roles for line in _lines(role, turns, open_[role], silent)]
    return Answer(
        data=data,
        text="\n".join([f"{at:%a %d %b %Y %H:%M} UTC", *lines]),
        status=PROBLEM if silent or not roles else DONE,
    )


def run_page(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), seat.short(incident)
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        run = page(seat.desk, log, args.role, args.text, by, max(1, int(args.within_seconds)))
        worker = Worker(seat.world, desk=seat.desk, only=(log, run))
        run_until_idle(seat.world, until=seat.now(), worker=worker)
        record = next(iter(seat.desk.run(log, run).pages.values()))
        order = seat.desk.run(log, run).orders.get(record.order)
    began: PageBegan = record.fact
    placed = order is not None and order.after is not None
    through = order.fact.connector if order is not None else record.way
    how = call_words(record.person or "", through if placed else None)
    text = (
        f"{how}; then {', '.join(began.people[1:]) or 'nobody else'}, each after "
        f"{began.within_seconds} s. Whoever looks ends it: tocsin ack {name}"
    )
    if record.person is None:
        text = over_words(record.answered_by, name)
    return Answer(
        data={"incident": incident, "run": run, "role": args.role, "people": began.people,
              "called": record.person, "placed": placed},
        text=f"{name}: {text}",
        status=DONE if placed else PROBLEM,
    )  # fmt: skip


def call_words(person: str, through: str | None) -> str:
    """How a call stands; `through` is None where it has not gone out, as when another worker has
    it in hand."""
    if through is not None:
        return f"{person} is called through {through}"
    return (
        f"the call to {person} has not gone out yet; it goes on as long as somebody runs "
        "tocsin work"
    )


def over_words(answered_by: str | None, name: str) -> str:
    """How a page ended that calls nobody any more."""
    if answered_by is not None:
        return f"{answered_by} has answered"
    return (
        "NOBODY WAS REACHED, every call failed; call by other means now, and see what stood in "
        f"the way: tocsin outbox list --incident {name}"
    )


def _asked(register: Register, role: str | None) -> tuple[str, ...]:
    roles = roles_of(register)
    if role is None:
        return roles
    if role not in roles:
        among = f"roles that people have: {', '.join(roles) or 'none; adopt a register first'}"
        raise Refused(f"nobody has the role {role}; {did_you_mean(role, roles, among)}")
    return (role,)


def _systems(register: Register, system: str | None) -> tuple[str, ...]:
    if system is None:
        return tuple(register.systems)
    if system not in register.systems:
        among = f"systems: {', '.join(register.systems) or 'none'}"
        remedy = did_you_mean(system, register.systems, among)
        raise Refused(f"{system} is not in the register in force; {remedy}")
    return (system,)


def _turn(
    role: str,
    place: int,
    one: Reachable,
    register: Register,
    there: Collection[str],
    down: Collection[str],
    at: datetime,
) -> Turn:
    person = one.person
    ways = ways_of(person, register, there)
    up = [way for way in ways if way not in down]
    local = at.astimezone(ZoneInfo(person.time_zone))
    return Turn(
        role=role,
        place=place,
        person=person.id,
        name=person.name,
        through=next(iter([*up, *ways]), None),
        does_not_answer=bool(ways) and not up,
        their_time=f"{local:%a %H:%M} {person.time_zone}",
        at_work=one.working,
        instead_of=one.instead_of,
    )


def _lines(role: str, turns: list[Turn], open_: tuple[Gap, ...], silent: list[str]) -> list[str]:
    found = ["", f"{role}:" + (" REACHES NOBODY" if role in silent else "")]
    for one in turns:
        if one.role != role:
            continue
        way = f"through {one.through}" if one.through else "NO WAY TO CALL THEM"
        way += ", which does not answer now" if one.does_not_answer else ""
        work = "at work" if one.at_work else "off hours"
        deputy = f", deputy of {one.instead_of}" if one.instead_of else ""
        found.append(
            f"  {one.place}. {one.person} ({one.name}): {work}, {one.their_time}{deputy}; {way}"
        )
    for gap in open_[:GAPS_SHOWN]:
        found.append(f"  nobody is at work {gap.since:%a %H:%M} to {gap.until:%a %H:%M} UTC")
    if len(open_) > GAPS_SHOWN:
        found.append(f"  and {len(open_) - GAPS_SHOWN} more such spans this week")
    return found
