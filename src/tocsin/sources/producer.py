"""Secures what a system's own log holds: its last requests with their answers, and its summaries.

Both are read twice. What is not the same bytes the second time is not sufficient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from tocsin.facts import Refused, Unreachable
from tocsin.sources.columns import CannotRead
from tocsin.sources.log import LogSource
from tocsin.world import Clock, Produced

REQUESTS, SUMMARIES = "requests", "summaries"
LAST_REQUESTS = 1000
DAYS_OF_SUMMARIES = 30
_START = datetime(1970, 1, 1, tzinfo=UTC)
_Read = tuple[bytes, int, int]  # the bytes, how many they hold, how many there should be


class LogProducer:
    """The port `Producer` on the log of one system.

    Args:
        last: so many requests are secured, or all where the log holds fewer.
    """

    def __init__(self, source: LogSource, clock: Clock, *, last: int = LAST_REQUESTS) -> None:
        self._source, self._clock, self._last = source, clock, last

    def produce(self, item: str, seconds: float) -> Produced:
        """The item as it is now, within this time. What cannot be had is insufficient."""
        makes: dict[str, tuple[str, Callable[[datetime], _Read]]] = {
            REQUESTS: ("requests.jsonl", self._requests),
            SUMMARIES: ("summaries.parquet", self._summaries),
        }
        if item not in makes:
            return self._produced(item, "", b"", 0, 1, f"a log secures {' and '.join(makes)}")
        name, read = makes[item]
        try:
            with self._source.alone() as engine, engine.within(seconds):
                now = self._clock.now()
                self._source.refresh()
                (data, count, wanted), (again, _, _) = read(now), read(now)
        except (CannotRead, Unreachable, Refused, OSError) as bad:
            return self._produced(item, name, b"", 0, 1, str(bad))
        why = f"read twice, sha256 {sha256(data).hexdigest()[:12]} both times"
        if data != again:
            why = "the log was written on while it was read; seal again"
        elif not count:
            why = "the log holds nothing"
        elif count < wanted:
            why = f"{count} of {wanted} could be read"
        sufficient = data == again and count >= wanted > 0
        return self._produced(item, name, data, count, max(wanted, 1), why, sufficient=sufficient)

    def _produced(
        self, item: str, name: str, data: bytes, count: int, wanted: int, why: str,
        *, sufficient: bool = False,
    ) -> Produced:  # fmt: skip
        return Produced(
            item=item, producer=f"the log of {self._source.system}", name=name, data=data,
            count=count, wanted=wanted, sufficient=sufficient, why=why,
        )  # fmt: skip

    def _requests(self, now: datetime) -> _Read:
        rows, held = self._source.last_rows(self._last, now)
        encode = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode
        lines = b"".join(encode(_plain(row)) + b"\n" for row in rows)
        return lines, len(rows), min(self._last, held)

    def _summaries(self, now: datetime) -> _Read:
        since = max(_START, now - timedelta(days=DAYS_OF_SUMMARIES))
        if self._source.mapping.at is None:
            since = _START
        data, count = self._source.summaries(since, now)
        return data if count else b"", count, count


def _plain(value: object) -> object:
    """A value as JSON can hold it; what is no finite number is written out as a word."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
