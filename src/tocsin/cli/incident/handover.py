"""`tocsin handover`: the state of an incident on one page, and a role that goes to another."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk import people
from tocsin.desk.loaded.known import Known
from tocsin.desk.reading import EVERYDAY
from tocsin.dossier.account import account_of
from tocsin.dossier.handover import Handover, as_html, as_text, handover_of
from tocsin.dossier.now import now_of
from tocsin.facts import Draft, Entry, Refused, incident_log
from tocsin.incident import decide
from tocsin.incident.dues import DueMoment, Dues
from tocsin.incident.fold import replay
from tocsin.incident.timeline import timeline
from tocsin.playbook import replay_runs

COMMANDER = "commander"


def add(places: Commands) -> None:
    made = about_incident(
        places, "handover", run_handover,
        "the state on one page for whoever takes over; offer a role, or accept it",
        examples="  tocsin handover 7K3                              # only the page\n"
        "  tocsin handover 7K3 --role commander --to ben    # the page, and the offer\n"
        "  tocsin handover 7K3 --role commander --accept --as ben",
        dated=False,
    )  # fmt: skip
    made.add_argument("--role", default=COMMANDER, help="which role (default %(default)s)")
    made.add_argument("--to", metavar="PERSON", help="offer it; it is yours until they accept")
    made.add_argument("--accept", action="store_true", help="take what was offered to you")
    made.add_argument("--note", default="", help="what you want them to know; it is recorded")
    made.add_argument("--html", type=Path, metavar="FILE", help="a new file, for print")


def run_handover(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.to and args.accept:
        raise Refused("offer it with --to, or take it with --accept, not both at once")
    if args.html is not None:
        require_free(args.html)
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), seat.short(incident)
        if args.to or args.accept:
            _said(args, seat, log)
        page = _page(args, seat, log, name)
    if args.html is not None:
        written_new(args.html, as_html(page).encode())
    then = ""
    if args.to:
        then = (
            f"\n\noffered to {args.to}; it is yours until they accept: "
            f"tocsin handover {name} --role {args.role} --accept --as {args.to}"
        )
    if args.accept:
        then = f"\n\nyou are {args.role}"
    return Answer(data=msgspec.to_builtins(page), text=as_text(page) + then)


def _said(args: argparse.Namespace, seat: Seat, log: str) -> None:
    people.check_oneself(seat.desk, seat.author)
    actor, at, staff = seat.actor, seat.now(), people.staff(seat.desk)

    def judged(known: Known) -> list[Draft]:
        incident = replay(known.entries)
        if args.accept:
            return decide.accept_handover(incident, actor, at, role=args.role)
        return decide.offer_handover(
            incident, actor, at, role=args.role, to=args.to, note=args.note, staff=staff
        )

    seat.desk.decide_known(log, judged, seat.author, client_key=args.client_key, sign=seat.sign)


def _due(entries: Sequence[Entry]) -> tuple[DueMoment, ...]:
    """What falls due, of all that everybody may read."""
    dues = Dues()
    for entry in entries:
        dues.apply(entry)
    return dues.open


def _page(args: argparse.Namespace, seat: Seat, log: str, name: str) -> Handover:
    entries, at = reading.shown(seat.opened, log), seat.now()
    register = seat.desk.knowledge.nearest_register()
    switched = [one.id for one in register.systems.values() if one.switch is not None]
    account, runs = account_of(entries, EVERYDAY), replay_runs(entries)
    wrong = seat.desk.law.warnings()
    return handover_of(
        account,
        now_of(account, runs, name, at, switched, law_wrong=wrong),
        runs,
        _due(entries),
        timeline(entries, EVERYDAY),
        name=name,
        role=args.role,
        at=at,
    )
