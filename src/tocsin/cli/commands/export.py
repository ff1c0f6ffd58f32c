"""`tocsin export`: the evidence package of an incident, which anyone can check without us."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tocsin.cli import person
from tocsin.cli.arguments import Commands, command
from tocsin.cli.screen import Answer, Screen
from tocsin.cli.seat import Seat, seated
from tocsin.desk.record import draft
from tocsin.facts import (
    HOME_LOG,
    Access,
    Draft,
    Fact,
    Refused,
    Unreachable,
    incident_log,
)
from tocsin.facts.custody import EvidenceExported
from tocsin.facts.records import BundleExported, CheckpointWitnessed, LogKeyRotated
from tocsin.incident.custody import custody
from tocsin.journal.export import Exported, Extras, Stamper, export
from tocsin.journal.timestamp import request_stamp
from tocsin.journal.witness_client import WitnessClient
from tocsin.wiring import HOME_AUTHOR


def add(places: Commands) -> None:
    made = command(
        places,
        "export",
        run_export,
        "write the evidence package of an incident",
        examples="  tocsin export 7K3 --to ./package-7K3\n"
        "  tocsin export 7K3 --to ./for-counsel --reader counsel --reader ops",
    )
    made.add_argument("incident", metavar="INCIDENT")
    made.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder")
    made.add_argument(
        "--reader",
        action="append",
        type=Access,
        choices=list(Access),
        metavar="{ops,board,counsel}",
        help="whose words it holds (may be repeated; ops when not given); others are withheld",
    )
    made.add_argument("--recipient", default="not named", help="for whom it is; is recorded")
    made.add_argument("--no-evidence", action="store_true", help="leave the pieces of evidence out")
    person.options(made)


def run_export(args: argparse.Namespace, screen: Screen) -> Answer:
    readers = frozenset(args.reader or [Access.OPS])
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        seat.store.integrate()
        _witness(seat, screen)
        evidence = () if args.no_evidence else _evidence(seat, log)
        moving = screen.progress("writing")
        made = export(
            seat.store,
            log,
            args.to,
            key=seat.opened.key,
            clock=seat.world.clock,
            vault=seat.world.vault,
            readers=readers,
            extras=Extras(evidence=evidence, rotations=_rotations(seat)),
            stamp=_stamper(seat),
            progress=lambda what, done, total: moving(done, total),
        )
        _record(seat, log, incident, made, evidence, args.recipient)
        name = seat.short(incident)
        fingerprint = seat.opened.key.fingerprint
    for warning in made.warnings:
        screen.say(f"warning: {warning}")
    return Answer(
        data={
            "incident": incident,
            "package": str(args.to.resolve()),
            "seal": made.seal_digest,
            "size": made.size,
            "entries": made.entries,
            "withheld": made.withheld,
            "key": fingerprint,
            "timestamped_at": made.timestamped_at,
            "warnings": made.warnings,
        },
        text=(
            f"{name}: evidence package {args.to}: {made.entries} entries, "
            f"{made.withheld} with words withheld\n"
            f"check it: tocsin verify {args.to} --key {fingerprint}\n"
            f"or without Tocsin: see {args.to}/VERIFY.txt"
        ),
    )


def _witness(seat: Seat, screen: Screen) -> None:
    """Ask every witness of the register; one that is away is told and does not stop the export."""
    for integration in seat.register.integrations.values():
        if integration.kind != "witness":
            continue
        try:
            seen = WitnessClient(integration.place, integration.settings.get("key")).cosign(
                seat.store
            )
        except (Unreachable, Refused) as away:
            screen.say(f"warning: {away}")
            continue
        seat.store.put_cosignature(seen.size, seen.line)
        fact = CheckpointWitnessed(
            witness=seen.witness,
            key=seen.vkey,
            size=seen.size,
            root=seen.root.hex(),
            cosignature=seen.line,
            independent=seen.independent,
        )
        if not seen.independent:
            screen.say(
                f"warning: witness {seen.witness} runs under our own account: counts as none"
            )
        _append(seat, HOME_LOG, [fact])


def _evidence(seat: Seat, log: str) -> tuple[str, ...]:
    pieces = custody([seat.store.read(log)]).pieces
    return tuple(sorted(digest for digest, piece in pieces.items() if piece.in_vault))


def _rotations(seat: Seat) -> tuple[bytes, ...]:
    facts = [entry.fact for entry in seat.store.read(HOME_LOG)]
    return tuple(f.certificate.encode() for f in facts if isinstance(f, LogKeyRotated))


def _stamper(seat: Seat) -> Stamper | None:
    """Asks the first time authority of the register; None when there is none."""
    for integration in seat.register.integrations.values():
        if integration.kind == "timestamp":
            place = integration.place
            return lambda data: request_stamp(place, data)
    return None


def _record(
    seat: Seat, log: str, incident: str, made: Exported, evidence: Sequence[str], to: str
) -> None:
    facts: list[Fact] = [
        BundleExported(
            incident=incident,
            seal=made.seal_digest,
            size=made.size,
            withheld=made.withheld,
            to=to,
            timestamped_at=made.timestamped_at,
        )
    ]
    facts += [
        EvidenceExported(digest=digest, seal=made.seal_digest, because=f"export for {to}")
        for digest in evidence
    ]
    now = seat.now()
    drafts: list[Draft] = [draft(fact, now) for fact in facts]
    seat.desk.decide(log, lambda _: drafts, seat.author, sign=seat.sign)


def _append(seat: Seat, log: str, facts: Sequence[Fact]) -> None:
    drafts = [draft(fact, seat.now()) for fact in facts]
    seat.desk.decide(log, lambda _: drafts, HOME_AUTHOR)
