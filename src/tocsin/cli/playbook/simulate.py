"""`tocsin playbook simulate`: what a plan's people and limits will do, before it is needed.

Needs no home. Where there is one, its register says who has which role and when they work.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, between, command
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import WRONG_USE, Answer, Screen
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.playbook import Plan, read_plan, simulation
from tocsin.register.files import load_register
from tocsin.register.formats import time_zone_wrong
from tocsin.register.mistakes import Mistake, did_you_mean, mistakes_only
from tocsin.register.model import Register
from tocsin.register.read import read_register
from tocsin.world import RealClock

TIMES_SUFFIX = ".times.toml"
RUNS_MAX = 1_000_000
SEED_MAX = 2**63


def add(inner: Commands) -> None:
    made = command(
        inner, "simulate", run_simulate,
        "how long a plan takes, which limits it misses, whom it waits for, and what would help",
        examples="  tocsin playbook simulate playbooks/assistant-fallback.yaml\n"
        "  tocsin playbook simulate plan.yaml --times plan.times.toml --zone Europe/Berlin\n"
        "  tocsin playbook simulate plan.yaml --seed 7 --runs 50000 --precision 0.5 --json",
    )  # fmt: skip
    made.add_argument("plan", type=Path, metavar="PLAN.yaml")
    made.add_argument(
        "--times",
        type=Path,
        metavar="FILE.toml",
        help="what is assumed or measured; else PLAN.times.toml, if there is one",
    )
    made.add_argument(
        "--register",
        type=Path,
        metavar="PLACE",
        help="a file or folder: who has which role, and when; else the register of the home",
    )
    made.add_argument(
        "--measured-from",
        type=Path,
        action="append",
        default=[],
        metavar="HOME",
        help="take times from the incidents and drills of a record (may be repeated)",
    )
    made.add_argument("--runs", type=_runs, default=10_080, help="at most (10,080)")
    made.add_argument(
        "--precision",
        type=_points,
        default=1.0,
        metavar="POINTS",
        help="stop when each share is known to so many points of a hundred (1)",
    )
    made.add_argument("--seed", type=_seed, default=1, help="the same seed, the same answer (1)")
    made.add_argument("--zone", type=_zone, help="by whose clocks hours are told: Europe/Berlin")
    made.add_argument(
        "--week",
        type=_day,
        default=simulation.ORDINARY_WEEK,
        metavar="DAY",
        help="a day of the week in which it starts (2027-01-11)",
    )
    made.add_argument(
        "--limit", help="the limit whose hours are drawn; else the one that varies most over them"
    )
    made.add_argument(
        "--unarmed",
        action="store_true",
        help="as if the system were not armed: each act waits for one yes",
    )
    made.add_argument(
        "--no-changes",
        action="store_true",
        help="do not ask what single changes would be worth",
    )


def run_simulate(args: argparse.Namespace, screen: Screen) -> Answer:
    plan, mistakes = read_plan(plain_bytes(args.plan, "a plan's file"), args.plan.name)
    if plan is None:
        return _refused(mistakes)
    if args.unarmed:
        plan = simulation.unarmed(plan)
    register, mistakes = _register(args)
    ruled = simulation.ruled_role(register, plan)
    times, wrong = _times(args, plan, list(simulation.roles_asked(plan, ruled)))
    for advice in (one for one in wrong if one.advice):
        screen.say(str(advice))
    mistakes = mistakes_only([*mistakes, *wrong])
    if mistakes:
        return _refused(mistakes)
    times = _with_record(args, screen, plan, times)
    question = simulation.Question(
        plan=plan,
        file=args.plan.name,
        register=register,
        times=times,
        zone=args.zone or _usual_zone(register),
        week=args.week,
        seed=args.seed,
        runs_max=args.runs,
        precision=args.precision / 100,
        armed=not args.unarmed,
        with_options=not args.no_changes,
    )
    drawn = _limit_drawn(args.limit, question) if args.limit is not None else None
    answer, mistakes = simulation.answered(question, screen.progress("simulating", "runs"))
    if answer is None:
        return _refused(mistakes)
    return Answer(data=simulation.plain(answer), text=simulation.words_of(answer, drawn))


def _limit_drawn(name: str, question: simulation.Question) -> int | None:
    """The number of the limit that was named; None where roles are missing, which is told later."""
    known = simulation.limits_of(question)
    if known is None:
        return None
    if name not in known:
        there = did_you_mean(name, known, f"there are: {'; '.join(known) or 'none'}")
        raise Refused(f'--limit: this plan has no limit "{name}"; {there}')
    return known.index(name)


def _refused(mistakes: list[Mistake]) -> Answer:
    lines = [*map(str, sorted(mistakes)), "nothing was simulated"]
    data = {"ok": False, "mistakes": sorted(mistakes)}
    return Answer(data=data, text="\n".join(lines), status=WRONG_USE)


def _register(args: argparse.Namespace) -> tuple[Register | None, list[Mistake]]:
    """Who is known: of the file that was named, else of the home; None where nobody is."""
    if args.register is not None:
        if args.register.is_dir():
            register, told = load_register(args.register)
        else:
            data = plain_bytes(args.register, "a register's file or folder")
            register, told = read_register({args.register.name: data})
        return register, mistakes_only(told)
    try:
        wiring.origin_of(args.home)
        register, _ = wiring.declared(args.home, RealClock())
    except Refused:
        return None, []
    return (register if register.people else None), []


def _times(
    args: argparse.Namespace, plan: Plan, roles: list[str]
) -> tuple[simulation.Times, list[Mistake]]:
    file: Path = args.times or args.plan.with_name(args.plan.stem + TIMES_SUFFIX)
    if args.times is None and not file.exists():
        return simulation.Times(), []
    return simulation.read_times(plain_bytes(file, "a file of times"), file.name, plan, roles)


def _with_record(
    args: argparse.Namespace, screen: Screen, plan: Plan, times: simulation.Times
) -> simulation.Times:
    """What was said, and what the record of homes says where nobody said anything."""
    known = dict(times.timings)
    for home in args.measured_from:
        with wiring.open_home(home, warn=screen.say) as opened:
            logs = [opened.store.read(log) for log in opened.store.logs(INCIDENT_PREFIX)]
            found = simulation.measured(logs, opened.in_force, plan.id)
        if not found:
            screen.say(f"{home}: nothing was measured; that takes five answers or acts of a kind")
        known = {**found, **known}
    return msgspec.structs.replace(times, timings=known)


def _usual_zone(register: Register | None) -> str:
    """The zone in which most people are."""
    people = register.people.values() if register is not None else ()
    zones = Counter(sorted(one.time_zone for one in people))
    return zones.most_common(1)[0][0] if zones else "UTC"


def _runs(text: str) -> int:
    return between(text, 1, RUNS_MAX)


def _seed(text: str) -> int:
    return between(text, 0, SEED_MAX - 1)


def _points(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.01 <= value <= 50:
        raise argparse.ArgumentTypeError(f"{text!r}; give points of a hundred, from 0.01 to 50")
    return value


def _zone(text: str) -> str:
    wrong = time_zone_wrong(text)
    if wrong is not None:
        raise argparse.ArgumentTypeError(f"{text!r}; {wrong}")
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it like 2026-10-19")
    if not 1990 <= day.year <= 2100:
        raise argparse.ArgumentTypeError(f"{text!r}; give a day of the years 1990 to 2100")
    return day
