"""Repairs of an incident's systems: added, shown by evidence, and done by no less than that."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from tocsin.desk.people import check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.recovery import WorkAdded, WorkShown
from tocsin.incident.repairs import Repair, added, done, repairs, shown
from tocsin.register.mistakes import did_you_mean
from tocsin.world import Appended


def add_work(desk: Writer, log: str, fact: WorkAdded, by: By) -> tuple[str, Appended]:
    """Record that somebody will repair something; its id.

    Args:
        fact: without its id, which is given here.

    Raises:
        Refused: no such incident, system or person; or it would be due before now.
    """
    check_person(desk, by.author)
    people = desk.knowledge.register().people
    if people and fact.owner not in people:
        among = "name a person of the register"
        raise Refused(f"{fact.owner} is not known; {did_you_mean(fact.owner, people, among)}")
    systems = desk.known(log).systems
    system = fact.system or (systems[0] if len(systems) == 1 else "")
    if system not in systems:
        raise Refused(
            f"name the system that is repaired, of {', '.join(systems) or 'none'}: --system"
        )
    meant = msgspec.structs.replace(fact, system=system)

    def judge(entries: list[Entry]) -> list[Draft]:
        return [added(repairs(entries), meant, desk.world.clock.now())]

    appended = desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    written = desk.world.journal.read(log, appended.first_seq - 1)[0].fact
    assert isinstance(written, WorkAdded)
    return written.work, appended


def show_work(desk: Writer, log: str, fact: WorkShown, file: BinaryIO, by: By) -> Appended:
    """Keep what shows how far work is.

    Args:
        fact: without its digest, which is that of the file.
    """
    check_person(desk, by.author)
    stored = desk.world.vault.put(file)
    if not stored.size:
        raise Refused("an empty file shows nothing; name what shows it")
    kept = msgspec.structs.replace(fact, digest=stored.digest)

    def judge(entries: list[Entry]) -> list[Draft]:
        return [shown(repairs(entries), kept, desk.world.clock.now())]

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def finish_work(desk: Writer, log: str, work: str, because: str, by: By) -> Appended:
    """Record that work is done, as its evidence shows. Raises Refused."""
    check_person(desk, by.author)

    def judge(entries: list[Entry]) -> list[Draft]:
        return [done(repairs(entries), work, because, desk.world.clock.now())]

    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def work_on(desk: Writer, log: str) -> dict[str, Repair]:
    """The work of an incident, by its id."""
    return repairs(desk.known(log).entries)
