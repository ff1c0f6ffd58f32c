"""`tocsin digest` and `tocsin paging`: what was found and called nobody, and how many may call."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from tocsin.cli.alarms.silence import silence_line, silence_plain
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command, span, whole
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.lessons.action_sheet import nag
from tocsin.desk.alarms.digest import Digest, digest_of
from tocsin.desk.alarms.silences import limit_pages
from tocsin.desk.evidence.lessons import overdue
from tocsin.desk.plans.runs import By
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.incident.alarms import SHIFT_HOURS, Placed
from tocsin.incident.words_alarm import does
from tocsin.incident.words_finding import finding_words
from tocsin.journal.store import Store

HOURS = 24.0
_HEADS = (
    ("waiting", "WAITING for the next shift, and nobody is called"),
    ("tickets", "told in an incident, and nobody was called"),
    ("entries", "for a look by day"),
    ("silenced", "silenced"),
    ("explained", "explained by what we did ourselves"),
    ("pages", "people are called"),
    ("records", "kept, and not worth a look by itself"),
    ("shadow", "in shadow: what detectors on trial would have done"),
)


def add(places: Commands) -> None:
    made = command(
        places, "digest", run_digest,
        "what was found and called nobody: what waits, what is silenced, what is on trial",
        examples="  tocsin digest\n  tocsin digest --hours 168 --shadow",
    )  # fmt: skip
    made.add_argument("system", nargs="?", metavar="SYSTEM", help="only of this system")
    made.add_argument(
        "--hours",
        type=span,
        default=HOURS,
        metavar="N",
        help="how far back (default 24); what stands is always shown",
    )
    made.add_argument(
        "--shadow",
        action="store_true",
        help="only what detectors in shadow found, and what they would have done",
    )
    paging = command(
        places, "paging", run_paging, "how many findings a shift may call people for",
        examples='  tocsin paging --pages 3 --because "two teams are on call"',
    )  # fmt: skip
    paging.add_argument(
        "--pages", type=whole, required=True, metavar="N", help="at most so many a shift"
    )
    paging.add_argument(
        "--shift-hours",
        type=whole,
        default=SHIFT_HOURS,
        metavar="N",
        help="shifts of N hours from midnight UTC (default %(default)s)",
    )
    paging.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")
    saying(paging)


def run_digest(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        since = opened.world.clock.now() - timedelta(hours=args.hours)
        found = digest_of(opened.desk, since, args.system)
        heads = [one for one in _HEADS if not args.shadow or one[0] == "shadow"]
        text = "\n".join(_lines(found, heads, opened.store))
        items, reviews = overdue(opened.desk)
        if told := nag(items, reviews):
            text = f"{text}\n\n{told}"
    data: dict[str, object] = {"since": found.since, "until": found.until}
    data |= {name: [_plain(one) for one in getattr(found, name)] for name, _ in heads}
    data |= {
        "uncalled": [one.ranked.finding for one in found.uncalled],
        "silences": [silence_plain(one) for one in found.silences],
        "overdue": {"items": items, "reviews": reviews},
        "pages_left": found.pages_left,
        "pages_most": found.pages_most,
        "shift_ends": found.shift_ends,
    }
    return Answer(data=data, text=text)


def run_paging(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        limit_pages(seat.desk, args.pages, args.shift_hours, args.because, by)
    return Answer(
        data={"pages": args.pages, "shift_hours": args.shift_hours},
        text=f"a shift of {args.shift_hours} hours brings at most {args.pages} pages from now on; "
        "critical harm is told all the same",
    )


def _lines(found: Digest, heads: Sequence[tuple[str, str]], store: Store) -> Iterator[str]:
    yield f"digest of {found.since:%d %b %H:%M} to {found.until:%d %b %H:%M} UTC"
    yield (
        f"pages: {found.pages_left} of {found.pages_most} left until {found.shift_ends:%H:%M} UTC"
    )
    for quiet in found.silences:
        yield silence_line(quiet)
    empty = True
    for name, words in heads:
        placed: tuple[Placed, ...] = getattr(found, name)
        if placed:
            empty = False
            yield ""
            yield f"{words} ({len(placed)})"
            yield from (f"  {_line(one, store, one in found.uncalled)}" for one in placed)
    if empty:
        yield "nothing was found"


def _line(one: Placed, store: Store, uncalled: bool) -> str:
    ranked = one.ranked
    over = " (over)" if one.over else ""
    what = f"{ranked.system}: {ranked.detector}, found {one.at:%d %b %H:%M} UTC{over}"
    if one.found is not None:
        what += f": {finding_words(one.found)}"
    if ranked.log is not None:
        name = ranked.log.removeprefix(INCIDENT_PREFIX)
        known = short.incidents(store)
        if name in known:
            what += f"; see: tocsin now {short.shortest(name, known)}"
    if uncalled:
        what += f"; NOBODY WAS CALLED: no plan begins by {ranked.detector}"
    return f"{what} [{ranked.because}]"


def _plain(one: Placed) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(one.ranked)
    plain |= {"at": one.at, "over": one.over, "does": does(one.ranked)}
    plain["found"] = None if one.found is None else msgspec.to_builtins(one.found)
    return plain
