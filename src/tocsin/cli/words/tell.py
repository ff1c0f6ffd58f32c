"""`tocsin tell`: words for an audience, shown first to the byte, and sent only when asked to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, instant
from tocsin.cli.frame.carrying_out import carried_out, is_completed
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.plans.runs import By
from tocsin.desk.words import telling
from tocsin.facts import Refused, incident_log

TEXT_BYTES_MAX = 64 * 1024


def add(places: Commands) -> None:
    made = about_incident(
        places, "tell", run_tell,
        "tell an audience what is known; shows the words, and sends them with --send",
        examples="  tocsin tell 7K3 support --text 'People answer now.'\n"
        "  tocsin tell 7K3 support --text 'People answer now.' --next-update "
        "2026-11-26T16:00Z --send",
    )  # fmt: skip
    made.add_argument("audience", help="a role in the register, or a person")
    made.add_argument("--text", default="", help="what you say beside the graded facts")
    made.add_argument("--file", type=Path, help="the same from a file; - for standard input")
    made.add_argument("--subject")
    made.add_argument("--next-update", type=instant, metavar="INSTANT",
                      help="when they are promised to hear more")  # fmt: skip
    made.add_argument("--send", action="store_true", help="send it; else it is only shown")
    made.add_argument("--previewed", metavar="DIGEST",
                      help="send only if the words are still those that were shown")  # fmt: skip


def run_tell(args: argparse.Namespace, screen: Screen) -> Answer:
    text = text_given(args)
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), seat.short(incident)
        shown = telling.preview(
            seat.desk, log, args.audience, text,
            subject=args.subject, next_update_at=args.next_update,
        )  # fmt: skip
        plain: dict[str, object] = {
            "incident": incident,
            "audience": args.audience,
            "addresses": shown.addresses,
            "subject": shown.subject,
            "body": shown.body,
            "digest": shown.digest,
            "sent": False,
        }
        if not args.send:
            told = f"to {', '.join(shown.addresses)}\n\n{shown.data.decode()}\n\nNOT SENT; to send "
            return Answer(
                data=plain, text=told + f"exactly this: --send --previewed {shown.digest}"
            )
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        run = telling.tell(
            seat.desk, log, args.audience, text, by, subject=args.subject,
            next_update_at=args.next_update, previewed=args.previewed,
        )  # fmt: skip
        out = carried_out(seat, screen, incident, log, run)
    good = is_completed(out)
    told = f"{name}: told {args.audience} ({', '.join(shown.addresses)})"
    if not good:
        told = f"{name}: NOT everybody was told; see: tocsin log {name}"
    return Answer(
        data=plain | {"sent": good, "run": run}, text=told, status=DONE if good else PROBLEM
    )


def text_given(args: argparse.Namespace) -> str:
    """The words of `--text`, or of `--file`."""
    if args.file is None:
        return str(args.text)
    if args.text:
        raise Refused("write the words with --text or in a --file, not both")
    try:
        data = sys.stdin.buffer.read(TEXT_BYTES_MAX + 1) if str(args.file) == "-" else (
            plain_bytes(args.file, "a file of text, or - for what is piped in", TEXT_BYTES_MAX)
        )  # fmt: skip
        if len(data) > TEXT_BYTES_MAX:
            raise Refused(f"{args.file}: more than {TEXT_BYTES_MAX} bytes; write less")
        return str(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused(f"{args.file}: not UTF-8; save it as UTF-8") from None
