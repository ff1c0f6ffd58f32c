"""`tocsin postmortem`: what happened and what follows, drafted from the record; words apart."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.evidence.pieces import piece_named
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command, command_within, whole
from tocsin.cli.frame.deciding import INCIDENT, access, saying
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.lessons.propose import add_propose
from tocsin.desk.evidence import lessons
from tocsin.desk.evidence.lessons import Case
from tocsin.desk.plans.runs import By
from tocsin.facts import Draft, Refused, Unreachable, incident_log
from tocsin.facts.lessons import CostBasis, CostKind, FactorKind, Section, Went
from tocsin.incident import decide_lessons

if TYPE_CHECKING:
    from tocsin.dossier.postmortem import Postmortem

TEXT_BYTES_MAX = 40_000
_WORDS = "factor, lesson, cost, withdraw, write, propose, review; each says more by --help"
_ENDINGS = (".html", ".md", ".json")


def add(places: Commands) -> None:
    made = command(
        places, "postmortem", run_postmortem,
        "what happened and what follows, drafted from the record",
        examples="  tocsin postmortem 7K3\n  tocsin postmortem 7K3 --to 7K3.html\n"
        "  tocsin postmortem factor 7K3 --where process --what 'nobody owned the reference'\n"
        "  tocsin postmortem cost 7K3 --for labour --amount 14.5 --unit person-hours "
        "--basis measured --because 'four people'\n"
        "  tocsin postmortem review 7K3 --facilitator ben --outcome 'three items'",
    )  # fmt: skip
    made.description = f"{made.description}\nwith a word of its own: {_WORDS}"
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument(
        "--to", type=Path, metavar="FILE", help="a file that ends in .html, .md or .json"
    )
    reading.options(made)
    _add_factor(made)
    _add_lesson(made)
    _add_cost(made)
    _add_section(made)
    _add_review(made)
    add_propose(made)
    gone = _saying(made, "withdraw", run_withdraw, "a factor, a lesson or a cost does not stand")
    gone.add_argument("name", metavar="ID", help="factor-1, lesson-1 or cost-1")
    gone.add_argument("--because", required=True, metavar="WORDS")


def _add_factor(around: Parser) -> None:
    made = _saying(around, "factor", run_factor, "name something that contributed to it")
    made.add_argument("--where", required=True, choices=[one.value for one in FactorKind])
    made.add_argument("--what", required=True, metavar="WORDS", help="what made it likely")
    made.add_argument(
        "--evidence", action="append", default=[], metavar="SHA256", help="a piece that shows it"
    )
    access(made)


def _add_lesson(around: Parser) -> None:
    made = _saying(around, "lesson", run_lesson, "note what went well, badly, or well by luck")
    made.add_argument("--went", required=True, choices=[one.value for one in Went])
    made.add_argument("--what", required=True, metavar="WORDS")
    made.add_argument(
        "--entry", action="append", default=[], type=whole, metavar="N", help="that shows it"
    )
    access(made)


def _add_cost(around: Parser) -> None:
    made = _saying(around, "cost", run_cost, "record what it cost, in money or hours of people")
    made.add_argument("--for", dest="what", required=True, choices=[one.value for one in CostKind])
    made.add_argument("--amount", required=True, metavar="NUMBER", help="1250.00")
    made.add_argument("--unit", required=True, metavar="UNIT", help="EUR, or person-hours")
    made.add_argument("--basis", required=True, choices=[one.value for one in CostBasis])
    made.add_argument("--because", required=True, metavar="WORDS")
    access(made)


def _add_section(around: Parser) -> None:
    made = _saying(around, "write", run_write, "write a section in your own words, or anew")
    made.add_argument("section", choices=[one.value for one in Section])
    text = made.add_mutually_exclusive_group(required=True)
    text.add_argument("--text", metavar="WORDS", help="empty takes the section away")
    text.add_argument("--from", dest="file", type=Path, metavar="FILE", help="plain text, UTF-8")
    access(made)


def _add_review(around: Parser) -> None:
    made = _saying(around, "review", run_review, "say that people looked back on it together")
    made.add_argument(
        "--facilitator", required=True, metavar="WHO", help="who led it; not the commander"
    )
    made.add_argument("--attendee", action="append", default=[], metavar="WHO")
    made.add_argument("--outcome", required=True, metavar="WORDS")


def _saying(around: Parser, name: str, run: Callable[..., Answer], help: str) -> Parser:
    made = command_within(around, name, run, help)
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    saying(made, dated=False)
    return made


def run_postmortem(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who want it wait for the templates to load.
    from tocsin.dossier.postmortem import postmortem_of
    from tocsin.dossier.postmortem_paper import as_markdown

    if args.to is not None and args.to.suffix not in _ENDINGS:
        raise Refused(f"{args.to}: name a file that ends in {', '.join(_ENDINGS)}")
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        name = short.shortest(incident, short.incidents(opened.store))
        log = incident_log(incident)
        readers = reading.labels(args, opened, log)
        why_not = lessons.why_no_cause(opened.desk, log)
        entries = reading.entries(args, opened, log, readers)
        draft = postmortem_of(name, entries, readers, why_not)
    if args.to is None:
        return Answer(data=draft, text=as_markdown(draft))
    _write(args.to, draft)
    return Answer(
        data={"incident": incident, "file": str(args.to.resolve()), "up_to": draft.up_to},
        text=f"{name}: {args.to}, from entries 1 to {draft.up_to}; {_left(draft)}",
    )


def _left(draft: Postmortem) -> str:
    unmeasured = sum(one.seconds is None for one in draft.intervals)
    return f"{unmeasured} intervals are not measurable, {len(draft.items)} action items"


def _write(path: Path, draft: Postmortem) -> None:
    from tocsin.dossier.postmortem_paper import as_html, as_json, as_markdown

    made = {
        ".html": lambda: as_html(draft).encode(),
        ".md": lambda: as_markdown(draft).encode(),
        ".json": lambda: as_json(draft),
    }[path.suffix]()
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_bytes(made)
        os.replace(fresh, path)
    except OSError as bad:
        raise Unreachable(f"{path}: {bad.strerror}; name another file") from None


def run_factor(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        evidence = [piece_named(seat.desk, one) for one in args.evidence]
        return _learnt(
            args, seat,
            lambda case: decide_lessons.name_factor(
                case.known, case.incident, case.actor, case.at, where=FactorKind(args.where),
                statement=args.what, evidence=evidence, access=args.access,
            ),
        )  # fmt: skip


def run_lesson(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        return _learnt(
            args, seat,
            lambda case: decide_lessons.note_lesson(
                case.known, case.incident, case.actor, case.at, went=Went(args.went),
                what=args.what, entries=args.entry, access=args.access,
            ),
        )  # fmt: skip


def run_cost(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        return _learnt(
            args, seat,
            lambda case: decide_lessons.record_cost(
                case.known, case.incident, case.actor, case.at, what=CostKind(args.what),
                amount=args.amount, unit=args.unit, basis=CostBasis(args.basis),
                because=args.because, access=args.access,
            ),
        )  # fmt: skip


def run_withdraw(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        return _learnt(
            args, seat,
            lambda case: decide_lessons.withdraw(
                case.known, case.actor, case.at, name=args.name, because=args.because
            ),
        )  # fmt: skip


def run_write(args: argparse.Namespace, screen: Screen) -> Answer:
    section, text = Section(args.section), args.text
    if args.file is not None:
        data = plain_bytes(args.file, "a file of plain text", TEXT_BYTES_MAX)
        if len(data) > TEXT_BYTES_MAX:
            raise Refused(f"{args.file} is longer than {TEXT_BYTES_MAX:,} bytes; say it shorter")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(f"{args.file} is not UTF-8 text; write it as plain text") from None
    with seated(args, screen) as seat:
        return _learnt(
            args, seat,
            lambda case: decide_lessons.write_section(
                case.known, case.incident, case.actor, case.at, section=section, text=text,
                space=case.space, counsel=case.counsel, access=args.access,
            ),
        )  # fmt: skip


def run_review(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        return _learnt(
            args, seat,
            lambda case: decide_lessons.hold_review(
                case.known, case.incident, case.at, facilitator=args.facilitator,
                attendees=args.attendee, outcome=args.outcome, people=case.people,
            ),
        )  # fmt: skip


def _learnt(args: argparse.Namespace, seat: Seat, choose: lessons.Choose) -> Answer:
    """Record what was decided, and tell what it is called."""
    incident, told = seat.incident(args.incident), list[str]()

    def judged(case: Case) -> Sequence[Draft]:
        drafts = choose(case)
        told[:] = [lessons.name_of(one.fact) for one in drafts]
        return drafts

    by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
    appended = lessons.learn(seat.desk, incident, judged, by, seat.now())
    name = seat.short(incident)
    again = " (it was on record already)" if appended.repeated else ""
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "recorded": told,
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=f"{name}: {', '.join(told)} is on record{again}",
    )
