"""`tocsin key`: the key that signs the record: its fingerprint, and its replacement."""

from __future__ import annotations

import argparse

from tocsin import wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Commands, Parser, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import people
from tocsin.facts import Refused
from tocsin.facts.records import LogKeyRotated
from tocsin.journal.rotation import certificate


def add(places: Commands) -> None:
    top = places.add_parser(
        "key",
        help="the key that signs the record",
        description="The key that signs checkpoints and evidence packages.",
        epilog="examples:\n  tocsin key show\n  tocsin key rotate --as ana --key ~/.ssh/id_ed25519",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    command(inner, "show", run_show, "its fingerprint, for whoever checks evidence packages")
    rotate = command(inner, "rotate", run_rotate, "replace it; the old key vouches for the new one")
    person.options(rotate)


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        key = opened.key
    return Answer(
        data={"key": key.fingerprint, "public": key.public_line, "origin": key.origin},
        text=f"{key.fingerprint}\n{key.public_line}",
    )


def run_rotate(args: argparse.Namespace, screen: Screen) -> Answer:
    new = wiring.next_key(args.home)
    with seated(args, screen) as seat:
        opened = seat.opened
        old = opened.key
        if old.fingerprint == new.fingerprint:
            raise Refused("the rotation that was begun is finished now; run it again for another")
        opened.store.integrate()
        size = opened.store.size()
        proof = certificate(old, new, size, opened.store.root_at(size))
    fact = LogKeyRotated(
        old=old.fingerprint,
        new=new.fingerprint,
        new_key=new.public_line,
        certificate=proof.decode("utf-8"),
    )
    with seated(args, screen, key=new) as seat:
        people.vouched(seat.desk, fact, seat.author, sign=seat.sign)
        seat.store.integrate()
    with wiring.open_home(args.home, warn=screen.say) as opened:
        now_signing = opened.key.fingerprint
    return Answer(
        data={"old": old.fingerprint, "new": now_signing},
        text=f"the record is signed by {now_signing} from now on; tell whoever checks packages, "
        f"or let them trust {old.fingerprint}: it vouches for the new one",
    )
