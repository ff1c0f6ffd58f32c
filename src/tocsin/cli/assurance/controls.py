"""`tocsin controls`: which controls of which framework the record evidences, and what is missing.

It reads and changes nothing. A home is optional; without one only the catalogue is shown.
"""

from __future__ import annotations

import argparse
from datetime import date

from tocsin import wiring
from tocsin.cli.assurance.controls_sheet import overview, page, plain
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.shipped import shipped_controls
from tocsin.dossier.controls import ControlSeen, Framework, Seen, State, controls_seen
from tocsin.dossier.read_controls import Catalogue, read_controls
from tocsin.facts import Refused, Unreachable
from tocsin.register.mistakes import did_you_mean
from tocsin.wiring.controls import own_files, seen_in
from tocsin.wiring.knowledge import has_files
from tocsin.world import RealClock

STALE_DAYS = 180
"""After so many days without a look at the source, a framework says so."""


def add(places: Commands) -> None:
    made = command(
        places, "controls", run_controls,
        "which controls (NIST, ISO 42001, EU AI Act, SR 26-2, FDA) the record evidences",
        examples="  tocsin controls\n  tocsin controls nist-ai-rmf --gaps\n"
        '  tocsin controls eu-ai-act --control "Art. 73" --json',
    )  # fmt: skip
    made.add_argument("framework", nargs="?", metavar="FRAMEWORK", help="only this one, in full")
    made.add_argument("--control", metavar="ID", help="only this control of it")
    made.add_argument("--gaps", action="store_true", help="only what is missing, or partly there")
    made.add_argument("--require", action="store_true", help="end with 1 where anything is missing")


def run_controls(args: argparse.Namespace, screen: Screen) -> Answer:
    catalogue = _catalogue(args)
    today = RealClock().now().date()
    frameworks = _chosen(catalogue, args.framework)
    seen = _seen(args, screen)
    found = {
        one.id: (one, _shown(controls_seen(one, catalogue.pieces, seen), args))
        for one in frameworks
    }
    if args.control and not any(controls for _, controls in found.values()):
        ids = [c.id for one in frameworks for c in one.controls]
        remedy = did_you_mean(args.control, ids, "tocsin controls FRAMEWORK shows all ids")
        raise Refused(f"no control {args.control!r}; {remedy}")
    in_force = [one for one in found.values() if one[0].stands_on(today)]
    lacking = any(c.state in (State.GAP, State.PARTLY) for _, cs in in_force for c in cs)
    data = {
        "home": str(args.home) if has_files(args.home) else None,
        "frameworks": [
            plain(one, cs) | {"warnings": _warnings(one, today)} for one, cs in found.values()
        ],
    }
    if args.framework or args.control or args.gaps:
        text = "\n\n".join(page(one, cs, _warnings(one, today)) for one, cs in found.values())
    else:
        text = overview(found)
    status = PROBLEM if args.require and lacking else DONE
    return Answer(data=data, text=text, status=status)


def _catalogue(args: argparse.Namespace) -> Catalogue:
    try:
        own = own_files(args.home)
    except Unreachable as bad:
        raise Refused(str(bad)) from None
    catalogue, told = read_controls([*shipped_controls(), *own])
    if catalogue is None:
        raise Refused("\n".join(str(mistake) for mistake in told))
    return catalogue


def _chosen(catalogue: Catalogue, name: str | None) -> list[Framework]:
    known = {one.id: one for one in catalogue.frameworks}
    if name is None:
        return list(known.values())
    if name not in known:
        remedy = did_you_mean(name, known, f"known: {', '.join(known)}")
        raise Refused(f"no framework {name!r}; {remedy}")
    return [known[name]]


def _seen(args: argparse.Namespace, screen: Screen) -> Seen:
    if not (args.home / "tocsin.toml").exists():
        screen.say(f"no home in {args.home}: nothing was looked at, so everything counts as a gap")
        return Seen()
    with wiring.open_home(args.home, warn=screen.say) as opened, screen.waiting("looking"):
        return seen_in(opened)


def _shown(controls: tuple[ControlSeen, ...], args: argparse.Namespace) -> list[ControlSeen]:
    return [
        one
        for one in controls
        if (args.control is None or one.control.id.lower() == args.control.lower())
        and (not args.gaps or one.state in (State.GAP, State.PARTLY))
    ]


def _warnings(framework: Framework, today: date) -> list[str]:
    told: list[str] = []
    if not framework.stands_on(today):
        since = framework.until if framework.until and framework.until <= today else None
        told.append(
            f"NOT IN FORCE since {since}." if since else f"Not in force before {framework.from_}."
        )
    if (today - framework.compared_on).days > STALE_DAYS:
        told.append(
            f"Not compared with its source for more than {STALE_DAYS} days: check before use."
        )
    return told
