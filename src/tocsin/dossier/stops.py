"""What is stopped, target by target: a stop holds until a later act that was done lifts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from tocsin.dossier.account import Account, Action
from tocsin.facts.runs import Effect

_UNKNOWN = "outcome unknown"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """The last stop of one target that took effect, and what lifted it.

    Args:
        lifted: the later act on the same target that was done; None while the stop holds.
        unsure: a later act of which nobody knows whether it happened; it may have lifted it.
    """

    last: Action
    lifted: Action | None
    unsure: Action | None

    @property
    def target(self) -> str:
        """What was stopped."""
        return self.last.order.target


def stops_of(account: Account) -> list[Stop]:
    """One for each target that was ever stopped; those that hold no more come first."""
    last: dict[str, Action] = {}
    for action in _by_end(account.acts):
        if action.order.effect is Effect.STOP and was_done(action):
            last[action.order.target] = action
    found = [_stop(account, action) for action in last.values()]
    return sorted(found, key=lambda stop: stop.lifted is None)


def was_done(action: Action) -> bool:
    """Whether its wanted state is known to have come about: a failed repeat changed nothing."""
    return action.ended_at is not None and action.said.split(",")[0] in ("done", "already")


def is_stopping(account: Account, system: str) -> bool:
    """Whether a stop of this system is under way or holds.

    A stop of what is part of none of the incident's systems counts for each of them.
    """
    systems = account.incident.systems
    held = {stop.target for stop in stops_of(account) if stop.lifted is None}
    for action in account.acts:
        target = action.order.target
        if action.order.effect is not Effect.STOP:
            continue
        if not _is_part(target, system) and any(_is_part(target, one) for one in systems):
            continue
        if action.ended_at is None or target in held:
            return True
    return False


def act_failed(account: Account, system: str) -> bool:
    """Whether the last act on a system failed, and no stop of it holds or is under way."""
    ended = [one for one in _by_end(account.acts) if _is_part(one.order.target, system)]
    return bool(ended) and ended[-1].said.startswith("failed") and not is_stopping(account, system)


def _stop(account: Account, last: Action) -> Stop:
    later = [
        one
        for one in _by_end(account.acts)
        if _end(one) > _end(last)
        and one.order.target == last.order.target
        and one.order.effect is not Effect.STOP
    ]
    lifted = [one for one in later if was_done(one)]
    unsure = [one for one in later if one.said.startswith(_UNKNOWN)]
    return Stop(
        last=last,
        lifted=lifted[-1] if lifted else None,
        unsure=unsure[-1] if unsure else None,
    )


def _by_end(actions: Iterable[Action]) -> Iterator[Action]:
    ended = (one for one in actions if one.ended_at is not None)
    return iter(sorted(ended, key=_end))


def _end(action: Action) -> tuple[datetime, int]:
    return action.ended_at or action.at, action.seq


def _is_part(target: str, system: str) -> bool:
    return target == system or target.startswith(f"{system}.")
