"""Small plans and registers for the simulation's tests, and the shortest way to a network."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.simulation.compiling import Compiled, compiled, ruled_role
from tocsin.playbook.simulation.parties import roles_asked
from tocsin.playbook.simulation.question import Answer, Question, answered
from tocsin.playbook.simulation.read_times import read_times
from tocsin.playbook.simulation.times import Times
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import Register
from tocsin.register.read import read_register

MONDAY = datetime(2027, 1, 11, tzinfo=UTC)

# Somebody who works office hours must say yes before the harm stops.
OFFICE_STOP = """\
plan: office-stop
version: "1"
title: A data scientist confirms before the model is switched off
systems: [assistant]
communication:
  - {audience: support, within: 2h, by: data-science}
steps:
  confirm:
    ask: Is it really failing?
    role: data-science
    choices: {"yes": stop, "no": over}
  stop:
    act: switch
    target: assistant.model
    wanted: off
    effect: stop
    undo: on
    next: seen
    on_failure: gone
  seen:
    probe: eye
    target: assistant
    wanted: off
    next: tell
    on_not_shown: gone
  tell:
    tell: support
    subject: It is off
    text: People answer now.
    through: mail
    next: over
  over: {end: completed}
  gone: {end: failed}
"""

OFFICE_PEOPLE = """\
[people.cleo]
name = "Cleo"
email = "cleo@example.com"
roles = ["data-science"]
hours = ["mon-fri 09:00-17:00"]
time_zone = "Europe/Berlin"
"""

# Nothing varies and nothing fails: every instant can be worked out by hand.
CERTAIN = """\
[kinds.ask]
reaction = { median = "10m", basis = "assumed" }
work = { median = "20m", basis = "assumed" }
[kinds.act]
takes = { median = "5s", basis = "assumed" }
shares = { per_cent = { done = 100 }, basis = "assumed" }
[kinds.probe]
takes = { median = "10s", basis = "assumed" }
shares = { per_cent = { shown = 100 }, basis = "assumed" }
[kinds.tell]
takes = { median = "1s", basis = "assumed" }
shares = { per_cent = { done = 100 }, basis = "assumed" }
[steps.confirm]
shares = { per_cent = { yes = 100 }, basis = "assumed" }
"""
CERTAIN_CONTAINED_MS = (30 * 60 + 15) * 1000


def register_of(text: str) -> Register:
    register, told = read_register({"r.toml": text.encode()})
    assert not mistakes_only(told), [str(one) for one in told]
    return register


def times_of(text: str, plan: Plan, register: Register | None = None) -> Times:
    roles = list(roles_asked(plan, ruled_role(register, plan)))
    times, told = read_times(text.encode(), "p.times.toml", plan, roles)
    assert not mistakes_only(told), [str(one) for one in told]
    return times


def network_of(plan: str, people: str | None = None, times: str = "") -> Compiled:
    read = plan_of(plan.encode())
    register = register_of(people) if people is not None else None
    made, told = compiled(read, "p.yaml", register, times_of(times, read, register), MONDAY)
    assert made is not None, [str(one) for one in told]
    return made


def answer_of(
    plan: str, people: str | None = None, times: str = "", zone: str = "UTC", **asked: object
) -> Answer:
    read = plan_of(plan.encode())
    register = register_of(people) if people is not None else None
    question = Question(
        plan=read,
        file="p.yaml",
        register=register,
        times=times_of(times, read, register),
        zone=zone,
        **asked,  # type: ignore[arg-type]
    )
    answer, told = answered(question)
    assert answer is not None, [str(one) for one in told]
    return answer
