"""Plans at work: `run`, `pause`, `resume`, `cancel`, `answer`, `approve`, `decline`, `outcome`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, whole
from tocsin.cli.frame.deciding import about_incident, unsigned
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.approving import approvals
from tocsin.desk.plans import runs
from tocsin.desk.plans.runs import By
from tocsin.facts import incident_log
from tocsin.facts.runs import Outcome
from tocsin.register.statements import ORDER_NAMESPACE
from tocsin.world import Appended


def add(inner: Commands) -> None:
    run = about_incident(
        inner,
        "run",
        run_run,
        "put a plan to work; `tocsin work` carries it out",
        examples="  tocsin incident run 7K3 plan.yaml",
        dated=False,
    )
    run.add_argument("plan", type=Path, metavar="PLAN.yaml")
    for name, call, help in (
        ("pause", run_pause, "halt a run: no new action begins"),
        ("resume", run_resume, "let a paused run go on"),
        ("cancel", run_cancel, "end a run; actions already taken are not undone"),
    ):
        made = about_incident(inner, name, call, help, dated=False)
        unsigned(made)
        made.add_argument("run_id", metavar="RUN", nargs="?", default="run-1")
        made.add_argument("--because", required=True)
    answer = about_incident(
        inner, "answer", run_answer, "answer a question that a plan asks", dated=False
    )
    answer.add_argument("step")
    answer.add_argument("choice")
    answer.add_argument("--run", dest="run_id", default="run-1")
    answer.add_argument("--because", default="")
    for name, call, help in (
        ("approve", run_approve, "approve an action, signed with your enrolled key"),
        ("decline", run_decline, "refuse an action; it will not be carried out"),
    ):
        made = about_incident(
            inner,
            name,
            call,
            help,
            examples=f"  tocsin incident {name} 7K3 12 --as ana --key KEY",
            dated=False,
        )
        made.add_argument("action", type=whole, help="its number in the timeline")
        made.add_argument("--because", default="")
    outcome = about_incident(
        inner,
        "outcome",
        run_outcome,
        "say how an action of unknown outcome ended; you looked",
        dated=False,
    )
    outcome.add_argument("action", type=whole, help="its number in the timeline")
    outcome.add_argument("outcome", choices=[Outcome.DONE.value, Outcome.NOT_DONE.value])
    outcome.add_argument("--basis", required=True, help="what you looked at")


def run_run(args: argparse.Namespace, screen: Screen) -> Answer:
    plan = plain_bytes(args.plan)
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        started = runs.start_run(seat.desk, log, plan, _by(args, seat), file=args.plan.name)
        digest = seat.desk.run(log, started).plan_digest
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, "run": started, "plan": digest},
        text=f"{name}: {started} began; carry it out with: tocsin work",
    )


def run_pause(args: argparse.Namespace, screen: Screen) -> Answer:
    def pause(seat: Seat, log: str) -> Appended:
        return runs.pause(seat.desk, log, args.run_id, args.because, _by(args, seat))

    return _told(args, screen, pause, f"{args.run_id} is paused")


def run_resume(args: argparse.Namespace, screen: Screen) -> Answer:
    def resume(seat: Seat, log: str) -> Appended:
        return runs.resume(seat.desk, log, args.run_id, args.because, _by(args, seat))

    return _told(args, screen, resume, f"{args.run_id} goes on")


def run_cancel(args: argparse.Namespace, screen: Screen) -> Answer:
    def cancel(seat: Seat, log: str) -> Appended:
        return runs.cancel(seat.desk, log, args.run_id, args.because, _by(args, seat))

    return _told(args, screen, cancel, f"{args.run_id} is cancelled; nothing was undone by this")


def run_answer(args: argparse.Namespace, screen: Screen) -> Answer:
    def answer(seat: Seat, log: str) -> Appended:
        by = _by(args, seat)
        return runs.answer(seat.desk, log, args.run_id, args.step, args.choice, args.because, by)

    return _told(args, screen, answer, f"{args.step}: {args.choice}")


def run_approve(args: argparse.Namespace, screen: Screen) -> Answer:
    return _answered(args, screen, approvals.approve, "is approved by you")


def run_decline(args: argparse.Namespace, screen: Screen) -> Answer:
    return _answered(args, screen, approvals.decline, "is refused")


def _answered(
    args: argparse.Namespace, screen: Screen, answer: Callable[..., Appended], done: str
) -> Answer:
    def answered(seat: Seat, log: str) -> Appended:
        return answer(
            seat.desk,
            log,
            args.action,
            seat.author,
            because=args.because,
            sign=seat.person.signer(ORDER_NAMESPACE),
            client_key=args.client_key,
        )

    return _told(args, screen, answered, f"action {args.action} {done}")


def run_outcome(args: argparse.Namespace, screen: Screen) -> Answer:
    def judge(seat: Seat, log: str) -> Appended:
        outcome = Outcome(args.outcome)
        by = _by(args, seat)
        return runs.judge_outcome(seat.desk, log, args.action, outcome, args.basis, by)

    return _told(args, screen, judge, f"action {args.action}: {args.outcome}")


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)


def _told(
    args: argparse.Namespace, screen: Screen, act: Callable[[Seat, str], Appended], done: str
) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        appended = act(seat, incident_log(incident))
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, "entries": [appended.first_seq, appended.last_seq]},
        text=f"{name}: {done}",
    )
