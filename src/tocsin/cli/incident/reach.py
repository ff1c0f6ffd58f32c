"""Whom a failure touched, and what was done about it: `reach`, `remedy`, `remedies`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tocsin.cli.evidence.pieces import plain_file
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command, instant
from tocsin.cli.frame.deciding import INCIDENT, about_incident
from tocsin.cli.frame.plain_files import plain_bytes, require_free, written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.incident.remedy_sheet import (
    as_data,
    as_text,
    said_in_table,
    sealed_lines,
    statement,
)
from tocsin.desk.evidence import affected
from tocsin.desk.plans.runs import By
from tocsin.detection.declared.condition import NotUnderstood, condition_of
from tocsin.facts import Refused, incident_log
from tocsin.facts.affected import Remedy, Written
from tocsin.facts.logs import Condition
from tocsin.facts.places import spans_of
from tocsin.incident.affected import AffectedList, Wished, list_meant
from tocsin.wiring.analysis import registry_at

TABLE_BYTES_MAX = 256 * 1024 * 1024


def add(inner: Commands) -> None:
    reach = about_incident(
        inner,
        "reach",
        run_reach,
        "list the decisions and people that a failure touched, and seal the list",
        examples="  tocsin incident reach 7K3 --to affected.jsonl\n"
        "  tocsin incident reach 7K3 --to affected.csv --where 'amount > 1000'\n"
        "  tocsin incident reach 7K3 --data-set train@b28eab6f --to affected.jsonl",
        dated=False,
    )
    reach.add_argument("--to", type=Path, required=True, metavar="FILE",
                       help="a new file: .csv for a table, else JSON lines")  # fmt: skip
    reach.add_argument("--finding", metavar="ID", help="the finding, where there are several")
    reach.add_argument(
        "--where",
        type=_condition,
        metavar="CONDITION",
        help="only decisions that meet it: 'score < 0.2 and not reviewed'",
    )
    reach.add_argument(
        "--all",
        dest="everything",
        action="store_true",
        help="all decisions of the slice, not only those that went wrong",
    )
    reach.add_argument(
        "--until",
        type=instant,
        metavar="INSTANT",
        help="up to this instant: 2026-11-27T08:00Z; without it, until it subsided, or now",
    )
    _add_data_set(reach)
    _add_remedy(inner)
    shown = command(
        inner,
        "remedies",
        run_remedies,
        "what was done about affected decisions, by whom, and what is open",
        examples="  tocsin incident remedies 7K3\n"
        "  tocsin incident remedies 7K3 --prove --to remedied.json",
    )
    shown.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    shown.add_argument(
        "--list", dest="digest", metavar="SHA256", help="the list, where there are several"
    )
    shown.add_argument(
        "--prove",
        action="store_true",
        help="state that nothing is open; exit 1 and what is open where not",
    )
    shown.add_argument("--to", type=Path, metavar="FILE", help="where the statement is written")


def _add_data_set(reach: Parser) -> None:
    reach.add_argument(
        "--since", type=instant, metavar="INSTANT", help="from this instant; else from the finding"
    )
    reach.add_argument(
        "--data-set", type=_data_set, metavar="NAME@DIGEST",
        help="instead, all decisions of the versions that were trained on it, by the registry",
    )  # fmt: skip
    reach.add_argument(
        "--registry", metavar="NAME", help="the integration, where there are several"
    )
    reach.add_argument("--model", metavar="NAME", help="without it, the integration's own target")


def _add_remedy(inner: Commands) -> None:
    remedy = about_incident(
        inner,
        "remedy",
        run_remedy,
        "say what was done about affected decisions, and show it",
        examples="  tocsin incident remedy 7K3 --items 1-200,205 --state corrected "
        "--proof refunds.pdf\n  tocsin incident remedy 7K3 --from remedied.csv",
    )
    remedy.add_argument(
        "--list", dest="digest", metavar="SHA256", help="the list, where there are several"
    )
    which = remedy.add_mutually_exclusive_group(required=True)
    which.add_argument("--items", metavar="PLACES", help="their places in the list: 1-200,205")
    which.add_argument(
        "--from",
        dest="table",
        type=Path,
        metavar="CSV",
        help="a table: item or request, state, because, by; kept as proof",
    )
    remedy.add_argument("--state", choices=[one.value for one in Remedy], help="how they stand now")
    remedy.add_argument("--proof", type=Path, metavar="FILE", help="shows it; kept as evidence")
    remedy.add_argument(
        "--reference", default="", metavar="WORDS", help="where else it can be seen: a ticket"
    )
    remedy.add_argument("--by", default="", metavar="WHO", help="who did it, where it was not you")
    remedy.add_argument(
        "--because", default="", metavar="WORDS", help="why not needed, or why taken back"
    )


def _condition(text: str) -> tuple[str, Condition]:
    try:
        return text, condition_of(text)
    except NotUnderstood as bad:
        raise argparse.ArgumentTypeError(str(bad)) from None


def _data_set(text: str) -> tuple[str, str]:
    name, at, digest = text.rpartition("@")
    if not at or not name or not digest:
        raise argparse.ArgumentTypeError(
            f"{text!r}; write NAME@DIGEST as `tocsin analysis lineage` shows it"
        )
    return name, digest


def _trained_on(args: argparse.Namespace, seat: Seat, system: str) -> affected.TrainedOn | None:
    """The versions that were trained on the data set that is meant, by the registry now."""
    if args.data_set is None:
        return None
    registry, (name, digest) = registry_at(seat.opened, system, args.registry), args.data_set
    model = args.model or registry.model
    if model is None:
        raise Refused("name the model whose versions are meant: --model NAME")
    versions, untold = registry.trained_on(model, name, digest)
    if not versions:
        more = f"; of versions {', '.join(untold)} nobody can tell" if untold else ""
        raise Refused(f"no version of {model} is on record as trained on {name}@{digest}{more}")
    return affected.TrainedOn(
        data_set=f"{name}@{digest}", versions=tuple(versions), untold=tuple(untold)
    )


def run_reach(args: argparse.Namespace, screen: Screen) -> Answer:
    require_free(args.to)
    typed, where = args.where or ("", None)
    with seated(args, screen) as seat, screen.waiting("going through the log"):
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        found = affected.finding_meant(seat.store.read(log), args.finding)
        wanted = affected.Wanted(
            everything=args.everything,
            until=args.until,
            where=where,
            where_words=typed,
            written=Written.CSV if args.to.suffix.lower() == ".csv" else Written.LINES,
            trained_on=_trained_on(args, seat, found.system),
            since=args.since,
        )
        listed = affected.list_affected(seat.desk, log, found, wanted, args.to, _by(args, seat))
        known = affected.lists_on(seat.desk, log)[listed.fact.list]
        name = seat.short(incident)
    fact = listed.fact
    whom = "" if fact.subjects is None else f" about {fact.subjects} subjects"
    lines = [
        f"{fact.decisions} decisions{whom}: {args.to}",
        f"list {fact.list}, sealed as evidence; {fact.asked}",
        *(f"NOT TOLD: {one}" for one in listed.untold),
        *sealed_lines(known, listed.seq, name),
    ]
    return Answer(
        data={
            "incident": incident,
            "finding": fact.finding,
            "list": fact.list,
            "file": str(args.to),
            "decisions": fact.decisions,
            "subjects": fact.subjects,
            "since": fact.since,
            "until": fact.until,
            "asked": fact.asked,
            "untold": listed.untold,
            "entry": listed.seq,
            "listed_in_entry": known.seq,
            "left": known.left,
        },
        text="\n".join(lines),
    )


def run_remedy(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.items is not None and args.state is None:
        raise Refused("say what was done: --state corrected (or another, see --help)")
    if args.table is not None and (args.state or args.proof or args.because or args.by):
        raise Refused("a table says state, because and by itself, and is its own proof")
    with seated(args, screen) as seat, ExitStack() as files:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        known = list_meant(affected.lists_on(seat.desk, log), args.digest)
        if args.table is not None:
            data = plain_bytes(args.table, "a table", TABLE_BYTES_MAX)
            wishes, proof = said_in_table(seat.desk, known, args.table.name, data), args.table
        else:
            wishes, proof = _typed(args), args.proof
        shown = (proof.name, files.enter_context(plain_file(proof))) if proof else None
        after, appended = affected.remedy(
            seat.desk, log, known.fact.list, wishes, args.at or seat.now(), _by(args, seat), shown
        )
    return Answer(
        data={
            **as_data(after),
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=as_text(after),
    )


def _typed(args: argparse.Namespace) -> list[Wished]:
    try:
        spans = spans_of(args.items)
    except ValueError as bad:
        raise Refused(f"--items: {bad}") from None
    return [
        Wished(
            spans=spans,
            state=Remedy(args.state),
            reference=args.reference,
            done_by=args.by,
            because=args.because,
        )
    ]


def run_remedies(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.to is not None:
        if not args.prove:
            raise Refused("--to writes the statement of --prove; give both")
        require_free(args.to)
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        lists = affected.lists_on(opened.desk, incident_log(incident))
        if args.digest is not None or args.prove:
            meant = list_meant(lists, args.digest)
            lists = {meant.fact.list: meant}
        kept = affected.kept(opened.desk, next(iter(lists.values()))) if args.prove else None
        made_at, origin = opened.world.clock.now(), opened.store.origin
    data: dict[str, object] = {"incident": incident, "lists": [as_data(o) for o in lists.values()]}
    text = "\n".join(as_text(one) for one in lists.values())
    if kept is None:
        return Answer(data=data, text=text or "no list of affected decisions yet")
    around = (kept.destroyed, incident, origin, made_at)
    return _proven(next(iter(lists.values())), kept, data, text, args.to, around)


def _proven(
    known: AffectedList, kept: affected.Kept, data: dict[str, object], text: str, to: Path | None,
    around: tuple[Sequence[str], str, str, object],
) -> Answer:  # fmt: skip
    data["complete"] = not known.left and not kept.harmed
    data["harmed"], data["destroyed"] = kept.harmed, kept.destroyed
    text = "\n".join((text, *(f"  {one}" for one in kept.destroyed)))
    if kept.harmed:
        told = "\n".join(f"NOT PROVEN: {one}" for one in kept.harmed)
        back = "bring back a copy whose SHA-256 is that digest: tocsin incident evidence --help"
        return Answer(data=data, text=f"{text}\n{told}; {back}", status=PROBLEM)
    if known.left:
        return Answer(data=data, text=f"{text}\nNOT COMPLETE: nothing is stated", status=PROBLEM)
    stated = statement(known, *around)
    if to is not None:
        written_new(to, stated)
        data["file"] = str(to)
    said = f"{to}: " if to is not None else ""
    done = f"{said}all {known.fact.decisions} decisions of list {known.fact.list} are dealt with"
    return Answer(data=data, text=f"{text}\n{done}", status=DONE)


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
