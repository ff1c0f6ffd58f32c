"""Words that may not flow: runs of what stands only under a label that the audience does not read.

Words that stand in an open entry as well are nobody's secret. What is found is told by the place of
its entry and never quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.facts.entry import Entry, Unreadable
from tocsin.facts.kinds import Access
from tocsin.facts.record import hidden_fields
from tocsin.facts.statements import StatementFact
from tocsin.statement.plain import compared

RUN_WORDS = 5
"""So many words in a row are a quotation; a shorter text counts whole, from two words on."""

SHORT_WORDS_MIN = 2


def hidden_words(
    text: str, entries: Iterable[Entry], reads: frozenset[Access]
) -> tuple[Entry, ...]:
    """The entries that this text quotes and whose label does not flow into it."""
    kept = [one for one in entries if not isinstance(one.fact, Unreadable)]
    secret = [one for one in kept if one.access not in reads]
    if not secret:
        return ()
    readable = (one for one in kept if one.access in reads)
    open_runs = {
        run for one in readable if not isinstance(one.fact, StatementFact) for run in _runs_of(one)
    }
    mine = f" {compared(text)} "
    return tuple(
        entry
        for entry in secret
        if any(f" {run} " in mine for run in _runs_of(entry) if run not in open_runs)
    )


def _runs_of(entry: Entry) -> Iterator[str]:
    for words in _texts(entry):
        yield from runs(words)


def runs(text: str) -> Iterator[str]:
    """What counts as a quotation of this text."""
    words = compared(text).split()
    if SHORT_WORDS_MIN <= len(words) <= RUN_WORDS:
        yield " ".join(words)
    for begin in range(len(words) - RUN_WORDS if len(words) > RUN_WORDS else 0):
        yield " ".join(words[begin : begin + RUN_WORDS])
    if len(words) > RUN_WORDS:
        yield " ".join(words[-RUN_WORDS:])


def _texts(entry: Entry) -> Iterator[str]:
    if isinstance(entry.fact, Unreadable):
        return
    kind = str(type(entry.fact).__struct_config__.tag)
    for name in hidden_fields(kind, Access.OPS):
        value = getattr(entry.fact, name)
        yield from (one for one in (value if isinstance(value, tuple) else (value,)) if one)
