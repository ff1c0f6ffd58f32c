"""Why a run does what it does, and why not the rest: `tocsin incident why`."""

from __future__ import annotations

import argparse

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.facts import Refused, incident_log
from tocsin.playbook import Run
from tocsin.playbook.course import Reached, StepCourse, course_of


def add(inner: Commands) -> None:
    made = command(
        inner,
        "why",
        run_why,
        "for each step of a run: done, waiting for what, or not reached and why",
        examples="  tocsin incident why 7K3\n  tocsin incident why 7K3 run-2",
    )
    made.add_argument("incident", metavar="INCIDENT")
    made.add_argument("run_id", metavar="RUN", nargs="?", help="else the newest that goes on")


def run_why(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        desk = opened.desk
        known = desk.known(incident_log(incident))
        run = known.run(args.run_id) if args.run_id else _newest(list(known.runs.by_id.values()))
        steps = course_of(desk.knowledge.plan(run), run, desk.knowledge.spots(known, run))
    ended = f", {run.ending.value}" if run.ending else ""
    lines = [f"{run.id}  plan {run.plan}: {run.standing.value}{ended}"]
    lines += [line for step in steps for line in _lines(step)]
    return Answer(
        data={
            "incident": incident,
            "run": run.id,
            "plan": run.plan,
            "standing": run.standing.value,
            "steps": steps,
        },
        text="\n".join(lines),
    )


def _newest(runs: list[Run]) -> Run:
    if not runs:
        raise Refused("no plan is at work in this incident: tocsin incident run INCIDENT PLAN.yaml")
    return next((run for run in reversed(runs) if run.is_open), runs[-1])


_MARKS = {Reached.DONE: "done", Reached.HERE: "HERE", Reached.NOT: "not"}


def _lines(step: StepCourse) -> list[str]:
    head = f"  {_MARKS[step.reached]:5} {step.step}"
    if step.reached is Reached.DONE and step.at is not None:
        times = f", {step.times} times" if step.times > 1 else ""
        return [f"{head}: {step.result} at {step.at:%Y-%m-%d %H:%M:%S} UTC{times}"]
    late = "LATE: " if step.late else ""
    first, *rest = step.why or ("no way leads here",)
    return [f"{head}: {late}{first}", *(f"        {one}" for one in rest)]
