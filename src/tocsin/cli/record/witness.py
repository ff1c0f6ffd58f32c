"""`tocsin witness`: a small server of its own that cosigns only consistent growth of a record.

Run it under another account on another machine: one under our own guards against nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, Parser, command, port
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import warn_of_difference
from tocsin.cli.record.witnessing import cosigned, record_cosigned
from tocsin.facts import Unreachable
from tocsin.journal.witness import Witness
from tocsin.journal.witness_server import WitnessServer
from tocsin.world import RealClock


def add(places: Commands) -> None:
    top = places.add_parser(
        "witness",
        help="a separate server that remembers how large the record was",
        description=__doc__,
        epilog="examples:\n  tocsin witness key\n"
        "  tocsin witness know VERIFIER-KEY --folder /srv/witness --name witness.example.com\n"
        "  tocsin witness serve --folder /srv/witness --name witness.example.com",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    command(inner, "key", run_key, "the verifier key of this home's record, for a witness to know")
    know = command(inner, "know", run_know, "let a witness know a record by its verifier key")
    know.add_argument("vkey", metavar="VERIFIER-KEY")
    _folder(know)
    command(
        inner, "ask", run_ask, "let the register's witnesses cosign the record as it stands now"
    )
    serve = command(inner, "serve", run_serve, "cosign, until interrupted")
    _folder(serve)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=8472)


def _folder(made: Parser) -> None:
    made.add_argument("--folder", type=Path, required=True, help="the witness's own folder")
    made.add_argument("--name", required=True, help="its name, such as witness.example.com")


def run_key(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        vkey = opened.key.vkey
    return Answer(data={"vkey": vkey}, text=vkey)


def run_ask(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        opened.store.integrate()
        warn_of_difference(opened, screen)
        seen = cosigned(opened, screen)
        record_cosigned(opened, seen)
    good = [one for one in seen if one.independent]
    lines = [
        f"{one.witness} saw {one.size:,} entries at {one.at:%Y-%m-%d %H:%M} UTC" for one in seen
    ]
    lines.append(f"{len(good)} independent witnesses")
    return Answer(
        data={"witnessed": seen, "independent": len(good)},
        text="\n".join(lines),
        status=DONE if good else PROBLEM,
    )


def run_know(args: argparse.Namespace, screen: Screen) -> Answer:
    witness = Witness(args.folder, args.name, RealClock())
    try:
        origin = witness.add_log(args.vkey)
        known, vkey = witness.logs(), witness.about().vkey
    finally:
        witness.close()
    return Answer(
        data={"origin": origin, "logs": known, "witness": vkey},
        text=f"{args.name} knows {origin}\nits own verifier key, for readers' policies: {vkey}",
    )


def run_serve(args: argparse.Namespace, screen: Screen) -> Answer:
    witness = Witness(args.folder, args.name, RealClock())
    try:
        server = WitnessServer(witness, args.host, args.port)
    except OSError as bad:
        witness.close()
        raise Unreachable(f"cannot listen on {args.host}:{args.port}: {bad.strerror}") from None
    screen.say(f"witness {args.name} listens on {server.url}")
    try:
        server.serve_forever()
    finally:
        server.server_close()
        witness.close()
    return Answer(data={"ended": True}, text="")
