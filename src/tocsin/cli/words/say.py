"""`tocsin say`: words for an audience, from the record: drafted, approved, sent, corrected."""

from __future__ import annotations

import argparse
import enum
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from tocsin.cli.frame.arguments import Commands, Parser, Run, command_within, instant
from tocsin.cli.frame.carrying_out import carried_out, is_completed
from tocsin.cli.frame.deciding import INCIDENT, about_incident, saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.words.sheet import (
    doubt_lines,
    looked_data,
    looked_lines,
    next_command,
    proposed_data,
    proposed_lines,
)
from tocsin.cli.words.tell import text_given
from tocsin.desk.plans.runs import By
from tocsin.desk.words import releasing, speaking
from tocsin.desk.words import saying as drafting
from tocsin.desk.words.saying import Looked, Request
from tocsin.facts import incident_log
from tocsin.facts.statements import Audience, Flag, Moment
from tocsin.register.formats import minutes_of
from tocsin.register.mistakes import did_you_mean
from tocsin.register.statements import WORDS_NAMESPACE
from tocsin.statement.template import USUAL_LANGUAGE

Choice = TypeVar("Choice", bound=enum.Enum)

BECAUSE = " --because 'too early'"
OPEN_WORDS = "why, for all to read; what is privileged is a note for counsel"
EXAMPLES = """\
  tocsin say 7K3 customers --next-update 2h             # shows the text, records nothing
  tocsin say 7K3 customers --next-update 2h --draft
  tocsin say approve 7K3 S1 --as cleo --key ~/.ssh/id_ed25519
  tocsin say send 7K3 S1
  tocsin say correct 7K3 S1 --draft"""


def add(places: Commands) -> None:
    made = about_incident(
        places, "say", run_say,
        "words for an audience from the record; shows the text, drafts it with --draft",
        examples=EXAMPLES, dated=False,
    )  # fmt: skip
    made.add_argument(
        "audience",
        type=named(Audience),
        metavar="AUDIENCE",
        help=", ".join(one.value for one in Audience),
    )
    made.add_argument(
        "--moment",
        type=named(Moment),
        help="first, update, correction or final; if not said, first and then update",
    )
    _wording(made)
    made.add_argument("--corrects", metavar="STATEMENT", help="what a correction corrects")
    _deciding(made)


def _deciding(made: Parser) -> None:
    approve = _about(made, "approve", run_approve, "approve these very words, signed")
    approve.add_argument("--shown", metavar="DIGEST", help="only if this is still the text")
    decline = _about(made, "decline", run_decline, "refuse these words; they do not go", BECAUSE)
    for one in (approve, decline):
        one.add_argument("--role", help="in which of your roles, if more than one is asked")
    override = _about(made, "override", run_override, "counsel: let words pass despite a flag",
                      " not-in-record 12" + BECAUSE)  # fmt: skip
    override.add_argument("flag", type=named(Flag), metavar="FLAG")
    override.add_argument("about", nargs="?", default="", help="what the flag is about")
    for one, needed in ((approve, False), (decline, True), (override, True)):
        one.add_argument("--because", default="", required=needed, help=OPEN_WORDS)
    _about(made, "send", run_send, "check the words anew and send them")
    correct = _about(made, "correct", run_correct, "draft a correction for those who got it")
    _wording(correct)
    withdraw = _about(
        made, "withdraw", run_withdraw, "words that have not gone never will", BECAUSE
    )
    withdraw.add_argument("--because", required=True)


def _about(around: Parser, name: str, run: Run, help: str, more: str = "") -> Parser:
    made = command_within(around, name, run, help, examples=f"  tocsin say {name} 7K3 S1{more}")
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("statement", metavar="STATEMENT", help="S1, S2, ...")
    saying(made, dated=False)
    return made


def _wording(made: Parser) -> None:
    made.add_argument("--text", default="", help="what you say beside the record")
    made.add_argument("--file", type=Path, help="the same from a file; - for standard input")
    made.add_argument("--next-update", type=promised, metavar="2h|INSTANT",
                      help="when they are promised to hear more")  # fmt: skip
    made.add_argument(
        "--claim",
        action="append",
        metavar="C1",
        help="tell this claim as known (may be repeated); else all confirmed",
    )
    made.add_argument("--language", default=USUAL_LANGUAGE, help="of the template: en")
    made.add_argument("--draft", action="store_true", help="put it on record, for approval")


def named(choices: type[Choice]) -> Callable[[str], Choice]:
    """One of these by its name. Used as an argument type."""
    names = [one.value for one in choices]

    def choice(text: str) -> Choice:
        if text in names:
            return choices(text)
        remedy = did_you_mean(text, names, f"one of: {', '.join(names)}")
        raise argparse.ArgumentTypeError(f"{text!r}; {remedy}")

    return choice


