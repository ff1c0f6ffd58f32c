"""How many are taken in: a bucket for each source and one for all, filled by the minute.

Asked before anything is acknowledged, and before the body is read where that is known.
"""

from __future__ import annotations

from collections import OrderedDict

SOURCES_MAX = 10_000
MINUTE = 60.0


class Bucket:
    """A minute's worth at once, and filled again evenly.

    Args:
        a_minute: how many.
    """

    def __init__(self, a_minute: int) -> None:
        self._most = self._left = float(a_minute)
        self._at: float | None = None

    def seconds_until_room(self, now: float, count: int, paid: int = 0) -> float:
        """How long to wait until so many are let in; 0.0 when they are, now.

        Args:
            paid: of the same delivery, taken already; one larger than a minute's worth comes alone.
        """
        if self._at is not None:
            self._left = min(self._most, self._left + (now - self._at) * self._most / MINUTE)
        self._at = now
        lacking = min(float(count), self._most - paid) - self._left
        return 0.0 if lacking <= 0 else lacking * MINUTE / self._most

    def take(self, count: int) -> None:
        """Let so many in."""
        self._left -= count


class Quotas:
    """The buckets of all sources.

    Args:
        a_minute: for each proven source.
        in_all: for all together.
        unproven: for everything that nothing proves and comes the same way, together.
    """

    def __init__(self, a_minute: int, in_all: int, unproven: int) -> None:
        self._a_minute = a_minute
        self._in_all = Bucket(in_all)
        self._unproven = {is_form: Bucket(unproven) for is_form in (False, True)}
        self._sources: OrderedDict[str, Bucket] = OrderedDict()

    def wait_seconds(
        self,
        source: str,
        *,
        proven: bool,
        now: float,
        count: int = 1,
        paid: int = 0,
        is_form: bool = False,
    ) -> float:
        """0.0, and they are counted; or how long to wait, and they are not.

        Args:
            paid: how many of the same delivery were counted before.
            is_form: people's form, which no flood of machines that nothing proves shall shut.
        """
        own = self._bucket(source) if proven else self._unproven[is_form]
        waits = max(one.seconds_until_room(now, count, paid) for one in (own, self._in_all))
        if waits <= 0:
            own.take(count)
            self._in_all.take(count)
        return waits

    def _bucket(self, source: str) -> Bucket:
        bucket = self._sources.get(source)
        if bucket is None:
            bucket = self._sources[source] = Bucket(self._a_minute)
            if len(self._sources) > SOURCES_MAX:
                self._sources.popitem(last=False)
        return bucket
