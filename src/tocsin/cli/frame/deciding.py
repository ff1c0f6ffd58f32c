"""What every command about an incident has in common: who asks, since when, and what comes back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from tocsin.cli.frame import person, short
from tocsin.cli.frame.arguments import Commands, Parser, Run, command, instant, no_instant
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import Writer, people
from tocsin.desk.law.duties import reckon_owed
from tocsin.desk.loaded.known import Known
from tocsin.desk.reading import labels_of
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts import Access, Draft, Refused, Unreachable, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.legal import DutyReckoned
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.legal import Legal
from tocsin.incident.model import Actor, Incident
from tocsin.incident.privilege import space_of
from tocsin.incident.words_legal import moved_lines
from tocsin.register.model import Decision


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement is about: the incident as it stands, who says it, and since when it is true.

    Args:
        now: when it is said.
        running: ids of the incident's runs that have not ended.
        legal: what the record says for the law.
        readable: the incident as they may read it, who say this.
    """

    incident: Incident
    readable: Incident
    actor: Actor
    at: datetime
    now: datetime
    running: tuple[str, ...]
    legal: Legal


Choose = Callable[[Said], list[Draft]]


INCIDENT = "its id, or any start of it: 7K3"
UNSIGNED = (
    "Anybody of the register may, without a signature: a typed name is enough, and is recorded as "
    "not proven. With --key it is signed."
)
"""What every command says of the incident that it is about."""

OR_ORGANISATION = f"{INCIDENT}, or the word organisation"
"""The same, of commands about what the organisation is asked as well."""


def about_incident(
    places: Commands,
    name: str,
    run: Run,
    help: str,
    *,
    examples: str = "",
    dated: bool | None = True,
    organisation: bool = False,
) -> Parser:
    """A command that says something about one incident.

    Args:
        dated: whether it may have been true before it is said; None where the command means
            another instant by `--at`.
        organisation: whether it may be about the organisation as well.
    """
    made = command(places, name, run, help, examples=examples)
    whose = OR_ORGANISATION if organisation else INCIDENT
    made.add_argument("incident", metavar="INCIDENT", help=whose)
    saying(made, dated=dated)
    return made


def unsigned(made: Parser) -> None:
    """Say in its help whose word it takes."""
    made.description = f"{made.description}. {UNSIGNED}"


def saying(made: Parser, *, dated: bool | None = True) -> None:
    """Add what every statement may carry: when it was true, who says so, a key for repetitions."""
    if dated is not None:
        made.add_argument(
            "--at",
            type=instant if dated else no_instant,
            help="when it was true, if not just now: 2026-11-23T14:05+01:00"
            if dated
            else argparse.SUPPRESS,
        )
    made.add_argument(
        "--client-key", metavar="KEY", help="a repetition with the same key changes nothing"
    )
    person.options(made)


def access(made: Parser) -> None:
    """Add the choice of who may read what is said."""
    made.add_argument(
        "--access",
        type=Access,
        choices=list(Access),
        metavar="{ops,board,counsel}",
        help="who may read it",
    )


def law_asked(desk: Writer, log: str, after: int, screen: Screen) -> list[DutyReckoned]:
    """Ask the law where it is owed that, and give the duties that moved since an entry.

    What was said stands on record already, so that whatever is wrong with the law is only told.
    A worker may have asked in between: what it found is told as well.
    """
    try:
        moved = reckon_owed(desk, log)
        for wrong in desk.law.warnings() if moved else ():
            screen.say(f"warning: {wrong}")
    except (Refused, Unreachable) as bad:
        screen.say(f"warning: the law was not asked: {bad}")
        return []
    entries = desk.known(log).entries[after:]
    return [one.fact for one in entries if isinstance(one.fact, DutyReckoned)]


def decided(
    args: argparse.Namespace,
    screen: Screen,
    choose: Choose,
    done: str,
    *,
    needs: Decision | None = None,
    registered: bool = False,
    oneself: bool = False,
    organisation: bool = False,
) -> Answer:
    """Ask the desk for what `choose` decides about the incident of this command, and tell it.

    Args:
        done: what is told to people when it is on record.
        needs: the decision for which the register may ask a proof.
        registered: whether only a person of the register may say it.
        oneself: whether it is a person's own word, which those with an enrolled key must sign.
        organisation: whether it may be about the organisation as well.
    """
    with seated(args, screen) as seat:
        typed = args.incident
        log = seat.log(typed) if organisation else incident_log(seat.incident(typed))
        now = seat.now()
        at = args.at or now
        if needs is not None:
            people.check_decision(seat.desk, needs, log, seat.author)
        if registered:
            people.check_person(seat.desk, seat.author)
        if oneself:
            people.check_oneself(seat.desk, seat.author)
        actor = seat.actor

        def judged(known: Known) -> list[Draft]:
            entries = known.entries
            labels = labels_of(seat.desk, seat.author, space_of(entries))
            said = Said(
                incident=replay(entries), readable=replay(as_read_by(entries, labels)),
                actor=actor, at=at, now=now, legal=known.legal,
                running=tuple(run.id for run in known.runs.open),
            )  # fmt: skip
            return choose(said)

        appended = seat.desk.decide_known(
            log, judged, seat.author, client_key=args.client_key, sign=seat.sign
        )
        incident, name = log.removeprefix(INCIDENT_PREFIX), short.log_name(seat.store, log)
        moved = law_asked(seat.desk, log, appended.last_seq, screen)
    again = " (it was on record already)" if appended.repeated else ""
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "entries": [appended.first_seq, appended.last_seq],
            "state": appended.state.value,
            "repeated": appended.repeated,
            "duties": [one.rule for one in moved],
        },
        text="\n".join([f"{name}: {done}{again}", *_moved(moved)]),
    )


def _moved(moved: Sequence[DutyReckoned]) -> list[str]:
    """The duties that a word moved, for people; nothing where it moved none."""
    return [*(f"  {one}" for one in moved_lines(moved)), *([NOT_ADVICE] if moved else [])]
