"""Who says something of the cause, and what they may read of what others said of it."""

from __future__ import annotations

from datetime import datetime

from tocsin.desk.evidence.counsel import counsel_of
from tocsin.desk.people import actor
from tocsin.desk.reading import labels_of, space
from tocsin.desk.record import Writer
from tocsin.facts import Author
from tocsin.incident.decide_analysis import Speaker


def speaking(desk: Writer, log: str, author: Author, at: datetime | None = None) -> Speaker:
    """The author as one who speaks of the cause; without a proof they read what everybody does."""
    return Speaker(
        actor=actor(desk, author.who),
        at=at or desk.world.clock.now(),
        labels=labels_of(desk, author, space(desk, log)),
        counsel=bool(counsel_of(desk)),
    )
