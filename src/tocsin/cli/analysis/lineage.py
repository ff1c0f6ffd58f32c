"""`tocsin analysis lineage`: where the model comes from, and how sure each part of that is."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, whole
from tocsin.cli.frame.deciding import about_incident, access
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.evidence.affected import lists_on
from tocsin.desk.evidence.lineage import Sealed, looked_for, seal_lineage
from tocsin.desk.plans.runs import By
from tocsin.dossier.lineage_picture import lineage_svg
from tocsin.facts import Refused, incident_log
from tocsin.facts.analysis import LineageVerdict
from tocsin.facts.lineage import Origin
from tocsin.facts.spelt import spelt
from tocsin.incident.fold import replay
from tocsin.incident.refusals import require_known
from tocsin.wiring.analysis import RegistryAt, registry_at


def add(inner: Commands) -> None:
    made = about_incident(
        inner, "lineage", run_lineage,
        "read where the model comes from, and say how sure each part of that is",
        examples="  tocsin analysis lineage 7K3\n"
        "  tocsin analysis lineage 7K3 --model credit --version 7 --verify /data/train.csv\n"
        "  tocsin analysis lineage 7K3 --svg --to lineage.svg",
        dated=False,
    )  # fmt: skip
    made.add_argument("--system", metavar="NAME", help="whose model, where there are several")
    made.add_argument("--registry", metavar="NAME", help="the integration, where there are several")
    made.add_argument("--model", metavar="NAME", help="without it, the integration's own target")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--version", type=whole, metavar="N")
    which.add_argument("--alias", metavar="NAME", help="the version that it names now")
    made.add_argument(
        "--verify", action="append", default=[], metavar="PATH",
        help="where the data sets lie: a file, a folder, or DATASET=FILE; may be repeated",
    )  # fmt: skip
    made.add_argument("--weights", action="store_true", help="read the version's own files too")
    made.add_argument("--svg", action="store_true", help="draw it, to the file of --to")
    made.add_argument("--to", type=Path, metavar="FILE", help="where the picture is written")
    access(made)


def run_lineage(args: argparse.Namespace, screen: Screen) -> Answer:
    if bool(args.svg) != (args.to is not None):
        raise Refused("--svg draws it to the file of --to; give both")
    if args.to is not None:
        require_free(args.to)
    with seated(args, screen) as seat, screen.waiting("reading the registry"):
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        system = _system(args, seat, log)
        registry = registry_at(seat.opened, system, args.registry)
        origin = _origin(args, registry)
        at_hand = looked_for(origin.data, args.verify) if args.verify else {}
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        sealed = seal_lineage(seat.desk, log, system, registry.id, origin, at_hand, by, args.access)
        lists = [one.fact.decisions for one in lists_on(seat.desk, log).values()]
        name = seat.short(incident)
    if args.to is not None:
        written_new(args.to, lineage_svg(origin, sealed.items, system, lists).encode())
    bad = any(one.verdict is LineageVerdict.DISPROVEN for one in sealed.items)
    return Answer(
        data={
            "incident": incident,
            "entry": sealed.seq,
            "read": sealed.fact,
            "origin": origin,
            "items": sealed.items,
            "file": None if args.to is None else str(args.to),
        },
        text="\n".join(_told(origin, sealed, name, args)),
        status=PROBLEM if bad else DONE,
    )


def _system(args: argparse.Namespace, seat: Seat, log: str) -> str:
    incident = replay(seat.store.read(log))
    require_known(incident)
    if args.system is not None:
        return str(args.system)
    if len(incident.systems) != 1:
        known = ", ".join(incident.systems) or "none"
        raise Refused(f"the incident is about: {known}; name whose model it is: --system NAME")
    return incident.systems[0]


def _origin(args: argparse.Namespace, registry: RegistryAt) -> Origin:
    model = args.model or registry.model
    alias = args.alias or (registry.alias if model == registry.model else None)
    if model is None or (alias is None and args.version is None):
        raise Refused(
            "name the model and its version: --model NAME --version N (or --alias NAME); or write "
            f'target = "MODEL@ALIAS" under [integrations.{registry.id}.settings]'
        )
    origin = registry.origin(model, alias, args.version)
    return registry.with_weights(origin) if args.weights else origin


def _told(origin: Origin, sealed: Sealed, name: str, args: argparse.Namespace) -> list[str]:
    alias = f" (alias {spelt(origin.alias)})" if origin.alias is not None else ""
    lines = [f"{spelt(origin.model)} version {origin.version}{alias}, as {sealed.fact.integration} "
             "has it now:"]  # fmt: skip
    for one in sealed.items:
        level = "--" if one.level is None else f"L{one.level}"
        lines.append(
            f"  {one.verdict.value.upper():10} {level}  {one.item.value} {spelt(one.name)}: "
            f"{spelt(one.because)}"
        )
    lines.append(
        "L0 a pointer is on record; L1 the bytes are equal to a digest taken at training; L2 the "
        "exact table; L3 training again gives the same"
    )
    lines.append(f"sealed as evidence {sealed.fact.document[:12]}")
    if args.to is not None:
        lines.append(f"{args.to}: the picture")
    if origin.data:
        lines.append(
            f"Next: tocsin incident reach {name} --data-set '{spelt(origin.data[0].shown)}' "
            "--to affected.jsonl"
        )
    return lines
