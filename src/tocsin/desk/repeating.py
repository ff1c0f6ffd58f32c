"""Whether a command that comes under a used client key is the one that came before.

The same wish is judged once more on the log as it was then: what it would have recorded must be
what was. Instants, and what other logs have changed since, do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tocsin.desk.known import Known
from tocsin.facts import Author, Draft, Entry, Fact, Refused, Unreadable
from tocsin.facts.custody import HoldPlaced
from tocsin.facts.incidents import Opened
from tocsin.world import Appended

_DEPENDS: dict[type, frozenset[str]] = {
    Opened: frozenset({"discovered_at", "unregistered"}),
    HoldPlaced: frozenset({"hold"}),
}
"""Fields that depend on the hour, the register or other logs, and not on what was asked."""


def check_same(
    earlier: Appended,
    entries: Sequence[Entry],
    judge: Callable[[Known], Sequence[Draft]],
    client_key: str,
    author: Author,
) -> None:
    """Passes when `judge` asks for what this author recorded under this client key.

    Args:
        entries: all of the log.

    Raises:
        Refused: the key was used for something else.
    """
    recorded = entries[earlier.first_seq - 1 : earlier.last_seq]
    if any(entry.author.who != author.who for entry in recorded):
        raise _used(earlier, client_key)
    then = Known(earlier.log)
    then.take(list(entries[: earlier.first_seq - 1]))
    try:
        wished = list(judge(then))
    except Refused:
        return  # it rests on other logs, or on the hour, and those have moved on
    same = len(wished) == len(recorded) and all(
        draft.access is entry.access and _is_same(draft.fact, entry)
        for draft, entry in zip(wished, recorded, strict=True)
    )
    if wished and not same:
        raise _used(earlier, client_key)


def _used(earlier: Appended, client_key: str) -> Refused:
    places = f"{earlier.first_seq}-{earlier.last_seq}"
    return Refused(
        f"client key {client_key} was used for something else (entries {places} of "
        f"{earlier.log}); nothing was written, choose another key"
    )


def _is_same(wished: Fact, entry: Entry) -> bool:
    if isinstance(entry.fact, Unreadable):
        return True  # its words are gone, and nothing is left to compare
    if type(wished) is not type(entry.fact):
        return False
    free = _DEPENDS.get(type(wished), frozenset()) | entry.missing
    return _without(wished, free) == _without(entry.fact, free)


def _without(fact: Fact, free: frozenset[str]) -> dict[str, object]:
    return {k: v for k, v in msgspec.structs.asdict(fact).items() if k not in free}
