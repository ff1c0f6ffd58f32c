"""A person's seat at the desk: the home is open, and who sits there has been checked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame import person, short
from tocsin.cli.frame.person import Person
from tocsin.cli.frame.screen import Screen
from tocsin.desk import Writer, people
from tocsin.desk.reading import EVERYDAY, Seen, seen_by
from tocsin.facts import Access, Author, Refused, Unreachable
from tocsin.facts.record import Signer
from tocsin.incident.model import Actor
from tocsin.incident.refusals import access_for
from tocsin.journal.keys import LogKey
from tocsin.journal.store import Store
from tocsin.register.model import Register
from tocsin.register.signatures import checked_signer
from tocsin.world import World

TOKEN_VARIABLE = "TOCSIN_TOKEN"
"""A machine's token; never an argument, for arguments can be read by everyone on the machine."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """An open home and the person who gives a command in it."""

    opened: wiring.Opened
    person: Person

    @property
    def home(self) -> Path:
        return self.opened.home

    @property
    def world(self) -> World:
        return self.opened.world

    @property
    def store(self) -> Store:
        return self.opened.store

    @property
    def desk(self) -> Writer:
        return self.opened.desk

    @property
    def register(self) -> Register:
        """The register in force."""
        return self.opened.in_force

    @property
    def author(self) -> Author:
        return self.person.author

    @property
    def sign(self) -> Signer | None:
        """What signs the person's entries, and gives on only what proves them; or None."""
        sign = self.person.signer()
        if sign is None:
            return None
        return checked_signer(sign, self.author, self.desk.knowledge.keyring(), self.now())

    @property
    def actor(self) -> Actor:
        """The person with the roles that the register in force gives them."""
        return people.actor(self.desk, self.person.who)

    def labels(self, log: str) -> Collection[Access]:
        """The labels of this log's entries that this person may name and be told of."""
        return seen_by(self.desk, self.author)(log)

    def naming(self, access: Access | None) -> Seen:
        """The labels whose pieces this person may name in an entry with this label.

        An entry for everybody names none that is not everybody's, whoever writes it.
        """
        label = access_for(self.actor, access)
        return lambda log: EVERYDAY | (frozenset({label}) & frozenset(self.labels(log)))

    def now(self) -> datetime:
        """This instant."""
        return self.world.clock.now()

    def incident(self, typed: str) -> str:
        """The whole id of the incident that was meant. Raises Refused."""
        return short.find(self.store, typed)

    def log(self, typed: str) -> str:
        """The log of the incident that was meant, or the organisation's. Raises Refused."""
        return short.log_meant(self.store, typed)

    def short(self, incident: str) -> str:
        """The shortest start of an id that means this incident alone."""
        return short.shortest(incident, short.incidents(self.store))


@contextmanager
def seated(
    args: argparse.Namespace, screen: Screen, *, key: LogKey | None = None, warns: bool = True
) -> Iterator[Seat]:
    """Open the home for the person who gives this command.

    Args:
        key: signs checkpoints instead of the home's own key, while that one is being replaced.
        warns: whether to say that the files of the register are not what is in force.

    Raises:
        Refused: the key or token they name does not stand for them.
    """
    acting = person.acting(args)
    token = None if hasattr(args, person.VISITOR) else os.environ.get(TOKEN_VARIABLE)
    with wiring.open_home(args.home, warn=screen.say, key=key) as opened:
        if token is not None:
            acting = Person(author=people.machine(opened.desk, token), key=None)
        if warns:
            warn_of_difference(opened, screen)
        people.check_author(opened.desk, acting.author)
        if not hasattr(
            args, person.VISITOR
        ):  # decisions rest on everything, what is shown does not
            seen = opened.store.for_reader(lambda *_: EVERYDAY)
            opened = msgspec.structs.replace(opened, store=seen)
        yield Seat(opened=opened, person=acting)


def warn_of_difference(opened: wiring.Opened, screen: Screen) -> None:
    """Say that the files of the register are not what is in force, where it is so."""
    try:
        told = opened.difference
    except (Refused, Unreachable) as unreadable:
        told = str(unreadable)
    if told is not None:
        screen.say(f"warning: {told}")
