"""Who looks and who leads: `ack`, `assign`, `handover`, `accept`."""

from __future__ import annotations

import argparse

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident, decided
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.desk import people
from tocsin.incident import decide


def add(inner: Commands) -> None:
    ack = about_incident(inner, "ack", run_ack, "say that you are looking")
    ack.add_argument("--note", default="")
    assign = about_incident(
        inner,
        "assign",
        run_assign,
        "give a role to a person",
        examples="  tocsin incident assign 7K3 commander ana",
    )
    assign.add_argument("role")
    assign.add_argument("to", metavar="PERSON")
    offer = about_incident(
        inner,
        "handover",
        run_handover,
        "offer your role to someone; it is yours until they accept",
        examples="  tocsin incident handover 7K3 commander ben",
    )
    offer.add_argument("role")
    offer.add_argument("to", metavar="PERSON")
    offer.add_argument("--note", default="")
    accept = about_incident(inner, "accept", run_accept, "take a role that was offered to you")
    accept.add_argument("role")


def run_ack(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.acknowledge(said.incident, said.actor, said.at, note=args.note),
        "acknowledged",
    )


def run_assign(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        roles = people.actor(opened.desk, args.to).roles
        staff = people.staff(opened.desk)
    return decided(
        args,
        screen,
        lambda said: decide.assign(
            said.incident,
            said.actor,
            said.at,
            role=args.role,
            person=args.to,
            person_roles=roles,
            staff=staff,
        ),
        f"{args.to} is {args.role}",
        registered=True,
        oneself=True,
    )


def run_handover(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        staff = people.staff(opened.desk)
    return decided(
        args,
        screen,
        lambda said: decide.offer_handover(
            said.incident,
            said.actor,
            said.at,
            role=args.role,
            to=args.to,
            note=args.note,
            staff=staff,
        ),
        f"{args.role} is offered to {args.to}; it is yours until they accept",
        oneself=True,
    )


def run_accept(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.accept_handover(said.incident, said.actor, said.at, role=args.role),
        f"you are {args.role}",
        oneself=True,
    )
