"""A duty as it stands on what is known: raised, open with its questions, or not, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from tocsin.duties.deadline import Deadline
from tocsin.duties.law import Clock, Rule
from tocsin.facts.legal import Standing as Standing

NOT_ADVICE = "decision support, not legal advice"
"""What every answer about duties says of itself."""


class RunningClock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of a duty, running.

    Args:
        started_by: the key of the fact, and the harm where it is one: "harms.death".
    """

    clock: Clock
    started_by: str
    started_at: datetime
    deadline: Deadline


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One rule on one set of facts.

    Args:
        deadline: of the earliest clock; None where none runs. Where the standing is open, this is
            the deadline if the open questions are answered so that the rule is raised.
        clocks: all that run, the earliest first.
        missing: the keys of facts that would settle it, or move its deadline; the first matter
            most.
        recipients: who is to be told, as far as that is known.
        immediately_from: since when it is to be done immediately; no instant is printed for that.
        done_at: when its stage was submitted.
        late_by: by how much the submission missed the conservative instant; None where it did not.
        why: one sentence: what raised it, or what says that it is not.
    """

    rule: Rule
    standing: Standing
    why: str
    deadline: Deadline | None = None
    clocks: tuple[RunningClock, ...] = ()
    missing: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    immediately_from: datetime | None = None
    done_at: datetime | None = None
    late_by: timedelta | None = None
