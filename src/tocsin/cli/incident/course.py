"""How an incident grows, joins others and ends: `widen`, `link`, `merge`, `split`, `dismiss`,
`close`, `reopen`."""

from __future__ import annotations

import argparse

import msgspec

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident, decided, unsigned
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import incidents
from tocsin.facts import incident_log
from tocsin.facts.incidents import Relation
from tocsin.incident import decide
from tocsin.incident.lessons import lessons_of
from tocsin.register.model import Decision
from tocsin.register.reach import unknown_systems

LINKABLE = (Relation.RELATED, Relation.CAUSED_BY, Relation.DUPLICATE_OF)


def add(inner: Commands) -> None:
    widen = about_incident(
        inner,
        "widen",
        run_widen,
        "it is about more systems; an unknown one warns and never blocks, and none ever leaves it",
        examples='  tocsin incident widen 7K3 --system search --because "it answers wrongly too"',
    )
    widen.add_argument("--system", action="append", required=True, help="may be repeated")
    widen.add_argument("--because", required=True)
    link = about_incident(inner, "link", run_link, "say how another incident stands to this one")
    link.add_argument("other", metavar="OTHER")
    link.add_argument("relation", choices=[one.value for one in LINKABLE])
    link.add_argument("--because", required=True)
    merge = about_incident(
        inner,
        "merge",
        run_merge,
        "this incident goes on as another; who knew what goes with it",
        examples='  tocsin incident merge 7K3 9QX --because "same cause"',
    )
    merge.add_argument("into", metavar="OTHER")
    merge.add_argument("--because", required=True)
    split = about_incident(inner, "split", run_split, "a part becomes an incident of its own")
    split.add_argument("--title", required=True)
    split.add_argument("--system", action="append", default=[])
    split.add_argument("--because", required=True)
    for name, run, help in (
        ("dismiss", run_dismiss, "this is no incident; nobody's awareness is cleared by it"),
        ("close", run_close, "the incident is over; says what is still open"),
        ("reopen", run_reopen, "it is not over after all"),
    ):
        made = about_incident(inner, name, run, help)
        made.add_argument("--because", required=True)
        if run is run_reopen:
            unsigned(made)


def run_widen(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        register = opened.desk.knowledge.nearest_register()
    for unknown in unknown_systems(register, args.system):
        screen.say(f"warning: {unknown}")
    return decided(
        args,
        screen,
        lambda said: decide.widen(
            said.incident,
            said.actor,
            said.at,
            systems=args.system,
            registered=frozenset(register.systems),
            because=args.because,
        ),
        f"it is about {', '.join(dict.fromkeys(args.system))} too; no plan begins by this, "
        f"to begin one: tocsin incident run {args.incident} PLAN.yaml",
    )


def run_link(args: argparse.Namespace, screen: Screen) -> Answer:
    other = _other(args, args.other, screen)
    return decided(
        args,
        screen,
        lambda said: decide.link(
            said.incident,
            said.actor,
            said.at,
            other=other,
            relation=Relation(args.relation),
            because=args.because,
        ),
        f"{args.relation} {other}",
    )


def run_merge(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        gone, into = seat.incident(args.incident), seat.incident(args.into)
        incidents.merge(
            seat.desk,
            gone,
            into,
            seat.actor,
            args.at or seat.now(),
            args.because,
            seat.author,
            sign=seat.sign,
        )
    return Answer(
        data={"incident": gone, "into": into}, text=f"{gone} goes on as {into}; both say so"
    )


def run_split(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        parent = seat.incident(args.incident)
        child = incidents.split(
            seat.desk,
            parent,
            seat.actor,
            args.at or seat.now(),
            title=args.title,
            systems=args.system,
            because=args.because,
            author=seat.author,
            sign=seat.sign,
        )
        name = seat.short(child)
    return Answer(
        data={"incident": child, "short": name, "from": parent},
        text=f"incident {name} is open, split from {args.incident}",
    )


def run_dismiss(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.dismiss(
            said.incident, said.actor, said.at, because=args.because, running=said.running
        ),
        "dismissed; whoever was aware still was",
        needs=Decision.DISMISSAL,
    )


def run_close(args: argparse.Namespace, screen: Screen) -> Answer:
    answer = decided(
        args,
        screen,
        lambda said: decide.close(
            said.incident, said.actor, said.at, because=args.because, running=said.running
        ),
        "closed",
        needs=Decision.CLOSURE,
    )
    return _with_review(args, answer, screen)


def _with_review(args: argparse.Namespace, answer: Answer, screen: Screen) -> Answer:
    """The answer, with the instant until which people look back on it and how they begin."""
    data = dict(msgspec.convert(answer.data, dict[str, object]))
    with reading.looking(args, screen) as opened:
        known = lessons_of(opened.store.read(incident_log(str(data["incident"]))))
    data["review_due"] = known.review_due
    if known.review_due is None:
        return msgspec.structs.replace(answer, data=data)
    items = len(known.open_items)
    text = (
        f"{answer.text}\n"
        f"look back on it together by {known.review_due:%Y-%m-%d %H:%M} UTC; {items} action items "
        f"are open; begin with: tocsin postmortem {data['short']}"
    )
    return msgspec.structs.replace(answer, data=data, text=text)


def run_reopen(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.reopen(said.incident, said.actor, said.at, because=args.because),
        "open again",
        registered=True,
    )


def _other(args: argparse.Namespace, typed: str, screen: Screen) -> str:
    with reading.looking(args, screen) as opened:
        return short.find(opened.store, typed)
