"""Facts about a hold after it was placed: who was told, who answered, whether it is kept.

Placing and releasing stand in `custody`, since they decide what may be deleted. None of these does.

Source: Zubulake v. UBS Warburg, 229 F.R.D. 422 (notices, repeated); FRCP 37(e).
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, TOCSIN, Instant, Kind, Words


class Kept(enum.Enum):
    """Whether what a hold covers was still there, and still the same, at a look."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # it could not be looked at


class HoldNotified(Kind, frozen=True, tag="hold-notified"):
    """People were sent the notice of a hold: what is held, why, and what they have to do.

    Args:
        run: the run that sends it.
        turn: 1 for the notice; 2 and on for its repetitions.
        instead: whom to turn to where one of `people` never answers, in the same order.
        answer_by: when those who have not acknowledged it are reminded.
    """

    asserted_by = DESK
    hold: str
    people: tuple[str, ...]
    instead: tuple[str, ...]
    run: str
    turn: int
    answer_by: Instant


class HoldAcknowledged(Kind, frozen=True, tag="hold-acknowledged"):
    """A person said that they know of the hold and keep to it."""

    hold: str
    person: str


class HoldSilenced(Kind, frozen=True, tag="hold-silenced"):
    """Counsel decided that these people are not told of a hold, although it covers them."""

    hold: str
    people: tuple[str, ...]
    because: Words


class HoldReleaseAsked(Kind, frozen=True, tag="hold-release-asked"):
    """One of two people wants a hold to end; it stands until another person releases it."""

    hold: str
    because: Words


class HoldChecked(Kind, frozen=True, tag="hold-checked"):
    """Somebody looked whether what a hold covers in an outside system is still there.

    Args:
        place: the integration that was asked.
        target: what was looked at, as that system names it.
    """

    asserted_by = TOCSIN | DESK
    hold: str
    place: str
    target: str
    kept: Kept
    seen: Words


HoldFact = HoldNotified | HoldAcknowledged | HoldSilenced | HoldReleaseAsked | HoldChecked
