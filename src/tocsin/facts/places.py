"""Places in a list as people and facts write them: `1-200,205`; sorted, joined, none twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]
"""From the first to the last place, both inclusive, from 1."""

PLACE_MAX = 10**12
_SPAN = re.compile(r"\s*(\d{1,13})\s*(?:-\s*(\d{1,13})\s*)?")


def spans_of(text: str) -> list[Span]:
    """The spans that are written, sorted and joined.

    Raises:
        ValueError: what is wrong, and with which part.
    """
    found = list[Span]()
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(f"{part.strip()[:30]!r} is no place; write numbers: 1-200,205")
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        if first < 1 or last > PLACE_MAX:
            raise ValueError(f"{part.strip()!r}: places are counted from 1")
        if last < first:
            raise ValueError(f"{part.strip()!r} ends before it begins; write {last}-{first}")
        found.append((first, last))
    return joined(found)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same places, sorted, none twice, neighbours in one span."""
    found = list[Span]()
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def places(spans: Iterable[Span]) -> int:
    """How many places these spans hold; they must be joined."""
    return sum(last - first + 1 for first, last in spans)


def written(spans: Iterable[Span]) -> str:
    """The spans as text."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def written_in_parts(spans: Iterable[Span], letters_most: int) -> Iterator[list[Span]]:
    """The spans in parts, each of which is written in at most so many letters."""
    part, letters = list[Span](), 0
    for span in spans:
        more = len(written([span])) + 1
        if part and letters + more > letters_most:
            yield part
            part, letters = [], 0
        part.append(span)
        letters += more
    if part:
        yield part
