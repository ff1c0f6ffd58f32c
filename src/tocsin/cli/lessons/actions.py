"""`tocsin actions`: the work that follows from incidents; who owes what by when, what proves it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.cli.evidence.pieces import piece_named
from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, Parser, command, command_within, instant
from tocsin.cli.frame.deciding import INCIDENT, access, saying
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.lessons.action_sheet import ReviewRow, Row, row_data, rows_text
from tocsin.desk.evidence import lessons
from tocsin.desk.evidence.lessons import Case, Piece
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import EVERYDAY
from tocsin.facts import Access, Draft, Refused, incident_log
from tocsin.facts.lessons import ActionKind
from tocsin.incident import decide_actions
from tocsin.incident.decide_actions import NOT_BY_A_DRILL
from tocsin.incident.lessons import Standing

_WORDS = "add, change, done, reopen, drop; each says more by --help"
PROOF_BYTES_MAX = 256 * 1024 * 1024


def add(places: Commands) -> None:
    made = command(
        places, "actions", run_list,
        "the work that follows from incidents; exit 1 when something is overdue",
        examples="  tocsin actions\n  tocsin actions --overdue --owner ben\n"
        "  tocsin actions add 7K3 --kind code --what 'stop first' --owner ben "
        "--due 2026-12-20T12:00Z --drill 'a bad release stops within 5 min'\n"
        "  tocsin actions done 7K3 action-1 --proof drill.pdf --says 'stopped in 2 min'",
    )  # fmt: skip
    made.description = f"{made.description}\nwith a word of its own: {_WORDS}"
    _which(made)
    listed = command_within(made, "list", run_list, "what is to be done, who owns it, until when")
    _which(listed)
    _add(made)
    _change(made)
    _done(made)
    for name, run, help in (
        ("reopen", run_reopen, "it is not done after all: it takes a new proof to close it again"),
        ("drop", run_drop, "it will not be done; the commander or an executive bears that"),
    ):
        one = _about_item(made, name, run, help)
        one.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")


def _which(made: Parser) -> None:
    made.add_argument("--overdue", action="store_true", help="only what should be done by now")
    made.add_argument("--owner", metavar="WHO", help="only what this person owns")
    made.add_argument("--incident", metavar="INCIDENT", help="only of this incident")
    made.add_argument("--all", action="store_true", help="also what is closed or given up")
    reading.options(made)


def _add(around: Parser) -> None:
    made = command_within(
        around, "add", run_add, "something must be done, and a drill will prove that it works",
        examples="  tocsin actions add 7K3 --kind monitor --what 'watch each language' "
        "--owner ben --due 2026-12-20T12:00Z --drill 'a burst in one language pages'",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("--what", required=True, metavar="WORDS", help="what is to be done")
    made.add_argument(
        "--kind", required=True, choices=[one.value for one in ActionKind], help="what it changes"
    )
    made.add_argument("--owner", required=True, metavar="WHO", help="a person of the register")
    made.add_argument("--due", required=True, type=instant, metavar="INSTANT",
                      help="2026-12-20T12:00Z")  # fmt: skip
    made.add_argument(
        "--drill", required=True, metavar="WORDS",
        help="the exercise that will prove it: its id, or what it must show",
    )  # fmt: skip
    made.add_argument("--factor", metavar="ID", help="the contributing factor that it answers")
    access(made)
    saying(made, dated=False)


def _change(around: Parser) -> None:
    made = _about_item(around, "change", run_change, "another owner, instant or drill, and why")
    made.add_argument("--owner", metavar="WHO")
    made.add_argument("--due", type=instant, metavar="INSTANT")
    made.add_argument("--drill", metavar="WORDS")
    made.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")


def _done(around: Parser) -> None:
    made = _about_item(around, "done", run_done, "close it by what shows it: nothing else does")
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--proof", type=Path, metavar="FILE", help="shows it; kept as evidence")
    which.add_argument("--evidence", metavar="SHA256", help="a piece that is on record already")
    made.add_argument("--by-drill", metavar="ID", help="the exercise whose record it is")
    made.add_argument("--says", required=True, metavar="WORDS", help="what it shows")


def _about_item(around: Parser, name: str, run: object, help: str) -> Parser:
    made = command_within(around, name, run, help)  # type: ignore[arg-type]
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("action", metavar="ACTION", help="its id: action-1, or 1")
    saying(made, dated=False)
    return made


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        wanted = seat.incident(args.incident) if args.incident else None
        rows, reviews = list[Row](), list[ReviewRow]()
        now = seat.now()

        hidden = 0

        def labels(log: str) -> frozenset[Access]:
            nonlocal hidden
            try:
                return reading.labels(args, seat.opened, log)
            except Refused:
                if wanted is not None and log == incident_log(wanted):
                    raise
                hidden += 1  # of one incident's space one may be no member
                return EVERYDAY

        for incident, known in lessons.taught(seat.desk, labels):
            if wanted not in (None, incident):
                continue
            name = seat.short(incident)
            rows += [Row(incident=incident, short=name, item=one) for one in known.items.values()]
            if known.review_due is not None and args.owner is None:
                due = known.review_due
                reviews.append(ReviewRow(incident=incident, short=name, due=due))
    if hidden:
        screen.say(f"of {hidden} incidents only what everybody may read is told")
    rows = [row for row in rows if args.all or row.item.standing is Standing.OPEN]
    rows = [row for row in rows if args.owner in (None, row.item.owner)]
    late = [row for row in rows if row.item.is_overdue(now)]
    unheld = [one for one in reviews if one.due <= now]
    if args.overdue:
        rows, reviews = late, unheld
    return Answer(
        data={
            "now": now,
            "items": [row_data(row, now) for row in rows],
            "reviews": reviews,
            "overdue": len(late) + len(unheld),
        },
        text=rows_text(rows, reviews, now),
        status=PROBLEM if late or unheld else DONE,
    )


def run_add(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(case: Case) -> list[Draft]:
        return decide_actions.open_action(
            case.known, case.incident, case.actor, case.at, changes=ActionKind(args.kind),
            what=args.what, owner=args.owner, due=args.due, drill=args.drill, factor=args.factor,
            people=case.people, access=args.access,
        )  # fmt: skip

    with seated(args, screen) as seat:
        return _recorded(args, seat, choose, "")


def run_change(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(case: Case) -> list[Draft]:
        return decide_actions.change_action(
            case.known, case.at, action=args.action, owner=args.owner, due=args.due,
            drill=args.drill, because=args.because, people=case.people,
        )  # fmt: skip

    with seated(args, screen) as seat:
        return _recorded(args, seat, choose, "is changed")


def run_reopen(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(case: Case) -> list[Draft]:
        return decide_actions.reopen_action(
            case.known, case.at, action=args.action, because=args.because
        )

    with seated(args, screen) as seat:
        return _recorded(args, seat, choose, "is open again, and takes a new proof")


def run_drop(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(case: Case) -> list[Draft]:
        return decide_actions.give_up(
            case.known, case.incident, case.actor, case.at, action=args.action,
            because=args.because,
        )  # fmt: skip

    with seated(args, screen) as seat:
        return _recorded(args, seat, choose, "is given up; it is not counted as closed")


def run_done(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        piece = _piece(args, seat)
        digest, appended = lessons.finish(
            seat.desk, incident, args.action, piece, args.says, _by(args, seat)
        )
        name = seat.short(incident)
    how = f"by drill {args.by_drill}" if args.by_drill else f"by {digest[:12]}, {NOT_BY_A_DRILL}"
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "action": args.action,
            "proof": digest,
            "proven_by_drill": bool(args.by_drill),
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=f"{name}: {args.action} is closed {how}",
    )


def _piece(args: argparse.Namespace, seat: Seat) -> Piece:
    if args.evidence is not None:
        digest = piece_named(seat.desk, args.evidence, in_vault=True)
        return Piece(says=args.says, digest=digest, exercise=args.by_drill)
    data = plain_bytes(args.proof, "the file that shows it", PROOF_BYTES_MAX)
    if len(data) > PROOF_BYTES_MAX:
        raise Refused(f"{args.proof} is larger than {PROOF_BYTES_MAX:,} bytes; name an extract")
    return Piece(says=args.says, name=args.proof.name, data=data, exercise=args.by_drill)


def _recorded(args: argparse.Namespace, seat: Seat, choose: lessons.Choose, done: str) -> Answer:
    """Ask for what `choose` decides; tell the item that it is about by its id."""
    incident = seat.incident(args.incident)
    chosen = list[str]()

    def judged(case: Case) -> Sequence[Draft]:
        drafts = choose(case)
        chosen[:] = _items_of(drafts)
        return drafts

    appended = lessons.learn(seat.desk, incident, judged, _by(args, seat), seat.now())
    name, item = seat.short(incident), chosen[0] if chosen else args.action
    said = done or f"is {args.owner}'s, due {args.due:%Y-%m-%d %H:%M} UTC"
    again = " (it was on record already)" if appended.repeated else ""
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "action": item,
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=f"{name}: {item} {said}{again}",
    )


def _items_of(drafts: Sequence[Draft]) -> Iterator[str]:
    for one in drafts:
        if (action := getattr(one.fact, "action", None)) is not None:
            yield str(action)


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
