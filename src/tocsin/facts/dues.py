"""Facts about what was promised or must be looked at, and was not done when its instant came."""

from __future__ import annotations

import enum

from tocsin.facts.kinds import TOCSIN, Instant, Kind, Words


class Awaited(enum.Enum):
    """What can fall due outside a run; each is expected and settled by facts of its own family."""

    TRIAGE = "triage"  # a person shall look at what came in and opened no incident
    NEXT_UPDATE = "next-update"  # an audience was promised to hear more
    WATCH_PERIOD = "watch-period"  # a stage's watch is over, and nobody has judged it
    CANARY_OFF = "canary-off"  # a stage failed, and Tocsin may not turn it off by itself
    SHORTCUT = "shortcut"  # what was skipped is to be done by now
    REPAIR = "repair"  # work on what failed
    SIGN_OFF = "sign-off"  # a validator's word about a version ends
    PAGE_ANSWER = "page-answer"  # nobody at all answered a call
    REVIEW = "review"  # people are to look back on an incident that was closed
    ACTION_ITEM = "action-item"  # work that follows from an incident
    LEGAL_DEADLINE = "legal-deadline"  # a duty of law is due, or soon will be
    HOLD_ANSWER = "hold-answer"  # a person was told of a hold and has not acknowledged it


class FellDue(Kind, frozen=True, tag="fell-due"):
    """The instant came, and what was awaited had not been done; who was told of it, and how.

    Args:
        about: which of its kind: an audience, a hold, an action item.
        turn: how often it had fallen due before; reminders count up.
        due_at: the instant that passed.
        role: the role or the person who is told.
        told_by: the run that tells them; None where nobody could be told, and `untold` says why.
    """

    asserted_by = TOCSIN
    what: Awaited
    about: str
    turn: int
    due_at: Instant
    role: str
    told_by: str | None
    untold: Words


DueFact = FellDue
