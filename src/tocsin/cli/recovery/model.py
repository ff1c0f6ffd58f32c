"""`tocsin model`: which versions of models the validators let be used, for what, until when."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tocsin.cli.evidence.pieces import plain_file
from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, Parser, command, instant, whole
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.plans.runs import By
from tocsin.desk.recovery import signed_off
from tocsin.facts import Refused
from tocsin.facts.recovery import ModelSignedOff
from tocsin.facts.spelt import spelt
from tocsin.incident.models import TIERS, SignOff


def add(places: Commands) -> None:
    top = places.add_parser(
        "model",
        help="model risk: who signed off which version, for what, until when",
        description=__doc__,
        epilog="examples:\n  tocsin model signoff intents 3 --tier 1 --owner ana --developer bo "
        '--restriction "only EU, only advice" --expires 2027-05-31 --as di --key FILE\n'
        "  tocsin model list",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    made = command(
        inner, "signoff", run_signoff, "let a version be used, as its validator, for a while",
        examples="  tocsin model signoff intents 3 --tier 1 --owner ana --expires 2027-05-31 "
        "--as di --key ~/.ssh/id_ed25519",
    )  # fmt: skip
    _named(made)
    made.add_argument("--tier", type=whole, required=True, choices=TIERS)
    made.add_argument("--validator", metavar="PERSON", help="you; neither owner nor developer")
    made.add_argument("--owner", required=True, metavar="PERSON")
    made.add_argument("--developer", action="append", default=[], metavar="PERSON",
                      help="who built it; may be given several times")  # fmt: skip
    made.add_argument("--restriction", default="", metavar="WORDS", help="for what alone")
    made.add_argument("--findings", default="", metavar="WORDS", help="what was found")
    made.add_argument("--report", type=Path, metavar="FILE", help="kept as evidence")
    made.add_argument("--expires", type=_day, required=True, metavar="DAY",
                      help="2027-05-31, or an instant with its zone")  # fmt: skip
    saying(made, dated=False)
    back = command(
        inner,
        "withdraw",
        run_withdraw,
        "take a sign-off back",
        examples='  tocsin model withdraw intents 3 --because "it memorises names"',
    )
    _named(back)
    back.add_argument("--because", required=True, metavar="WORDS")
    saying(back, dated=False)
    command(inner, "list", run_list, "all versions; exit 1 when one that was signed off is over")
    show = command(inner, "show", run_show, "all sign-offs of one model")
    show.add_argument("model", metavar="MODEL")


def _named(made: Parser) -> None:
    made.add_argument("model", metavar="MODEL")
    made.add_argument("version", metavar="VERSION")


def _day(text: str) -> datetime:
    """An instant; of a day alone its end in UTC."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return instant(text)
    return day.replace(hour=23, minute=59, second=59, tzinfo=UTC)


def run_signoff(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        report = None
        if args.report is not None:
            with plain_file(args.report) as file:
                report = seat.world.vault.put(file).digest
        fact = ModelSignedOff(
            model=args.model, version=args.version, tier=args.tier,
            validator=args.validator or seat.author.who, owner=args.owner,
            developers=tuple(dict.fromkeys(args.developer)), findings=args.findings,
            restriction=args.restriction, expires_at=args.expires, evidence=report,
        )  # fmt: skip
        appended = signed_off.sign_off(seat.desk, fact, _by(args, seat))
    only = f", {args.restriction}" if args.restriction else ""
    return Answer(
        data={"model": args.model, "version": args.version, "validator": fact.validator,
              "expires_at": args.expires, "repeated": appended.repeated},
        text=f"{args.model} version {args.version} is signed off by {fact.validator}{only}, until "
        f"{args.expires:%Y-%m-%d %H:%M} UTC",
    )  # fmt: skip


def run_withdraw(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        signed_off.withdraw(seat.desk, args.model, args.version, args.because, _by(args, seat))
    return Answer(
        data={"model": args.model, "version": args.version, "withdrawn": True},
        text=f"the sign-off of {args.model} version {args.version} is withdrawn",
    )


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    return _listed(args, screen, None)


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    return _listed(args, screen, args.model)


def _listed(args: argparse.Namespace, screen: Screen, model: str | None) -> Answer:
    with reading.looking(args, screen) as opened:
        known, now = signed_off.sign_offs_known(opened.desk), opened.world.clock.now()
    found = [one for one in known.values() if model in (None, one.fact.model)]
    if model is not None and not found:
        raise Refused(f"nothing of {model} was ever signed off; see: tocsin model list")
    return Answer(
        data={"models": [_plain(one, now) for one in found]},
        text="\n".join(_line(one, now) for one in found) or "no model was signed off yet",
        status=PROBLEM if any(one.why_not(now) for one in found) else DONE,
    )


def _plain(one: SignOff, now: datetime) -> dict[str, object]:
    fact = one.fact
    return {
        "model": fact.model, "version": fact.version, "tier": fact.tier,
        "validator": fact.validator, "owner": fact.owner, "developers": list(fact.developers),
        "restriction": fact.restriction, "findings": fact.findings,
        "expires_at": fact.expires_at, "evidence": fact.evidence, "stands": not one.why_not(now),
        "why_not": one.why_not(now),
    }  # fmt: skip


def _line(one: SignOff, now: datetime) -> str:
    fact = one.fact
    stands = one.why_not(now) or f"until {fact.expires_at:%Y-%m-%d %H:%M} UTC"
    only = f"; {fact.restriction}" if fact.restriction else ""
    return (
        f"{spelt(fact.model)} {spelt(fact.version)} (tier {fact.tier}) by {fact.validator}: "
        f"{stands}{only}; {fact.findings or 'no findings'}"
    )


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
