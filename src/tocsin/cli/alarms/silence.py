"""`tocsin silence add`, `list`, `end`: let a detector or a system wake nobody for a while."""

from __future__ import annotations

import argparse

import msgspec

from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.alarms import silences
from tocsin.desk.plans.runs import By
from tocsin.incident.alarms import Quiet
from tocsin.incident.words_alarm import silenced_words


def add(places: Commands) -> None:
    parser = places.add_parser(
        "silence", help="let a detector or a system wake nobody for a while",
        description="Silences have an owner and an end. What is found under one is kept.",
    )  # fmt: skip
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = command(
        inner, "add", run_add, "silence a detector or a system until an instant; you answer for it",
        examples="  tocsin silence add fallback-rate --until 2026-11-27T08:00Z "
        '--because "a planned test"',
    )  # fmt: skip
    made.add_argument("target", metavar="DETECTOR|SYSTEM", help="whose findings call nobody")
    made.add_argument("--system", help="of a detector: only for this system")
    made.add_argument(
        "--until",
        type=instant,
        required=True,
        metavar="INSTANT",
        help="when it is over, at most 30 days from now: 2026-11-27T08:00Z",
    )
    made.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")
    saying(made, dated=False)
    command(inner, "list", run_list, "the silences in force, who answers for each, until when")
    end = command(
        inner,
        "end",
        run_end,
        "end a silence before its time",
        examples='  tocsin silence end silence-1 --because "the test is over"',
    )
    end.add_argument("silence", metavar="SILENCE", help="its id, as `tocsin silence list` says")
    end.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")
    saying(end, dated=False)


def run_add(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        made = silences.silence(seat.desk, args.target, args.system, args.until, args.because, by)
    return Answer(
        data=msgspec.to_builtins(made),
        text=f"{made.silence}: {silenced_words(made)} wakes nobody until "
        f"{made.until:%d %b %H:%M} UTC, and you, {made.owner}, answer for it. Critical harm, and "
        f"that no data arrives, are told all the same. To end it: tocsin silence end "
        f"{made.silence} --because ...",
    )


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        found = silences.in_force(opened.desk)
    return Answer(
        data={"silences": [silence_plain(one) for one in found]},
        text="\n".join(map(silence_line, found)) or "nothing is silenced",
    )


def run_end(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        silences.end_silence(seat.desk, args.silence, args.because, by)
    return Answer(
        data={"silence": args.silence, "ended": True},
        text=f"{args.silence} is ended; what stands under it is told by the next look of the watch",
    )


def silence_plain(one: Quiet) -> dict[str, object]:
    """A silence that holds, as data."""
    plain: dict[str, object] = msgspec.to_builtins(one.fact)
    return plain | {"proven": one.proven}


def silence_line(one: Quiet) -> str:
    """A silence that holds, for a screen."""
    fact = one.fact
    owner = fact.owner if one.proven else f"{fact.owner} [not proven]"
    return (
        f"SILENCED until {fact.until:%d %b %H:%M} UTC by {owner}: {silenced_words(fact)} "
        f"({fact.because}); end it: tocsin silence end {fact.silence} --because ..."
    )
