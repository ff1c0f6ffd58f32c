"""Facts about what the law asks for by when, as far as plans need to know it."""

from __future__ import annotations

from tocsin.facts.kinds import DESK, Instant, Kind, Words


class DeadlineSet(Kind, frozen=True, tag="deadline-set"):
    """Something must be done by an instant. A later one of the same name takes its place.

    Args:
        deadline: its id, as plans name it.
        conservative_at: by when it is surely in time; what limits and conditions count with.
        latest_at: the latest instant that can be argued for; None where there is no other.
        source: where it comes from, such as an article of a law; empty where that is not said.
    """

    asserted_by = DESK
    deadline: str
    conservative_at: Instant
    latest_at: Instant | None
    basis: Words
    source: str


DutyFact = DeadlineSet
