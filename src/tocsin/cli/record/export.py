"""`tocsin export`: the evidence package of an incident, which anyone can check without us."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.record.witnessing import cosigned, record_cosigned
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Access, Draft, incident_log
from tocsin.facts.custody import EvidenceExported
from tocsin.facts.records import BundleExported, CheckpointWitnessed, LogKeyRotated
from tocsin.facts.withheld import as_read_by
from tocsin.incident.custody import custody
from tocsin.incident.pieces import Piece
from tocsin.incident.timeline import words_of
from tocsin.journal.export import Exported, Extras, Stamper, export
from tocsin.journal.timestamp import request_stamp

EARLIER_SIZES_MAX = 50


def add(places: Commands) -> None:
    made = command(
        places,
        "export",
        run_export,
        "write the evidence package of an incident",
        examples="  tocsin export 7K3 --to ./package-7K3\n"
        "  tocsin export 7K3 --to ./for-counsel --reader counsel --reader ops --as cleo --key FILE",
    )
    made.add_argument("incident", metavar="INCIDENT")
    made.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder")
    made.add_argument("--recipient", default="not named", help="for whom it is; is recorded")
    made.add_argument("--no-evidence", action="store_true", help="leave the pieces of evidence out")
    reading.options(made, "whose words it holds (may be repeated; ops when not given)")


def run_export(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        readers = reading.labels(args, seat.opened, log)
        seat.store.integrate()
        seen = cosigned(seat.opened, screen)
        evidence = () if args.no_evidence else _evidence(seat, log, readers)
        moving = screen.progress("writing")
        made = export(
            seat.store,
            log,
            args.to,
            key=seat.opened.key,
            clock=seat.world.clock,
            vault=seat.world.vault,
            readers=readers,
            extras=_extras(seat, log, tuple(one.digest for one in evidence)),
            words=words_of,
            stamp=_stamper(seat),
            progress=lambda what, done, total: moving(done, total),
        )
        record_cosigned(seat.opened, seen)
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


def _evidence(seat: Seat, log: str, readers: frozenset[Access]) -> tuple[Piece, ...]:
    """The pieces that the entries for these readers name; what others alone may see stays."""
    pieces = custody([as_read_by(seat.world.journal.read(log), readers)]).pieces
    return tuple(pieces[digest] for digest in sorted(pieces) if pieces[digest].in_vault)


def _extras(seat: Seat, log: str, evidence: tuple[str, ...]) -> Extras:
    """Key rotations, and the sizes that earlier readers and witnesses may remember."""
    home = [entry.fact for entry in seat.store.read(HOME_LOG)]
    here = [entry.fact for entry in seat.store.read(log)]
    rotations = tuple(f.certificate.encode() for f in home if isinstance(f, LogKeyRotated))
    seen = {f.size for f in home if isinstance(f, CheckpointWitnessed)}
    sent = {f.size for f in here if isinstance(f, BundleExported)}
    earlier = tuple(sorted(seen | sent)[-EARLIER_SIZES_MAX:])
    return Extras(evidence=evidence, rotations=rotations, earlier_sizes=earlier)


def _stamper(seat: Seat) -> Stamper | None:
    """Asks the first time authority of the register; None when there is none."""
    for integration in seat.register.integrations.values():
        if integration.kind == "timestamp":
            place = integration.place
            return lambda data: request_stamp(place, data)
    return None


def _record(
    seat: Seat, log: str, incident: str, made: Exported, evidence: Sequence[Piece], to: str
) -> None:
    bundle = BundleExported(
        incident=incident,
        seal=made.seal_digest,
        size=made.size,
        withheld=made.withheld,
        to=to,
        timestamped_at=made.timestamped_at,
    )
    now = seat.now()
    drafts = [draft(bundle, now)]
    drafts += [
        Draft(
            fact=EvidenceExported(
                digest=one.digest, seal=made.seal_digest, because=f"export for {to}"
            ),
            happened_at=now,
            access=one.access,
        )
        for one in evidence
    ]
    seat.desk.decide(log, lambda _: drafts, seat.author, sign=seat.sign)
