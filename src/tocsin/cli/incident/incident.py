"""`tocsin incident`: open one, list them, see what is known; its other words stand beside it."""

from __future__ import annotations

import argparse

from tocsin.cli.evidence.evidence import add as add_evidence
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command, instant
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.incident.causes import add as add_causes
from tocsin.cli.incident.course import add as add_course
from tocsin.cli.incident.deadline import add as add_deadline
from tocsin.cli.incident.known import add as add_known
from tocsin.cli.incident.migrate import add as add_migrate
from tocsin.cli.incident.reach import add as add_reach
from tocsin.cli.incident.roles import add as add_roles
from tocsin.cli.incident.runs import add as add_runs
from tocsin.cli.incident.sheet import flat, sheet
from tocsin.cli.incident.why import add as add_why
from tocsin.desk.incidents import open_incident
from tocsin.facts import incident_log
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Incident
from tocsin.register.reach import unknown_systems


def add(places: Commands) -> None:
    top = places.add_parser(
        "incident",
        help="open an incident, say what is known, lead it, run a plan, end it",
        description="Everything that can be said and done about an incident. Each is recorded.",
        epilog='examples:\n  tocsin incident open --title "assistant invents refunds" '
        "--system assistant\n  tocsin incident ack 7K3\n  tocsin incident severity 7K3 sev2 "
        '--reason "money promised" --basis "12 of 40 sampled answers"\n'
        "  tocsin incident run 7K3 plan.yaml",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    opening = command(
        inner,
        "open",
        run_open,
        "open an incident; an unknown system warns and never blocks",
        examples='  tocsin incident open --title "assistant says I do not know" --system assistant',
    )
    opening.add_argument("--title", required=True)
    opening.add_argument("--system", action="append", default=[], help="may be repeated")
    opening.add_argument("--occurred", type=instant, help="when the harm began, where known")
    saying(opening)
    command(inner, "list", run_list, "all incidents, the newest first")
    show = command(inner, "show", run_show, "what is known about an incident")
    show.add_argument("incident", metavar="INCIDENT")
    for add_words in (
        add_roles,
        add_known,
        add_deadline,
        add_course,
        add_runs,
        add_migrate,
        add_why,
        add_evidence,
        add_causes,
        add_reach,
    ):
        add_words(inner)


def run_open(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        at = args.at or seat.now()
        register = seat.desk.knowledge.nearest_register()
        for unknown in unknown_systems(register, args.system):
            screen.say(f"warning: {unknown}")
        incident = open_incident(
            seat.desk,
            lambda new: decide.open_(
                new,
                seat.actor,
                at,
                title=args.title,
                systems=args.system,
                registered=frozenset(register.systems),
                occurred_at=args.occurred,
            ),
            seat.author,
            client_key=args.client_key,
            sign=seat.sign,
        )
        name = seat.short(incident)
        unregistered = replay(seat.store.read(incident_log(incident))).unregistered
    return Answer(
        data={"incident": incident, "short": name, "unregistered": unregistered},
        text=f"incident {name} is open\nNext: tocsin incident ack {name}",
    )


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        known = short.incidents(opened.store)
        folded = [replay(opened.store.read(incident_log(one))) for one in known]
    folded.sort(key=lambda one: (one.opened_at is not None, one.opened_at), reverse=True)
    rows = [row_of(one, short.shortest(one.id, known)) for one in folded]
    lines = [
        f"{row['short']:6} {row['status']:10} {row['severity'] or 'unjudged':9} "
        f"{flat(str(row['title']))}"
        for row in rows
    ]
    return Answer(data={"incidents": rows}, text="\n".join(lines) or "no incident yet")


def row_of(incident: Incident, name: str) -> dict[str, object]:
    """An incident in a list, under its short id."""
    severity = incident.severity
    return {
        "incident": incident.id,
        "short": name,
        "status": incident.status.value,
        "severity": severity.severity.value if severity else None,
        "title": incident.title,
        "systems": incident.systems,
        "opened_at": incident.opened_at,
    }


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        found = short.find(opened.store, args.incident)
        entries = opened.store.read(incident_log(found))
        name = short.shortest(found, short.incidents(opened.store))
        return sheet(entries, name, opened.world.clock.now(), opened.desk.law.warnings())
