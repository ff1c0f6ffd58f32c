"""What a judge model made of an answer: an observation with its provenance, never a decision."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A question and its answer, as an inference log has them.

    Args:
        request: names it in its log.
        at: when it was served, where the log tells.
        context: what the answer was to rest on; None where the log has none.
    """

    request: str
    question: str
    answer: str
    context: str | None = None
    at: datetime | None = None
    version: str | None = None
    segment: str | None = None


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict, and where it comes from.

    Args:
        grounded: the answer rests on its context; None where there is no verdict, and `why` says
            why there is none.
        addressed: the texts speak to whoever judges them.
        judge, version: the model that was asked for, and what answered by its own account.
        instructions: the SHA-256 of all that it is told beside the texts.
        temperature: as a decimal string.
        said: the SHA-256 of its answer as it came.
    """

    grounded: bool | None
    why: str
    addressed: bool
    judge: str
    version: str
    instructions: str
    temperature: str
    at: datetime
    said: str
