"""The first hour, in short commands: `now`, `ack`, `stop`, `undo`, `decide`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import msgspec

from tocsin import wiring
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import NUMBER_MAX, Commands, command, number_in, whole
from tocsin.cli.frame.carrying_out import CarriedOut, carried_out, is_completed
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.incident.roles import run_ack
from tocsin.cli.lessons.action_sheet import nag
from tocsin.cli.recovery.sheet import back_lines
from tocsin.desk.acting import stopping
from tocsin.desk.approving import approvals, glass, links
from tocsin.desk.evidence.lessons import overdue
from tocsin.desk.plans import runs
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import EVERYDAY
from tocsin.dossier.account import account_of
from tocsin.dossier.now import LINES_MAX, now_of
from tocsin.facts import Refused, incident_log
from tocsin.facts.incidents import Severity
from tocsin.incident.lessons import lessons_of
from tocsin.incident.model import Status
from tocsin.playbook import replay_runs
from tocsin.register.mistakes import did_you_mean
from tocsin.register.statements import ORDER_NAMESPACE
from tocsin.world import Appended

_SEVERITIES = list(Severity)
WORDS = ("approve", "decline", "alone", "countersign", "disagree", "override", "delegate")


def add(places: Commands) -> None:
    now = command(
        places, "now", run_now, "what harms whom, what was done and seen, and the one next step",
        examples="  tocsin now\n  tocsin now 7K3",
    )  # fmt: skip
    now.add_argument("incident", nargs="?", help="else the worst that is open")
    ack = command(places, "ack", run_ack, "say that you are looking; it ends the calling",
                  examples="  tocsin ack 7K3 --as ana")  # fmt: skip
    ack.add_argument("incident")
    ack.add_argument("--note", default="")
    saying(ack)
    stop = command(
        places, "stop", run_stop, "turn a system off now, so that its fallback serves, and look",
        examples="  tocsin stop assistant --as ana\n  tocsin stop assistant --flag "
        "assistant.knowledge   # one dependency",
    )  # fmt: skip
    stop.add_argument("system")
    stop.add_argument("--flag", help="which of the system's switches; else the first")
    stop.add_argument("--incident", help="else the newest open one about this system, or a new one")
    saying(stop)
    undo = command(
        places, "undo", run_undo, "take back a stop, or one action of an incident, and look",
        examples="  tocsin undo assistant --as ana\n  tocsin undo 7K3 27 --as ana",
    )  # fmt: skip
    undo.add_argument("what", metavar="SYSTEM|INCIDENT")
    undo.add_argument("action", type=whole, nargs="?", help="its number in the timeline")
    saying(undo)
    _add_decide(places)


def _add_decide(places: Commands) -> None:
    decide = command(
        places, "decide", run_decide, "approve or refuse an action, answer a question of the plan",
        examples="  tocsin decide 7K3 27 approve --because 'v1 was fine' --as ana --key KEY\n"
        "  tocsin decide 7K3 27 alone --because 'harm grows; nobody else answers'\n"
        "  tocsin decide 7K3 27 countersign --because 'I would have done the same'\n"
        "  tocsin decide 7K3 ask-commander yes",
    )  # fmt: skip
    decide.add_argument("incident")
    decide.add_argument("what", metavar="ACTION|QUESTION", help="its number, or the step's name")
    decide.add_argument("choice", help=f"for an action: {', '.join(WORDS)}; else the answer")
    decide.add_argument("--because", default="")
    decide.add_argument("--to", metavar="PERSON", help="with `delegate`: to whom")
    decide.add_argument("--run", dest="run_id", help="else the newest that asks")
    saying(decide)


def run_now(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        store = opened.store
        going_on = [] if args.incident else _open_worst_first(opened)
        if not args.incident and not going_on:
            items, reviews = overdue(opened.desk)
            told = nag(items, reviews)
            return Answer(
                data={"incident": None, "open": 0, "overdue": items + reviews},
                text="no incident is open" + (f"; {told}" if told else ""),
            )
        incident = short.find(store, args.incident) if args.incident else going_on[0]
        name = short.shortest(incident, short.incidents(store))
        entries = opened.store.read(incident_log(incident))
        register = opened.desk.knowledge.nearest_register()
        if opened.desk.knowledge.register_lost is not None:
            screen.say(f"warning: {opened.desk.knowledge.register_lost}")
        switched = [s.id for s in register.systems.values() if s.switch is not None]
        account = account_of(entries, EVERYDAY)
        at = opened.world.clock.now()
        back = back_lines(opened, incident_log(incident), name)
        review_due = lessons_of(entries).review_due
        wrong = opened.desk.law.warnings()
        now = now_of(account, replay_runs(entries), name, at, switched, back, review_due, wrong)
        others = [short.shortest(one, short.incidents(store)) for one in going_on[1:]]
    return Answer(data=now, text="\n".join(_with_others(now.lines, others)))


def _with_others(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """The screen with a line for what else is open, in the place of a line that is cut away."""
    if not others:
        return list(lines)
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    count = "1 other is" if len(others) == 1 else f"{len(others)} others are"
    said = f"also      {count} open: {', '.join(others[:5])}{more}; see: tocsin now INCIDENT"
    kept = lines if len(lines) < LINES_MAX else [*lines[:-4], *lines[-3:]]
    return [*kept[:-1], said, kept[-1]]


def run_stop(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident) if args.incident else None
        started = stopping.stop(
            seat.desk, args.system, _by(args, seat), flag=args.flag, incident=incident
        )
        out = carried_out(seat, screen, started.incident, started.log, started.run)
        return _told(out, seat.short(started.incident), f"{args.system} is stopped", started)


def run_undo(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = _by(args, seat)
        if args.action is None:
            started = stopping.undo(seat.desk, args.what, by)
        else:
            log = incident_log(seat.incident(args.what))
            started = stopping.undo_order(seat.desk, log, args.action, by)
        out = carried_out(seat, screen, started.incident, started.log, started.run)
        return _told(out, seat.short(started.incident), "it is taken back", started)


def run_decide(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        typed = number_in(args.what, 0, NUMBER_MAX)
        action = typed if typed is not None else _approval_asked(args, seat, log)
        if action is not None:
            appended = _about_action(args, seat, log, action)
        else:
            appended = _about_question(args, seat, log)
        name = seat.short(incident)
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=f"{name}: {args.what}: {args.choice}; see: tocsin now {name}",
    )


def _about_action(args: argparse.Namespace, seat: Seat, log: str, action: int) -> Appended:
    desk, author, because, key = seat.desk, seat.author, args.because, args.client_key
    sign = seat.person.signer(ORDER_NAMESPACE)
    match args.choice:
        case "approve":
            return approvals.approve(desk, log, action, author, because=because, sign=sign,
                                     client_key=key)  # fmt: skip
        case "decline":
            return approvals.decline(desk, log, action, author, because=because, sign=sign,
                                     client_key=key)  # fmt: skip
        case "alone":
            return glass.break_glass(desk, log, action, author, because=because, sign=sign,
                                     client_key=key)  # fmt: skip
        case "countersign" | "disagree":
            agrees = args.choice == "countersign"
            return glass.countersign(desk, log, action, author, because=because, sign=sign,
                                     agrees=agrees, client_key=key)  # fmt: skip
        case "override":
            return glass.override_seal(desk, log, action, author, because=because, sign=sign,
                                       client_key=key)  # fmt: skip
        case "delegate":
            if args.to is None:
                raise Refused("say to whom it is handed on: --to PERSON")
            return links.delegate(desk, log, action, args.to, author, because=because,
                                  sign=seat.sign, client_key=key)  # fmt: skip
        case other:
            among = f"write one of {', '.join(WORDS)}"
            raise Refused(f"{other} is not for an action; {did_you_mean(other, WORDS, among)}")


def _approval_asked(args: argparse.Namespace, seat: Seat, log: str) -> int | None:
    """The entry at which the step of this name waits for an approval; None where it does not."""
    waiting = [
        one.seq
        for run in seat.desk.runs(log)
        for one in run.approvals.values()
        if one.result is None
        and one.fact.step == args.what
        and args.run_id in (None, run.id)
        and run.is_open
    ]
    return max(waiting, default=None)


def _about_question(args: argparse.Namespace, seat: Seat, log: str) -> Appended:
    asking = [
        run.id
        for run in seat.desk.runs(log)
        if any(q.choice is None and q.fact.step == args.what for q in run.questions.values())
    ]
    open_runs = [run.id for run in seat.desk.runs(log) if run.is_open]
    run = args.run_id or next(iter([*reversed(asking), *reversed(open_runs)]), "run-1")
    by = _by(args, seat)
    return runs.answer(seat.desk, log, run, args.what, args.choice, args.because, by)


def _told(out: CarriedOut, name: str, done: str, started: stopping.Started) -> Answer:
    good = is_completed(out) and out.done
    if good and out.shown:
        text = f"{name}: {done}, and it was SEEN: {out.seen}"
    elif good:
        text = f"{name}: {done}; that it took effect is NOT shown: the register names no eye for it"
    elif out.waiting:
        numbers = ", ".join(map(str, out.waiting))
        text = f"{name}: waits for people (action {numbers}); see: tocsin now {name}"
    elif out.done:
        text = (
            f"{name}: ordered and answered, but NOT YET SHOWN: {out.seen}; see: tocsin now {name}"
        )
    else:
        text = f"{name}: NOT done ({out.ending or 'still trying'}); see: tocsin log {name}"
    plain: dict[str, object] = msgspec.to_builtins(out) | {"short": name}
    status = DONE if good and (out.shown or started.seen_by is None) else PROBLEM
    return Answer(data=plain, text=text, status=status)


def _open_worst_first(opened: wiring.Opened) -> list[str]:
    """All open incidents: by severity, then what was found before what was told, then the newest.

    One that nobody has judged yet stands after sev1 and before sev2: it may be either.
    """
    found = []
    for incident in short.incidents(opened.store):
        account = account_of(opened.store.read(incident_log(incident)), EVERYDAY)
        one = account.incident
        if one.status is Status.OPEN and one.opened_at is not None:
            judged = _SEVERITIES.index(one.severity.severity) if one.severity else 0.5
            age = -one.opened_at.timestamp()
            found.append(((judged, not account.standing, age), incident))
    return [incident for _, incident in sorted(found)]


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
