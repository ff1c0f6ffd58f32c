"""Who says something of the cause, and what they may read of what others said of it."""

from __future__ import annotations

from datetime import datetime

from tocsin.desk.counsel import counsel_of
from tocsin.desk.people import actor, check_oneself
from tocsin.desk.reading import EVERYDAY, space
from tocsin.desk.record import Writer
from tocsin.facts import Access, Author, Proof, Refused
from tocsin.incident.decide_analysis import Speaker
from tocsin.incident.privilege import readers
from tocsin.register.can import Subject


def speaking(desk: Writer, log: str, author: Author, at: datetime | None = None) -> Speaker:
    """The author as one who speaks of the cause; without a proof they read what everybody does."""
    return Speaker(
        actor=actor(desk, author.who),
        at=at or desk.world.clock.now(),
        labels=labels_of(desk, log, author),
        counsel=bool(counsel_of(desk)),
    )


def labels_of(desk: Writer, log: str, author: Author) -> frozenset[Access]:
    """What an author reads of a log, as far as they are proven to be that person."""
    try:
        check_oneself(desk, author)
    except Refused:
        return EVERYDAY
    if author.proof is not Proof.SIGNATURE and author.account != author.who:
        return EVERYDAY
    register = desk.knowledge.nearest_register()
    subject = Subject(
        who=author.who,
        kind=author.kind,
        proof=author.proof,
        roles=actor(desk, author.who).roles,
        known=author.who in register.people,
    )
    return readers(subject, space(desk, log))
