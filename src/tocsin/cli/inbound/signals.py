"""`tocsin signals`: what came in, where each went and why; and what would become of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame import short
from tocsin.cli.frame.arguments import Commands, command, count, whole
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.cli.frame.screen import PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.inbound import sheet
from tocsin.desk.inbound import triage
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.deliveries import UNPROVEN, Delivery
from tocsin.inbox.store import Inbox
from tocsin.signals.formats import FORMATS
from tocsin.signals.taken import Seen

SHOWN = 30
PLACE_DIGITS = 18  # more than any inbox will give, and no more than a database can be asked for

BODY_BYTES_MAX = 64 * 1024 * 1024


def add(places: Commands) -> None:
    parser = places.add_parser(
        "signals", help="what came in from outside, where each went and why",
        description="Doors for alarms are served by `tocsin web`, and decided by `tocsin work`.",
    )  # fmt: skip
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = command(
        inner, "list", run_list, "the newest decisions, one line each",
        examples="  tocsin signals list\n  tocsin signals list --incident 7K3 --json",
    )  # fmt: skip
    listed.add_argument("--incident", metavar="INCIDENT", help="only what was laid to this one")
    listed.add_argument("--source", metavar="NAME", help="only of this machine or integration")
    listed.add_argument("--most", type=count, default=SHOWN, help="so many (default %(default)s)")
    command(
        inner, "show", run_show, "how many came, what waits to be decided, the rules in force",
        examples="  tocsin signals show --json",
    )  # fmt: skip
    explained = command(
        inner, "explain", run_explain, "why a signal, or what came at a place, went where it did",
        examples="  tocsin signals explain s-3f2a9c01d4e5b6a7\n  tocsin signals explain 1742",
    )  # fmt: skip
    explained.add_argument("id", metavar="ID", help="a signal's id, or a place of the inbox")
    tried = command(
        inner, "try", run_try, "what a body would do, were it to come now; nothing is recorded",
        examples="  tocsin signals try alert.json --format alertmanager --source monitoring",
    )  # fmt: skip
    tried.add_argument("file", type=Path, metavar="FILE", help="the body, as it would be sent")
    tried.add_argument("--format", required=True, choices=list(FORMATS), help="what it is")
    tried.add_argument(
        "--source",
        default=UNPROVEN,
        metavar="NAME",
        help="the machine or integration it would come from; else nothing proves it",
    )
    tried.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what would come beside it: content-type=application/x-protobuf",
    )
    erased = command(
        inner, "erase", run_erase, "destroy bodies in the inbox; their places and digests remain",
        examples='  tocsin signals erase 1742 --because "asked by the person it speaks of"',
    )  # fmt: skip
    erased.add_argument("first", type=whole, metavar="FIRST", help="the place, or the first")
    erased.add_argument("last", type=whole, nargs="?", metavar="LAST", help="the last, inclusive")
    erased.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")
    saying(erased, dated=False)


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        taken = triage.taken_of(opened.desk)
        incident = short.find(opened.store, args.incident) if args.incident else None
    found = [
        seen
        for seen in taken.signals.values()
        if (incident is None or seen.fact.into == incident)
        and (args.source is None or seen.fact.source == args.source)
    ]
    found.sort(key=lambda one: (one.at, one.fact.place), reverse=True)
    lines = [sheet.line(one) for one in found[: args.most]]
    if len(found) > args.most:
        lines.append(f"and {len(found) - args.most} more; all: --json")
    if found:
        lines.append("why one went where it did: tocsin signals explain ID")
    return Answer(
        data={"signals": [sheet.plain(one) for one in found]},
        text="\n".join(lines) or "no signal of that kind has been decided",
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        inbox = Inbox(opened.home)
        taken, policy = triage.taken_of(opened.desk), opened.in_force.inbound
        answer = sheet.overview(taken, policy, inbox.last(), inbox.repeated())
        inbox.close()
    return answer


def run_explain(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        inbox = Inbox(opened.home)
        taking = TakingIn(opened.desk, inbox)
        taken = triage.taken_of(opened.desk)
        if not args.id.isdecimal():
            inbox.close()
            return _history(args.id, triage.history_of(opened.desk, {args.id}))
        delivery = inbox.get(int(args.id)) if len(args.id) <= PLACE_DIGITS else None
        inbox.close()
        if delivery is None:
            raise Refused(f"nothing came at place {args.id}; see: tocsin signals show")
        names = taking.names_in(delivery)
        # The newest decision up to this place: what came later explains nothing here.
        newest: dict[str, Seen] = {}
        for seen in triage.history_of(opened.desk, names):
            if seen.fact.place <= delivery.place:
                newest[seen.fact.signal] = seen
    found = list(newest.values())
    decided = taken.has_decided(delivery.place, proven=delivery.proven)
    return sheet.of_delivery(delivery, found, decided=decided)


def _history(name: str, found: list[Seen]) -> Answer:
    if not found:
        raise Refused(f"no signal is called {name!r}; see: tocsin signals list")
    return Answer(
        data={"signal": name, "decisions": [sheet.plain(one) for one in found]},
        text="\n".join(map(sheet.explained, found)),
    )


def run_try(args: argparse.Namespace, screen: Screen) -> Answer:
    body = whole_bytes(args.file, "a file with the body of a delivery", BODY_BYTES_MAX)
    said = dict(one.split("=", 1) for one in args.header if "=" in one)
    with wiring.open_home(args.home, warn=screen.say) as opened:
        inbox = Inbox(opened.home)
        delivery = Delivery(
            place=inbox.last() + 1, format=args.format, source=args.source,
            proven=args.source != UNPROVEN, delivery="", said=said, digest=sha256_hex(body),
            size=len(body), body=body, received_at=opened.world.clock.now(), readable=True,
        )  # fmt: skip
        reading, facts = TakingIn(opened.desk, inbox).preview(delivery)
        inbox.close()
    if reading.mistakes:
        told = [str(one) for one in reading.mistakes]
        return Answer(data={"mistakes": told, "signals": []}, text="\n".join(told), status=PROBLEM)
    return sheet.would_do(reading, facts)


def run_erase(args: argparse.Namespace, screen: Screen) -> Answer:
    last = args.first if args.last is None else args.last
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        inbox = Inbox(seat.home)
        read = TakingIn(seat.desk, inbox).names_in
        gone = triage.erase_bodies(seat.desk, inbox, args.first, last, args.because, by, read=read)
        inbox.close()
    return Answer(
        data={"first": args.first, "last": last, "destroyed": gone},
        text=f"{gone} of the bodies at places {args.first} to {last} were there and are destroyed; "
        "places and digests remain",
    )
