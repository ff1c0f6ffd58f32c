"""`tocsin switch`: the server that applications ask whether a dependency is on."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from tocsin import wiring
from tocsin.cli.frame import log_lines
from tocsin.cli.frame.arguments import Commands, Parser, Place, command, place
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.facts import Refused, Unreachable
from tocsin.switch.flagd import WARNING, flagd
from tocsin.switch.hand import SwitchHand, stands
from tocsin.switch.state import State
from tocsin.switch.store import StateLost
from tocsin.world import RealClock


def add(places: Commands) -> None:
    top = places.add_parser(
        "switch",
        help="the kill switch: serve it, show it, the key that applications need",
        description=__doc__,
        epilog="examples:\n  tocsin switch serve\n  tocsin switch show\n  tocsin switch key",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    made = command(
        inner,
        "serve",
        run_serve,
        "serve the switches that the register's files declare, as a process of its own; the record "
        "need not be readable for that",
    )
    made.add_argument(
        "--listen", type=place, metavar="HOST:PORT", help="else the register's `server`"
    )
    log_lines.option(made)
    command(inner, "show", run_show, "how each switch stands, and whether it is served so")
    command(inner, "key", run_key, "the public key that applications need to believe it")
    out = command(inner, "export", run_export, "a flagd file; NOT fail-safe")
    out.add_argument("--flagd", type=Path, metavar="FILE", required=True)
    command(inner, "begin-anew", run_begin_anew, "after the state was lost: every switch OFF")


def run_serve(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who serve wait for the server's libraries to load.
    from tocsin.cli.frame.listening import listen
    from tocsin.switch.server import app

    log_lines.begin(args, screen, RealClock(), "switch")
    hand = _hand(args)
    try:
        hand.folder.declare(hand.declared, RealClock().now())
    except StateLost as lost:
        screen.say(f"ALARM: {lost}; every switch is served as OFF. See: tocsin switch begin-anew")
    address = listen(app(hand.folder), args.listen or _own_place(hand), screen, "switches")
    return Answer(data={"listened": address}, text="")


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    hand = _hand(args)
    try:
        state = hand.folder.read()
    except StateLost as lost:
        text = f"{lost}\nafter a restart every switch is OFF; then: tocsin switch begin-anew"
        return Answer(data={"lost": str(lost)}, text=text, status=PROBLEM)
    served = {name: hand.seen(name) for name in state.switches}
    right = all(seen == stands(state.switches[name]) for name, seen in served.items())
    damage = hand.folder.damage()
    if damage:
        screen.say(f"ALARM: {damage}; the last state written counts instead")
    lines = [f"  {name:30} {_stands(state, name)}; served: {served[name]}" for name in served]
    plain = {
        name: {
            "on": one.on,
            "share": one.share,
            "since": one.since,
            "order": one.order,
            "served": served[name],
        }
        for name, one in state.switches.items()
    }
    return Answer(
        data={
            "serial": state.serial,
            "switches": plain,
            "served_as_signed": right,
            "damage": damage,
        },
        text="\n".join([f"state {state.serial}, signed", *lines]),
        status=DONE if right and not damage else PROBLEM,
    )


def run_key(args: argparse.Namespace, screen: Screen) -> Answer:
    hand = _hand(args)
    with contextlib.suppress(StateLost):  # the key is the same; `show` tells of the loss
        hand.folder.declare(hand.declared, RealClock().now())
    key = hand.folder.public_key
    return Answer(data={"key": key}, text=key)


def run_export(args: argparse.Namespace, screen: Screen) -> Answer:
    try:
        plain = flagd(_hand(args).folder.read())
    except StateLost as lost:
        raise Refused(f"{lost}; nothing was written") from None
    fresh = args.flagd.with_name(f".{args.flagd.name}.new")
    try:
        fresh.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
        os.replace(fresh, args.flagd)
    except OSError as bad:
        raise Unreachable(f"{args.flagd}: {bad.strerror}") from None
    screen.say(WARNING)
    return Answer(data={"file": str(args.flagd), "fail_safe": False}, text=f"wrote {args.flagd}")


def run_begin_anew(args: argparse.Namespace, screen: Screen) -> Answer:
    hand = _hand(args)
    state = hand.folder.begin_anew(hand.declared, RealClock().now())
    return Answer(
        data={"serial": state.serial, "switches": sorted(state.switches)},
        text=f"state {state.serial}: every switch is OFF; put each on again by `tocsin undo` or a "
        "plan, one by one",
    )


def _hand(args: argparse.Namespace) -> SwitchHand:
    hands = wiring.switches_in(args.home)
    if len(hands) != 1:
        found = ", ".join(hands) or "none"
        raise Refused(
            f'the register declares {len(hands)} integrations of kind "switch" ({found}); '
            "one home has one"
        )
    return next(iter(hands.values()))


def _own_place(hand: SwitchHand) -> Place:
    parts = urlsplit(hand.server)
    return parts.hostname or "127.0.0.1", parts.port or 8600


def _stands(state: State, name: str) -> str:
    switch = state.switches[name]
    by = f" by {switch.order}" if switch.order else ""
    said = stands(switch) if switch.on or switch.share else "OFF"
    return f"{said} since {switch.since[:19]}{by}"
