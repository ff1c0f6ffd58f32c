"""Whether a command that comes under a used client key is the one that came before.

The same wish is judged once more on the log as it was then: what it would have recorded must be
what was. Instants, and what other logs have changed since, do not count. Where it would be refused
on the log as it was then too, only what the command itself says can tell: its `Wish`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.facts import Author, Draft, Entry, Fact, Refused, Unreadable
from tocsin.facts.custody import HoldPlaced
from tocsin.facts.incidents import Opened
from tocsin.facts.lessons import ReviewScheduled
from tocsin.world import Appended

_DEPENDS: dict[type, frozenset[str]] = {
    Opened: frozenset({"discovered_at", "unregistered"}),
    HoldPlaced: frozenset({"hold"}),
    ReviewScheduled: frozenset({"due"}),
}
"""Fields that depend on the hour, the register or other logs, and not on what was asked."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a command asks for in its own words: the first fact's kind, and the fields it names.

    For a decision that rests on more than its own log, such as the hour, the register or the holds
    of other logs: those move on, and it is refused when it is judged once more.
    """

    kind: type
    says: Mapping[str, object]

    def is_met_by(self, recorded: Sequence[Entry]) -> bool:
        """Whether just this was recorded. Words that were erased are taken as they are asked."""
        if not recorded:
            return False
        fact, gone = recorded[0].fact, recorded[0].missing
        if isinstance(fact, Unreadable) or type(fact) is not self.kind:
            return False
        return all(
            _plain(getattr(fact, name)) == said
            for name, said in self.says.items()
            if name not in gone
        )


def wish(kind: type, **says: object) -> Wish:
    """The wish for a fact of this kind with these fields; spaces around words do not count."""
    return Wish(kind=kind, says={name: _plain(said) for name, said in says.items()})


def _plain(said: object) -> object:
    return said.strip() if isinstance(said, str) else said


def check_same(
    earlier: Appended,
    entries: Sequence[Entry],
    judge: Callable[[Known], Sequence[Draft]],
    client_key: str,
    author: Author,
    wished_for: Wish | None = None,
) -> None:
    """Passes when `judge` asks for what this author recorded under this client key.

    Args:
        entries: all of the log.
        wished_for: decides where `judge` refuses; None is told as another use of the key.

    Raises:
        Refused: the key was used for something else.
    """
    recorded = _recorded(earlier, entries, client_key, author)
    then = Known(earlier.log)
    then.take(list(entries[: earlier.first_seq - 1]))
    try:
        wished = list(judge(then))
    except Refused:
        if wished_for is not None and wished_for.is_met_by(recorded):
            return  # it rests on other logs, or on the hour, and those have moved on
        raise _used(earlier, client_key) from None
    same = len(wished) == len(recorded) and all(
        draft.access is entry.access and _is_same(draft.fact, entry)
        for draft, entry in zip(wished, recorded, strict=True)
    )
    if wished and not same:
        raise _used(earlier, client_key)


def check_met(
    earlier: Appended, entries: Sequence[Entry], wished_for: Wish, client_key: str, author: Author
) -> None:
    """Passes when just this wish is what this author recorded under this client key.

    Raises:
        Refused: the key was used for something else.
    """
    if not wished_for.is_met_by(_recorded(earlier, entries, client_key, author)):
        raise _used(earlier, client_key)


def _recorded(
    earlier: Appended, entries: Sequence[Entry], client_key: str, author: Author
) -> Sequence[Entry]:
    recorded = entries[earlier.first_seq - 1 : earlier.last_seq]
    if any(entry.author.who != author.who for entry in recorded):
        raise _used(earlier, client_key)
    return recorded


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
