"""How long 10,000 runs of a plan of 40 steps and 8 roles take, and how that compares with SimPy.

The figure to hold: less than 3 s of CPU for 10,000 runs through every hour of the week, with what
is told of each hour and limit, the median of five. SimPy plays the same network with the same
draws; the tests hold that both give the same answers.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.table import Table, paired
from tocsin.playbook import plan_of
from tocsin.playbook.simulation.calendar import HOUR_MS, HOURS_OF_WEEK
from tocsin.playbook.simulation.compiling import Compiled, compiled
from tocsin.playbook.simulation.engine import Engine
from tocsin.playbook.simulation.options import options_of
from tocsin.playbook.simulation.question import OPTION_RUNS
from tocsin.playbook.simulation.study import studied
from tocsin.playbook.simulation.times import Times
from tocsin.register.read import read_register

RUNS, PAIRED_RUNS, REPEATS, LIMIT_SECONDS = 60 * HOURS_OF_WEEK, 336, 5, 3.0
ROLES = ("on-call", "commander", "counsel", "privacy", "data", "platform", "press", "support")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
HOURS = tuple(hour * HOUR_MS for hour in range(HOURS_OF_WEEK))


def network() -> Compiled:
    """A plan of 40 steps and 8 roles, two people each, half of them in office hours."""
    plan = plan_of("\n".join(_plan()).encode())
    assert len(plan.steps) == 40, len(plan.steps)
    register, told = read_register({"people.toml": "\n".join(_people()).encode()})
    assert all(one.advice for one in told), told
    made, mistakes = compiled(plan, "p.yaml", register, Times(), datetime(2027, 1, 11, tzinfo=UTC))
    assert made is not None, mistakes
    return made


def run() -> Table:
    """The figures, and whether the limit held; smaller is better."""
    made = network()
    took = statistics.median(_seconds(made) for _ in range(REPEATS))
    ours, theirs, ratio = paired(lambda: _ours(made), lambda: _simpy(made), REPEATS)
    asked = len([one for one in made.network.activities if one.workers])
    rows = [
        ("Tocsin, 10,080 runs and what is told of them", f"{took:.2f}", "-"),
        (f"Tocsin, {PAIRED_RUNS} runs", f"{ours:.3f}", f"{ratio:.3f}"),
        (f"SimPy, {PAIRED_RUNS} runs", f"{theirs:.3f}", "1"),
    ]
    return Table(
        title="Simulating a plan of 40 steps and 8 roles",
        columns=("what", "s of CPU, median", "of SimPy's time"),
        rows=rows,
        note=f"Limit: {LIMIT_SECONDS:.0f} s for 10,080 runs; in {asked} steps people are waited "
        f"for. Each of the {len(list(options_of(made)))} changes that are tried costs another "
        f"{OPTION_RUNS:,} runs. The same draws, the same answers (a test of the engine).",
        met=took < LIMIT_SECONDS,
    )


def _seconds(made: Compiled) -> float:
    began = time.process_time()
    studied(made.network, 1, HOURS, RUNS, 0.0)
    return time.process_time() - began


def _ours(made: Compiled) -> float:
    began = time.process_time()
    engine = Engine(made.network, 1)
    for number in range(PAIRED_RUNS):
        engine.run(number, HOURS[number % HOURS_OF_WEEK])
    return time.process_time() - began


def _simpy(made: Compiled) -> float:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "playbook" / "simulation"))
    from simpy_oracle import run as run_simpy

    began = time.process_time()
    for number in range(PAIRED_RUNS):
        run_simpy(made.network, 1, number, HOURS[number % HOURS_OF_WEEK])
    return time.process_time() - began


def _plan() -> Iterator[str]:
    yield from ("plan: forty", 'version: "1"', "title: Forty steps", "start: first", "steps:")
    yield "  first: {parallel: [call, stop, keep], next: s0, on_failure: gone}"
    yield "  call: {page: on-call, text: Come, within: 5m, next: join, on_unanswered: join}"
    yield "  stop: {act: switch, target: bot, wanted: off, effect: stop, undo: on, next: seen}"
    yield "  seen: {probe: eye, target: bot, wanted: off, next: join, on_not_shown: join}"
    yield "  keep: {seal: [log], budget: 2m, next: join, on_insufficient: join}"
    for number in range(30):
        role, then = ROLES[number % len(ROLES)], f"s{number + 1}"
        if number % 5 == 4:
            yield (
                f"  s{number}: {{approve: Go on, role: {role}, next: {then}, "
                f"on_declined: {then}, limit: 12h, on_limit: {then}}}"
            )
        elif number % 5 == 3:
            yield (
                f"  s{number}: {{tell: {role}, subject: S, text: T, through: mail, "
                f"next: {then}, on_failure: {then}}}"
            )
        else:
            yield (
                f'  s{number}: {{ask: How is it, role: {role}, choices: {{"yes": {then}, '
                f'"no": {then}}}, limit: 8h, on_limit: "no"}}'
            )
    yield "  s30: {parallel: [left, right], next: over, on_failure: gone}"
    yield '  left: {ask: Left, role: data, choices: {"yes": join, "no": join}}'
    yield '  right: {ask: Right, role: platform, choices: {"yes": join, "no": join}}'
    yield "  over: {end: completed}"
    yield "  gone: {end: failed}"


def _people() -> Iterator[str]:
    for number, role in enumerate(role for role in ROLES for _ in range(2)):
        yield f'[people.p{number}]\nname = "P{number}"\nroles = ["{role}"]'
        yield f'email = "p{number}@example.com"\ntime_zone = "{ZONES[number % len(ZONES)]}"'
        if number % 2:
            yield 'hours = ["mon-fri 09:00-17:00"]'


if __name__ == "__main__":
    print(run().markdown())
