"""The log of an incident as a page that anyone can read, without a word that is withheld."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from tocsin.facts import Entry, Fact, Gone, Unreadable

InWords = Callable[[Fact | Unreadable], str]
"""Says a fact in a sentence."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_WHY = {
    Gone.ERASED: "its words were erased",
    Gone.WITHHELD: "its words are withheld from this reader",
    Gone.NEWER: "written by a newer version; this one cannot show it",
}


def kind_words(fact: Fact | Unreadable) -> str:
    """The name of the fact's kind: what can be said of it without knowing the incident."""
    name = fact.kind if isinstance(fact, Unreadable) else str(fact.__struct_config__.tag)
    return name.replace("-", " ")


def timeline(log: str, entries: Sequence[Entry], at: datetime, words: InWords = kind_words) -> str:
    """The page, in Markdown, oldest entry first; all times in UTC.

    Text from outside can neither begin markup nor hide: what would is escaped or shown as a mark.
    """
    head = (
        f"# Timeline of {_plain(log)}\n\n"
        f"Written {_time(at)} from {len(entries)} entries of the record. The record itself stands "
        "in `log/entries.jsonl`; this page is a reading of it.\n"
    )
    return head + "".join(_paragraph(entry, words(entry.fact)) for entry in entries)


def _paragraph(entry: Entry, words: str) -> str:
    fact, author = entry.fact, entry.author
    if isinstance(fact, Unreadable):
        lines = [f"- {_WHY[fact.why]}"]
    else:
        fields = msgspec.to_builtins(fact)
        del fields["kind"]
        lines = [f"- {_plain(field)}: {_shown(value)}" for field, value in fields.items()]
    proven = f"{_plain(author.who)} ({author.kind.value}, proven by {author.proof.value})"
    return (
        f"\n## {entry.seq}. {_time(entry.happened_at)}: {_plain(words)}\n\n"
        f"By {proven}; recorded {_time(entry.recorded_at)}; for {entry.access.value}.\n\n"
        + "".join(f"{line}\n" for line in lines)
    )


def _shown(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(_shown, value)) or "none"
        case dict():
            return "; ".join(f"{_plain(str(k))}: {_shown(v)}" for k, v in value.items())
        case _:
            return _plain(str(value))


def _plain(text: str) -> str:
    lines = " / ".join(text.splitlines())
    printable = "".join(c if c.isprintable() else "\ufffd" for c in lines)
    return _MARKUP.sub(r"\\\1", printable)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