def promised(text: str) -> timedelta | datetime:
    """A span from now, or an instant with its zone. Used as an argument type."""
    minutes = minutes_of(text)
    if minutes:
        return timedelta(minutes=minutes)
    try:
        return instant(text)
    except argparse.ArgumentTypeError as wrong:
        raise argparse.ArgumentTypeError(f"{wrong}, or how long from now: 2h") from None


def run_say(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        return _worded(args, seat, incident, args.audience, args.moment, args.corrects)


def run_correct(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        wrong = drafting.look(seat.desk, incident_log(incident), args.statement).statement
        audience = wrong.draft.audience
        return _worded(args, seat, incident, audience, Moment.CORRECTION, wrong.id)


def _worded(
    args: argparse.Namespace, seat: Seat, incident: str, audience: Audience,
    moment: Moment | None, corrects: str | None,
) -> Answer:  # fmt: skip
    log, name, promise = incident_log(incident), seat.short(incident), args.next_update
    request = Request(
        audience=audience,
        moment=moment,
        added=text_given(args),
        next_update_at=seat.now() + promise if isinstance(promise, timedelta) else promise,
        claims=tuple(args.claim) if args.claim else None,
        corrects=corrects,
        language=args.language,
    )
    if args.draft:
        one = drafting.draft_words(seat.desk, log, request, _by(args, seat))
        return _shown(seat, incident, drafting.look(seat.desk, log, one.id))
    made = drafting.propose(seat.desk, log, request)
    holds = made.reach.outside and bool(made.flags)
    return Answer(
        data=proposed_data(made, incident),
        text="\n".join(proposed_lines(made, name, _again(args, name, request))),
        status=PROBLEM if holds else DONE,
    )


def run_approve(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        speaking.approve(
            seat.desk, log, args.statement, _spoken(args, seat),
            role=args.role, because=args.because, shown=args.shown,
        )  # fmt: skip
        return _after(args, seat)


def run_decline(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        speaking.decline(
            seat.desk, log, args.statement, _spoken(args, seat),
            role=args.role, because=args.because,
        )  # fmt: skip
        return _after(args, seat)


def run_override(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        speaking.override(
            seat.desk, log, args.statement, args.flag, args.about, args.because,
            _spoken(args, seat),
        )  # fmt: skip
        return _after(args, seat)


def run_withdraw(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        speaking.withdraw(seat.desk, log, args.statement, args.because, _by(args, seat))
        return _after(args, seat)


def run_send(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), seat.short(incident)
        looked = drafting.look(seat.desk, log, args.statement)
        if looked.statement.is_open and looked.open_flags:
            drafting.flag_anew(seat.desk, log, looked.statement.id)
            return _shown(seat, incident, looked)
        run = releasing.release(seat.desk, log, args.statement, _by(args, seat))
        good = is_completed(carried_out(seat, screen, incident, log, run))
        looked = drafting.look(seat.desk, log, args.statement)
        then = next_command(looked, name, seat.register)
    one, reached = looked.statement, ", ".join(looked.statement.reached)
    told = f"{name}: {one.id} went to {one.draft.audience.value} ({reached})"
    if not good:
        told = f"{name}: {one.id} is NOT known to have reached everybody"
        told = "\n".join([told, *doubt_lines(one), f"next: {then}"])
    data = looked_data(looked, incident, then)
    return Answer(data=data | {"sent": good}, text=told, status=DONE if good else PROBLEM)


def _after(args: argparse.Namespace, seat: Seat) -> Answer:
    incident = seat.incident(args.incident)
    return _shown(seat, incident, drafting.look(seat.desk, incident_log(incident), args.statement))


def _shown(seat: Seat, incident: str, looked: Looked) -> Answer:
    name = seat.short(incident)
    return Answer(
        data=looked_data(looked, incident, next_command(looked, name, seat.register)),
        text="\n".join(looked_lines(looked, name, seat.register)),
        status=PROBLEM if looked.statement.is_open and looked.open_flags else DONE,
    )


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)


def _spoken(args: argparse.Namespace, seat: Seat) -> By:
    """As `_by`, signing what is said about words."""
    sign = seat.person.signer(WORDS_NAMESPACE)
    return By(author=seat.author, sign=sign, client_key=args.client_key)


def _again(args: argparse.Namespace, name: str, request: Request) -> str:
    """The command that would draft what is shown."""
    words = ["tocsin", "say", name, request.audience.value]
    if request.corrects:
        words += ["--corrects", request.corrects]
    elif request.moment:
        words += ["--moment", request.moment.value]
    if args.file:
        words += ["--file", str(args.file)]
    elif args.text:
        words += ["--text", args.text]
    for claim in args.claim or ():
        words += ["--claim", claim]
    if isinstance(args.next_update, timedelta):
        words += ["--next-update", f"{int(args.next_update.total_seconds() // 60)}m"]
    elif args.next_update is not None:
        words += ["--next-update", args.next_update.isoformat()]
    if request.language != USUAL_LANGUAGE:
        words += ["--language", request.language]
    return shlex.join(words)
