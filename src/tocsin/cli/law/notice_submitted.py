"""`tocsin notice submitted` and `confirmed`: that a notice went, and what came back for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tocsin.cli.frame import short
from tocsin.cli.frame.arguments import Commands, Parser, Run, command, instant
from tocsin.cli.frame.deciding import OR_ORGANISATION, law_asked, saying
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.law.notice_sheet import sent_data
from tocsin.desk.law import notices, submitting
from tocsin.desk.law.notice_forms import PERHAPS, notices_in, rule_of
from tocsin.desk.law.submitting import Submission
from tocsin.desk.plans.runs import By
from tocsin.duties.notice import NOT_ADVICE
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.facts.legal import DutyReckoned
from tocsin.incident.words_legal import moved_lines

FILE_BYTES_MAX = 64 * 1024 * 1024
AHEAD_MAX = timedelta(minutes=5)


def about_notice(
    made: Commands, name: str, run: Run, help: str, more: str = "", *, dated: bool = False
) -> Parser:
    """A command about the notices of one incident, or of the organisation."""
    found = command(made, name, run, help, examples=f"  tocsin notice {name} 7K3{more}")
    found.add_argument("incident", metavar="INCIDENT", help=OR_ORGANISATION)
    saying(found, dated=dated)
    return found


def add_submitted(made: Commands) -> None:
    sent = about_notice(made, "submitted", run_submitted,
                  "say that a notice went: when, by which way, to whom",
                  " N1 --channel 'the portal' --at 2026-11-26T14:05+01:00\n"
                  "  tocsin notice submitted 7K3 --outside eu/gdpr/33 --authority CNIL "
                  "--channel mail --because 'sent at night'",
                     dated=True)  # fmt: skip
    sent.add_argument("notice", nargs="?", metavar="NOTICE", help="N1; leave out with --outside")
    sent.add_argument("--outside", metavar="RULE", help="it was written and sent outside of Tocsin")
    how_options(sent)
    sent.add_argument("--corrects", metavar="NOTICE|ENTRY",
                      help="with --outside: what it corrects")  # fmt: skip
    sent.add_argument("--because", default="", help="with --outside: why")


def how_options(sent: Parser) -> None:
    """By which way something went, to whom, and what came back."""
    sent.add_argument("--channel", required=True, help="the portal or address")
    sent.add_argument("--authority", action="append", default=[], metavar="NAME",
                      help="who got it, if not as the notice or the rule says")  # fmt: skip
    sent.add_argument("--file", type=Path, help="what was sent; it must be what was approved")
    sent.add_argument("--sent-by", default="", metavar="WHO", help="if not you")
    sent.add_argument("--reference", default="", help="the number that the authority gave")
    sent.add_argument("--answer", type=Path, metavar="FILE", help="what the authority answered")


def add_confirmed(made: Commands) -> None:
    back = about_notice(made, "confirmed", run_confirmed,
                        "what the authority answered: its number, its confirmation",
                        " N1 --reference INC-2026-77")  # fmt: skip
    back.add_argument("notice", metavar="NOTICE|ENTRY", help="N1, or the entry of a submission")
    back.add_argument("--reference", default="", help="the number that the authority gave")
    back.add_argument("--file", type=Path, help="the answer itself")
    back.add_argument("--received-at", type=instant, metavar="INSTANT",
                      help="when the authority says it received the notice")  # fmt: skip


def run_submitted(args: argparse.Namespace, screen: Screen) -> Answer:
    if (args.notice is None) == (args.outside is None):
        raise Refused("name the notice that went (N1), or --outside RULE for one of your own")
    with seated(args, screen) as seat:
        log, desk, who = seat.log(args.incident), seat.desk, by(args, seat)
        if args.outside is not None:
            law = desk.law.must_read().law
            rule = rule_of(law, args.outside, organisation=log == ORGANISATION_LOG)
            appended = submitting.submitted_outside(
                desk, log, rule, how_of(args, seat, tuple(args.authority)), args.because, who,
                corrects=args.corrects,
            )  # fmt: skip
            which = str(appended.first_seq)
        else:
            to = tuple(args.authority) or _named_in(notices.look(desk, log, args.notice))
            submitting.submitted(desk, log, args.notice, how_of(args, seat, to), who)
            which = args.notice
        moved = law_asked(desk, log, desk.known(log).last_seq, screen)
        return _sent(seat, log, which, moved)


def run_confirmed(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = seat.log(args.incident)
        submitting.confirmed(
            seat.desk, log, args.notice, by(args, seat),
            reference=args.reference, receipt=_file(args.file), received_at=args.received_at,
        )  # fmt: skip
        return _sent(seat, log, args.notice)


def _sent(seat: Seat, log: str, which: str, moved: Sequence[DutyReckoned] = ()) -> Answer:
    """What went, and which duties moved by it."""
    sent = submitting.submission_named(notices_in(seat.desk.known(log)), which)
    name, fact = short.log_name(seat.store, log), sent.fact
    stage = f" ({fact.stage})" if fact.stage else ""
    confirmed = f"confirmed as {sent.reference}" if sent.reference else "not confirmed yet"
    if sent.references_before:
        confirmed += f", which corrects {', '.join(sent.references_before)}"
    then = f"tocsin law duties {name}"
    text = (
        f"{name}: {fact.notice or 'a notice'} under {fact.rule}{stage} went at "
        f"{sent.at:%Y-%m-%d %H:%M} UTC to {', '.join(fact.to)}; {confirmed}\n"
        + "".join(f"  {one}\n" for one in moved_lines(moved))
        + f"what follows from it: {then}\n{NOT_ADVICE}"
    )
    incident = log.removeprefix(INCIDENT_PREFIX)
    data = sent_data(sent) | {"incident": incident, "short": name, "next": then}
    data["duties"] = [one.rule for one in moved]
    return Answer(data=data | {"not_advice": NOT_ADVICE}, text=text)


def how_of(args: argparse.Namespace, seat: Seat, to: tuple[str, ...]) -> Submission:
    """How something went, as the options say. Raises Refused where it lies ahead."""
    now = seat.now()
    at = args.at or now
    if at > now + AHEAD_MAX:
        raise Refused(f"{at:%Y-%m-%d %H:%M} lies ahead; say so once it has gone")
    return Submission(
        at=at, channel=args.channel, to=to, sent=_file(args.file), sent_by=args.sent_by,
        reference=args.reference, receipt=_file(args.answer),
    )  # fmt: skip


def _named_in(looked: notices.LookedNotice) -> tuple[str, ...]:
    from tocsin.dossier.notice_document import document_read

    document = document_read(looked.document)
    to = document.to if document is not None else ()
    return tuple(one for one in to if not one.endswith(PERHAPS))


def _file(path: Path | None) -> bytes | None:
    if path is None:
        return None
    data = plain_bytes(path, "the file itself", FILE_BYTES_MAX)
    if len(data) > FILE_BYTES_MAX:
        raise Refused(f"{path}: more than {FILE_BYTES_MAX:,} bytes; add it as evidence")
    return data


def by(args: argparse.Namespace, seat: Seat) -> By:
    """Who gives this command, and how their entry is signed."""
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
