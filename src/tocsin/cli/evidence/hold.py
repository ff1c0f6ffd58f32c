"""`tocsin hold`: what must not be deleted, who was told, who acknowledged it, and how it ends."""

from __future__ import annotations

import argparse

from tocsin.cli.evidence.pieces import piece_named
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command
from tocsin.cli.frame.deciding import INCIDENT, about_incident
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.evidence import custody, holds
from tocsin.desk.evidence.holds import Concerned
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused, incident_log
from tocsin.facts.custody import HoldPlaced
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.holds import Kept
from tocsin.register.mistakes import did_you_mean


def add(places: Commands) -> None:
    top = places.add_parser(
        "hold",
        help="holds: what must not be deleted, who was told, who acknowledged it",
        description="A hold begins with the declaration of an incident and forbids deletion at "
        "once. Here people are told of it, acknowledge it, are reminded; and it ends.",
        epilog="examples:\n  tocsin hold list\n  tocsin hold notify 7K3 declaration --as cleo "
        "--key FILE\n  tocsin hold ack 7K3 declaration --as ana --key FILE\n  tocsin hold release "
        "7K3 H1 --because 'settled' --as cleo --key FILE",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    every = command(inner, "list", run_list, "the holds that stand, and how many acknowledged them")
    every.add_argument("incident", metavar="INCIDENT", nargs="?", help=f"{INCIDENT}; else all")
    show = command(inner, "show", run_show, "one hold: whom it concerns, who was told and answered")
    show.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    show.add_argument("hold", metavar="HOLD", help="H1, H2, ..., or declaration")
    place = about_incident(
        inner, "place", run_hold, "forbid deletion of systems' and people's things", dated=False
    )
    place.add_argument("--because", required=True, help="those who are told read it")
    place.add_argument("--system", action="append", default=[])
    place.add_argument("--person", dest="held", action="append", default=[])
    place.add_argument("--evidence", action="append", default=[], metavar="SHA256")
    for name, run, help in (
        ("notify", run_notify, "write to everybody whom it concerns and who was not told"),
        ("remind", run_remind, "write again to everybody who has not acknowledged it"),
        ("ack", run_ack, "say that you know of it and keep to it"),
    ):
        _about_hold(inner, name, run, help)
    silence = _about_hold(
        inner, "silence", run_silence, "counsel: leave people out of the notices of a hold"
    )
    silence.add_argument("--person", dest="held", action="append", required=True)
    silence.add_argument("--because", required=True, help="for counsel's eyes")
    release = _about_hold(
        inner, "release", run_release, "end it, or ask for that where two people have to agree"
    )
    release.add_argument("--because", required=True)


def _about_hold(inner: Commands, name: str, run: object, help: str) -> Parser:
    made = about_incident(inner, name, run, help, dated=False)  # type: ignore[arg-type]
    made.add_argument("hold", metavar="HOLD", help="H1, H2, ..., or declaration")
    return made


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        known = short.incidents(opened.store)
        wanted = [short.find(opened.store, args.incident)] if args.incident else known
        found = [one for name in wanted for one in holds.holds_of(opened.desk, incident_log(name))]
    lines = [_line(one, _short(one, known)) for one in found]
    return Answer(
        data={"holds": [_plain(one) for one in found]},
        text="\n".join(lines) or "no hold stands",
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        one = holds.hold_meant(opened.desk, incident_log(incident), args.hold)
        name = _short(one, short.incidents(opened.store))
    told = one.notices
    lines = [_line(one, name), f"  because     {one.hold.because}"]
    lines += [f"  system      {system}" for system in one.systems]
    for person in sorted({*one.custodians, *told.told}):
        answered = told.answered.get(person)
        when = told.told.get(person)
        said = (
            f"acknowledged {answered.at:%Y-%m-%d %H:%M} UTC ({answered.proof.value})"
            if answered
            else f"told {when:%Y-%m-%d %H:%M} UTC, NO ANSWER"
            if when
            else "not told"
        )
        lines.append(f"  {person:11} {said}")
    lines += [
        f"  {check.place:11} {check.target}: {check.kept.value} {check.seen}"
        for check in told.checked.values()
    ]
    lines += [f"  {who} wants it to end; a second person is awaited" for who in told.release_asked]
    broken = any(check.kept is Kept.BROKEN for check in told.checked.values())
    return Answer(data=_plain(one), text="\n".join(lines), status=PROBLEM if broken else DONE)


def run_hold(args: argparse.Namespace, screen: Screen) -> Answer:
    """Place a hold; also what `tocsin incident hold` runs."""
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        appended = custody.place_hold(
            seat.desk,
            log,
            args.because,
            _by(args, seat),
            systems=args.system,
            people=args.held,
            digests=[piece_named(seat.desk, one, seen=seat.labels) for one in args.evidence],
        )
        (entry,) = seat.store.read(log, appended.last_seq - 1)[:1]
        _warn_of_unknown(args, screen, seat)
    name = entry.fact.hold if isinstance(entry.fact, HoldPlaced) else ""
    return Answer(
        data={"entry": entry.seq, "hold": name},
        text=f"hold {name}\ntell people: tocsin hold notify {args.incident} {name}\n"
        f"end it: tocsin hold release {args.incident} {name} --because ...",
    )


def _warn_of_unknown(args: argparse.Namespace, screen: Screen, seat: Seat) -> None:
    """A hold stands whatever it names; of a name that the register does not have it is said."""
    register = seat.desk.knowledge.nearest_register()
    for kind, named, known in (
        ("system", args.system, register.systems),
        ("person", args.held, register.people),
    ):
        for one in named:
            if one not in known:
                meant = did_you_mean(one, known, "correct it, or tell them by other means")
                screen.say(f"warning: the register has no {kind} {one!r}; {meant}")


def run_notify(args: argparse.Namespace, screen: Screen) -> Answer:
    return _told(args, screen, again=False)


def run_remind(args: argparse.Namespace, screen: Screen) -> Answer:
    return _told(args, screen, again=True)


def _told(args: argparse.Namespace, screen: Screen, *, again: bool) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        told = holds.notify(seat.desk, log, args.hold, _by(args, seat), again=again)
        name = seat.short(log.removeprefix(INCIDENT_PREFIX))
    for person in told.unreached:
        screen.say(f"warning: {person} has no email address in the register and is not told")
    return Answer(
        data={
            "people": told.people,
            "unreached": told.unreached,
            "run": told.run,
            "answer_by": told.answer_by,
        },
        text=f"{name}: the notice goes to {', '.join(told.people)} ({told.run}); they answer by "
        f"{told.answer_by:%Y-%m-%d %H:%M} UTC\nwatch it: tocsin hold show {name} {args.hold}",
    )


def run_ack(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        appended = holds.answer(seat.desk, log, args.hold, _by(args, seat))
        who = seat.author.who
    return Answer(
        data={"hold": args.hold, "person": who, "entry": appended.last_seq},
        text=f"{who} knows of hold {args.hold} and keeps to it",
    )


def run_silence(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        people = tuple(args.held)
        holds.leave_out(seat.desk, log, args.hold, people, args.because, _by(args, seat))
    return Answer(
        data={"hold": args.hold, "silent": people},
        text=f"{', '.join(people)} are not told of hold {args.hold}; it holds all the same",
    )


def run_release(args: argparse.Namespace, screen: Screen) -> Answer:
    """End a hold; also what `tocsin incident release` runs."""
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, name = incident_log(incident), args.hold.removeprefix(f"{incident}/")
        told = tuple(
            person
            for one in holds.holds_of(seat.desk, log)
            if one.hold.id == name
            for person in one.notices.told
        )
        _, ended = holds.end(seat.desk, log, name, args.because, _by(args, seat))
        letter = None
        if ended and told:
            try:
                letter = holds.tell_end(seat.desk, log, name, told, _by(args, seat))
            except Refused as unsent:
                screen.say(f"warning: those who were told of it are not told of its end: {unsent}")
    text = f"{name} is released; others still stand" if ended else (
        f"{name} still stands: the register asks for two people, and a second one releases it with "
        "the same command"
    )  # fmt: skip
    return Answer(data={"hold": name, "ended": ended, "letter": letter}, text=text)


def _line(one: Concerned, name: str) -> str:
    told, share = one.notices, one.notices.share
    answered = "nobody was told yet" if share is None else (
        f"{share} % acknowledged ({len(told.told) - len(told.open)} of {len(told.told)})"
    )  # fmt: skip
    return f"{name}/{one.hold.id}  since {one.hold.since:%Y-%m-%d %H:%M} UTC: {answered}"


def _plain(one: Concerned) -> dict[str, object]:
    told = one.notices
    return {
        "incident": one.hold.log.removeprefix(INCIDENT_PREFIX),
        "hold": one.hold.id,
        "since": one.hold.since,
        "by": one.hold.by,
        "because": one.hold.because,
        "systems": one.systems,
        "digests": sorted(one.hold.digests),
        "custodians": one.custodians,
        "told": told.told,
        "acknowledged": told.answered,
        "not_answered": told.open,
        "acknowledged_percent": told.share,
        "release_asked_by": sorted(told.release_asked),
        "checked": list(told.checked.values()),
    }


def _short(one: Concerned, known: list[str]) -> str:
    return short.shortest(one.hold.log.removeprefix(INCIDENT_PREFIX), known)


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
