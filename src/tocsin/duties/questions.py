"""Which questions to ask now: those whose answers settle a duty or move a deadline. Pure.

Few at a time, because somebody answers them at night: first those on which the most hangs, and
what is due soonest weighs most. When something was submitted is asked last: who did it, said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.known import SUBMITTED, LegalFacts
from tocsin.duties.law import Law, Sort

FEW = 5
_DAY_SECONDS = 86_400
_UNDATED = 0.01


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what hangs on it.

    Args:
        asks: in plain words.
        choices: the words that may answer it, each with what it means.
        answered_by: the kind of fact in the record that answers it.
        settles: the rules that are open by it; `moves` those whose deadline it may move.
        earliest: the earliest deadline among them, if it comes to that.
    """

    key: str
    asks: str
    choices: Mapping[str, str]
    answered_by: str
    settles: tuple[str, ...]
    moves: tuple[str, ...]
    earliest: datetime | None


def questions(
    law: Law, duties: Iterable[Duty], facts: LegalFacts, *, at: datetime, most: int | None = FEW
) -> tuple[Question, ...]:
    """What to ask, the weightiest first.

    Args:
        most: how many at once; None is all.
    """
    hanging: dict[str, list[Duty]] = {}
    for duty in duties:
        if _is_asked_about(duty):
            for key in duty.missing:
                hanging.setdefault(key, []).append(duty)
    ranked = sorted(hanging, key=lambda key: (_last(key), -_weight(key, hanging[key], at)))
    found = [_question(law, key, hanging[key]) for key in ranked if _is_unknown(facts, key)]
    return tuple(found if most is None else found[:most])


def _is_asked_about(duty: Duty) -> bool:
    """Controls wait for no incident; what is done moves no more."""
    counts = duty.standing in (Standing.RAISED, Standing.OPEN)
    return counts and duty.done_at is None and duty.rule.sort is not Sort.CONTROL


def _is_unknown(facts: LegalFacts, key: str) -> bool:
    value = facts.get(key)
    return value is None or value is True or isinstance(value, tuple) or key in facts.unsure


def _last(key: str) -> bool:
    return key.startswith(SUBMITTED)


def _weight(key: str, duties: Iterable[Duty], at: datetime) -> float:
    """One for each duty that is due now, less the longer it has, little where it has no date; and
    the less, the more other questions of that duty come first, for these may settle it alone.
    """
    total = 0.0
    for duty in duties:
        end = _end(duty)
        days = (end - at).total_seconds() / _DAY_SECONDS if end is not None else None
        weight = _UNDATED if days is None else 1 / (1 + max(days, 0.0))
        total += weight / (1 + duty.missing.index(key))
    return total


def _end(duty: Duty) -> datetime | None:
    return None if duty.deadline is None else duty.deadline.conservative


def _question(law: Law, key: str, duties: list[Duty]) -> Question:
    entry = law.dictionary.find(key)
    ends = [end for duty in duties if (end := _end(duty)) is not None]
    return Question(
        key=key,
        asks=entry.question if entry is not None else f"What is {key}?",
        choices=entry.choices if entry is not None else {},
        answered_by=entry.answered_by if entry is not None else "",
        settles=tuple(one.rule.id for one in duties if one.standing is Standing.OPEN),
        moves=tuple(one.rule.id for one in duties if one.standing is Standing.RAISED),
        earliest=min(ends, default=None),
    )
