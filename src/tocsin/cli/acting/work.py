"""`tocsin work`: carry out what plans ordered, until stopped. Any number may run side by side."""

from __future__ import annotations

import argparse
import signal
import threading
from datetime import timedelta

from tocsin import wiring
from tocsin.cli.acting.rounds import Rounds
from tocsin.cli.frame import log_lines
from tocsin.cli.frame.arguments import Commands, amount, command, count, span
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import warn_of_difference
from tocsin.cli.health.alive import alive
from tocsin.desk import Worker, run_until_idle, work
from tocsin.desk.acting.heartbeat import Heartbeat
from tocsin.desk.acting.signs import WORK, beat_of
from tocsin.desk.inbound.taking_in import TakingIn, take_in
from tocsin.inbox.store import Inbox
from tocsin.world import RealClock

LEASE_SECONDS = 30.0
PATIENCE_SECONDS = 30.0
ROUNDS_MINUTES = 60.0
EVIDENCE_HOURS = 24.0


def add(places: Commands) -> None:
    made = command(
        places,
        "work",
        run_work,
        "carry out what plans ordered; may be killed at any time and started anywhere",
        examples="  tocsin work\n  tocsin work --until-idle   # return when nothing falls due",
    )
    made.add_argument(
        "--until-idle",
        action="store_true",
        help="make one round, and return when nothing falls due within --patience-seconds; "
        "exit status 1 when the round found something wrong",
    )
    made.add_argument(
        "--patience-seconds",
        type=amount,
        default=PATIENCE_SECONDS,
        help="with --until-idle: how long to wait for what falls due next (default %(default)s)",
    )
    made.add_argument("--name", help="tells this worker from all others; chosen when not given")
    made.add_argument("--parallel", type=count, default=1, help="how many actions at once")
    made.add_argument(
        "--lease-seconds",
        type=span,
        default=LEASE_SECONDS,
        help="after this silence another worker takes over (default %(default)s)",
    )
    made.add_argument(
        "--rounds-minutes",
        type=span,
        default=ROUNDS_MINUTES,
        help="how often evidence that is due is read again and witnesses are asked "
        "(default %(default)s)",
    )
    made.add_argument(
        "--evidence-hours",
        type=amount,
        default=EVIDENCE_HOURS,
        help="how long after its last reading evidence is due again (default %(default)s)",
    )
    log_lines.option(made)


def run_work(args: argparse.Namespace, screen: Screen) -> Answer:
    log_lines.begin(args, screen, RealClock(), "work")
    lease, in_order = timedelta(seconds=args.lease_seconds), True
    with wiring.open_home(args.home, warn=screen.say) as opened:
        name = args.name or f"worker-{opened.world.ids.salt()[:8]}"
        screen.say(f"{name} is at work in {args.home}")
        warn_of_difference(opened, screen)
        for wrong in opened.desk.law.warnings():
            screen.say(f"warning: {wrong}")
        rounds = Rounds(opened, screen, timedelta(hours=args.evidence_hours))
        if args.until_idle:
            heartbeat = Heartbeat(opened.world, lease)
            one = Worker(opened.world, name=name, lease=lease, heartbeat=heartbeat)
            try:
                _take_in_all(opened)
                _until_idle(opened, one, timedelta(seconds=args.patience_seconds))
            finally:
                heartbeat.stop()
            in_order = rounds.once()
        else:
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            every = timedelta(minutes=args.rounds_minutes)
            threading.Thread(target=rounds.walk, args=(stop, every), daemon=True).start()
            inbox = Inbox(args.home)
            taking = threading.Thread(target=take_in, args=(opened.desk, inbox, stop), daemon=True)
            taking.start()
            with alive(args.home, "work"):
                work(opened.world, stop, name=name, parallel=args.parallel, lease=lease)
            beat = beat_of(opened.world.beats, WORK)
            work(opened.world, stop, name=name, parallel=args.parallel, lease=lease, beat=beat)
            taking.join()
            inbox.close()
            in_order = rounds.broken is None
    return Answer(
        data={"worker": name, "ended": True, "in_order": in_order},
        text=f"{name} has ended",
        status=DONE if in_order else PROBLEM,
    )


def _take_in_all(opened: wiring.Opened) -> None:
    """Decide whatever has come in by now, before and after the work that follows from it."""
    inbox = Inbox(opened.home)
    taking = TakingIn(opened.desk, inbox)
    while taking.once(patient=False).deliveries:
        pass
    inbox.close()


def _until_idle(opened: wiring.Opened, worker: Worker, patience: timedelta) -> None:
    """Serve until nothing falls due within `patience`; what people owe is not waited for."""
    clock = opened.world.clock
    while True:
        run_until_idle(opened.world, worker=worker, until=clock.now() + patience)
        following = worker.next_instant(clock.now())
        if following is None or following > clock.now() + patience:
            return
