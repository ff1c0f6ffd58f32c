"""`tocsin outbox`: what is written outside, how it stands, and what a person does about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tocsin.cli.acting.outbox_sheet import breaker_plain, line, lines, next_steps, write_plain
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, Run, command, whole
from tocsin.cli.frame.deciding import INCIDENT, saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.acting import outbox
from tocsin.desk.plans.runs import By
from tocsin.facts import incident_log
from tocsin.playbook.outbox import UNSETTLED, Write, WriteState
from tocsin.world import Appended

BECAUSE = "why; it is recorded"


def add(places: Commands) -> None:
    parser = places.add_parser(
        "outbox",
        help="what is written outside: tickets, mail, pages, calls of systems; how each stands",
        description="Every write outside stands in the record before it goes out, and goes out "
        "under one key however often it is tried. What failed, or may have happened, waits here "
        "for a person; nothing is sent twice by itself.",
    )
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = command(
        inner, "list", run_list, "every write, and what does not answer; exit 1 if any needs you",
        examples="  tocsin outbox list\n  tocsin outbox list --state dead --incident 7K3",
    )  # fmt: skip
    listed.add_argument("--incident", metavar="INCIDENT", help=INCIDENT)
    listed.add_argument(
        "--state",
        choices=[_spelt(one) for one in WriteState],
        help="only those that stand so; without it, all that are not done and not let go",
    )
    listed.add_argument("--all", action="store_true", help="also what is done or let go")
    _about(inner, "show", run_show, "one write, whole", "  tocsin outbox show 7K3 14")
    retried = _about(
        inner, "retry", run_retry, "have it sent again, under the same key",
        '  tocsin outbox retry 7K3 14 --because "looked in Jira: it is not there"',
    )  # fmt: skip
    _reason(retried)
    done = _about(
        inner, "done", run_done, "it is there: you looked, or did it by other means",
        '  tocsin outbox done 7K3 14 --reference OPS-311 --because "found it by hand"',
    )  # fmt: skip
    done.add_argument(
        "--reference", required=True, metavar="REF", help="where it stands outside: OPS-311, a link"
    )
    _reason(done)
    _reason(_about(inner, "drop", run_drop, "let it go: not sent, or not again; told no more",
                   '  tocsin outbox drop 7K3 14 --because "told them by phone"'))  # fmt: skip
    _reason(_about(inner, "hold", run_hold, "let it not go out until somebody releases it",
                   '  tocsin outbox hold 7K3 14 --because "counsel reads it first"'))  # fmt: skip
    _reason(_about(inner, "release", run_release, "let what is held go on",
                   '  tocsin outbox release 7K3 14 --because "counsel agrees"'))  # fmt: skip


def _about(inner: Commands, name: str, run: Run, help: str, examples: str) -> Parser:
    made = command(inner, name, run, help, examples=examples)
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("action", metavar="ACTION", type=whole, help="its entry, as the list says")
    return made


def _reason(made: Parser) -> None:
    made.add_argument("--because", required=True, metavar="WORDS", help=BECAUSE)
    saying(made, dated=False)


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        known = short.incidents(opened.store)
        chosen = short.find(opened.store, args.incident) if args.incident else None
        writes = outbox.outbox(opened.desk, incident_log(chosen) if chosen else None)
        left_alone = outbox.breakers(opened.desk)
    names = {incident_log(one): short.shortest(one, known) for one in known}
    shown = [one for one in writes if _is_shown(one, args.state, args.all)]
    needs = [one for one in writes if one.state in UNSETTLED]
    counts = {state.value: sum(one.state is state for one in writes) for state in WriteState}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Answer(
        data={
            "writes": [write_plain(one) for one in shown],
            "left_alone": [breaker_plain(one) for one in left_alone],
            "counts": counts,
        },
        text="\n".join([*lines(shown, left_alone, names), f"in all: {told or 'nothing'}"]),
        status=PROBLEM if needs else DONE,
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        name = short.shortest(incident, short.incidents(opened.store))
        write = outbox.write_of(opened.desk.known(incident_log(incident)), args.action)
    rows = [f"{key:<16} {value}" for key, value in write_plain(write).items() if value is not None]
    return Answer(
        data=write_plain(write),
        text="\n".join([line(write, name), *rows, *next_steps(write, name)]),
        status=PROBLEM if write.state in UNSETTLED else DONE,
    )


def run_retry(args: argparse.Namespace, screen: Screen) -> Answer:
    return _said(args, screen, outbox.retry, "is tried again, under the same key")


def run_drop(args: argparse.Namespace, screen: Screen) -> Answer:
    return _said(args, screen, outbox.drop, "is let go; it will not be sent again")


def run_hold(args: argparse.Namespace, screen: Screen) -> Answer:
    return _said(args, screen, outbox.hold, "is held until somebody releases it")


def run_release(args: argparse.Namespace, screen: Screen) -> Answer:
    return _said(args, screen, outbox.release, "goes on")


def run_done(args: argparse.Namespace, screen: Screen) -> Answer:
    def settle(seat: Seat, log: str, by: By) -> Appended:
        return outbox.settle(seat.desk, log, args.action, args.reference, args.because, by)

    return _settled(args, screen, settle, f"is there, as {args.reference}")


_Say = Callable[..., Appended]


def _said(args: argparse.Namespace, screen: Screen, say: _Say, done: str) -> Answer:
    def ask(seat: Seat, log: str, by: By) -> Appended:
        return say(seat.desk, log, args.action, args.because, by)

    return _settled(args, screen, ask, done)


def _settled(
    args: argparse.Namespace,
    screen: Screen,
    say: Callable[[Seat, str, By], Appended],
    done: str,
) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), seat.short(incident)
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        say(seat, log, by)
        write = outbox.write_of(seat.desk.known(log), args.action)
    return Answer(data=write_plain(write), text=f"{name}: action {args.action} {done}")


def _is_shown(write: Write, state: str | None, everything: bool) -> bool:
    if state is not None:
        return _spelt(write.state) == state
    return everything or write.state not in (WriteState.DONE, WriteState.LET_GO)


def _spelt(state: WriteState) -> str:
    return state.value.replace(" ", "-")
