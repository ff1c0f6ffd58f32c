"""`tocsin counsel`: counsel's space of an incident, who writes the cause, and the privilege log."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tocsin.cli.evidence import counsel_sheet
from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, Parser, instant, whole
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.evidence.counsel import Asked, decide_in_space
from tocsin.desk.plans.runs import By
from tocsin.facts import Access, Draft, Refused, incident_log
from tocsin.facts.privilege import Privilege
from tocsin.incident import decide_privilege
from tocsin.register.mistakes import did_you_mean

Choose = Callable[[Asked], list[Draft]]

PLAIN = "everybody reads it: keep it plain"


def add(places: Commands) -> None:
    top = places.add_parser(
        "counsel",
        help="counsel's space of an incident, who writes the root cause, the privilege log",
        description="What is for counsel: who reads it, who writes the cause, what is withheld.",
        epilog="examples:\n  tocsin counsel open 7K3 --because 'counsel is to advise' --as cleo "
        "--key FILE\n  tocsin counsel admit 7K3 ana --because 'she knows the model' --as cleo "
        "--key FILE\n  tocsin counsel choose-cause 7K3 ana --privileged --because 'as decided' "
        "--as cleo --key FILE\n  tocsin counsel log 7K3 --csv withheld.csv --as cleo --key FILE",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    opening = about_incident(
        inner, "open", run_open, "make a space that only its members read; all counsel are in it",
        dated=False,
    )  # fmt: skip
    opening.add_argument("--because", required=True, help=PLAIN)
    for name, run, help in (
        ("admit", run_admit, "let somebody read and write in counsel's space"),
        ("remove", run_remove, "let somebody read nothing more of counsel's space"),
    ):
        made = about_incident(inner, name, run, help, dated=False)
        made.add_argument("member", metavar="PERSON")
        made.add_argument("--because", required=True, help=PLAIN)
    _add_cause(inner)
    _add_opinion(inner)
    _add_assertion(inner)
    show = about_incident(
        inner, "show", counsel_sheet.run_show, "who is in the space and what was decided",
        examples="  tocsin counsel show 7K3\n  tocsin counsel show 7K3 --reader counsel --as cleo "
        "--key FILE   # with what is written there", dated=None,
    )  # fmt: skip
    reading.option(show)
    log = about_incident(
        inner, "log", counsel_sheet.run_log, "the privilege log: what is withheld, without a word",
        examples="  tocsin counsel log 7K3 --as cleo --key FILE\n"
        "  tocsin counsel log 7K3 --categorical --csv withheld.csv --as cleo --key FILE",
        dated=None,
    )  # fmt: skip
    log.add_argument("--categorical", action="store_true", help="counted by category and ground")
    log.add_argument("--csv", type=Path, metavar="FILE", help="written as a table; a new file")


def _add_cause(inner: Commands) -> None:
    cause = about_incident(
        inner, "choose-cause", run_choose_cause,
        "decide who writes the root cause, from when, and under privilege or not", dated=None,
    )  # fmt: skip
    cause.add_argument("writer", metavar="PERSON")
    cause.add_argument("--from", dest="since", type=instant, help="from when on; else from now")
    cause.add_argument("--privileged", action="store_true", help="for counsel's eyes")
    cause.add_argument("--because", required=True, help=PLAIN)


def _add_opinion(inner: Commands) -> None:
    opinion = about_incident(
        inner, "opinion", run_opinion, "say what you think, apart from what you saw",
        examples="  tocsin counsel opinion 7K3 'the vendor knew' --about C1", dated=False,
    )  # fmt: skip
    opinion.add_argument("text")
    opinion.add_argument("--about", default="", metavar="C1|Q1|NUMBER")
    opinion.add_argument(
        "--access", type=Access, choices=list(Access), metavar="{ops,board,counsel}",
        help="who may read it (counsel when not given)",
    )  # fmt: skip


def _add_assertion(inner: Commands) -> None:
    asserting = about_incident(
        inner, "assert", run_assert, "say on what ground an entry is withheld",
        examples="  tocsin counsel assert 7K3 14 --ground attorney-client --description 'note of "
        "counsel on exposure' --basis 'legal advice asked by the board' --as cleo --key FILE",
        dated=False,
    )  # fmt: skip
    asserting.add_argument("entry", type=whole)
    asserting.add_argument(
        "--ground", type=Privilege, choices=list(Privilege), required=True,
        metavar="{" + ",".join(one.value for one in Privilege) + "}",
    )  # fmt: skip
    asserting.add_argument("--description", required=True, help=PLAIN)
    asserting.add_argument("--basis", required=True, help=PLAIN)
    asserting.add_argument("--category", default="")


def run_open(args: argparse.Namespace, screen: Screen) -> Answer:
    return _decided(
        args, screen, "counsel's space is open: only its members read what is for counsel here",
        lambda a: decide_privilege.open_space(
            a.incident, a.space, a.actor, a.at, counsel=a.counsel, because=args.because
        ),
    )  # fmt: skip


def run_admit(args: argparse.Namespace, screen: Screen) -> Answer:
    return _decided(
        args, screen, f"{args.member} reads and writes in counsel's space",
        lambda a: decide_privilege.admit(
            a.incident, a.space, a.actor, a.at, person=args.member, because=args.because
        ),
        named=args.member,
    )  # fmt: skip


def run_remove(args: argparse.Namespace, screen: Screen) -> Answer:
    return _decided(
        args, screen, f"{args.member} reads nothing more of counsel's space",
        lambda a: decide_privilege.remove(
            a.incident, a.space, a.actor, a.at, person=args.member, because=args.because
        ),
    )  # fmt: skip


def run_choose_cause(args: argparse.Namespace, screen: Screen) -> Answer:
    how = "under privilege" if args.privileged else "not under privilege"
    return _decided(
        args, screen, f"the root cause is written by {args.writer}, {how}",
        lambda a: decide_privilege.choose_cause(
            a.incident, a.space, a.actor, a.at, person=args.writer, from_at=args.since or a.at,
            privileged=args.privileged, because=args.because, counsel=a.counsel,
        ),
        named=args.writer,
    )  # fmt: skip


def run_opinion(args: argparse.Namespace, screen: Screen) -> Answer:
    return _decided(
        args, screen, "the opinion is on record, apart from what is known",
        lambda a: decide_privilege.opine(
            a.incident, a.actor, a.at, text=args.text, about=args.about, access=args.access
        ),
    )  # fmt: skip


def run_assert(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(asked: Asked) -> list[Draft]:
        if not 1 <= args.entry <= len(asked.entries):
            raise Refused(f"there are entries 1 to {len(asked.entries)}, and no {args.entry}")
        return decide_privilege.assert_privilege(
            asked.incident, asked.space, asked.actor, asked.at, entry=args.entry,
            label=asked.entries[args.entry - 1].access, privilege=args.ground,
            description=args.description, basis=args.basis, category=args.category,
        )  # fmt: skip

    return _decided(args, screen, f"entry {args.entry} is withheld as {args.ground.value}", choose)


def _decided(
    args: argparse.Namespace, screen: Screen, done: str, choose: Choose, named: str | None = None
) -> Answer:
    """Record what `choose` decides; `named` is whom it is about."""
    with seated(args, screen) as seat:
        if named is not None:
            _check_known(seat, named)
        incident = seat.incident(args.incident)
        appended = decide_in_space(seat.desk, incident_log(incident), choose, _by(args, seat))
        name = seat.short(incident)
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "entries": [appended.first_seq, appended.last_seq],
            "repeated": appended.repeated,
        },
        text=f"{name}: {done}" + (" (it was on record already)" if appended.repeated else ""),
    )


def _check_known(seat: Seat, who: str) -> None:
    """Passes when the register names them. Raises Refused: nobody could ever read or write so."""
    people = seat.desk.knowledge.nearest_register().people
    if people and who not in people:
        listed = f"there are: {', '.join(sorted(people))}"
        raise Refused(
            f"{who} is no person of the register in force; {did_you_mean(who, people, listed)}"
        )


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
