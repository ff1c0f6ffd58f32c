"""Random networks: every kind of activity, branches within branches, circles, people who share."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import product

import msgspec

from tocsin.playbook.simulation.calendar import spans_of
from tocsin.playbook.simulation.draws import DRAW_MAX, Spread
from tocsin.playbook.simulation.network import (
    JOINS,
    LOST,
    Activity,
    Kind,
    Network,
    Way,
    Worker,
)
from tocsin.register.formats import hours_of

MINUTE = 60_000
HOURS = ("mon-fri 09:00-17:00", "daily 20:00-04:00", "sat,sun 10:00-12:30", "tue 22:00-06:30")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
MONDAYS = (  # ordinary, the clocks go back (EU, US), go on (US, EU)
    datetime(2027, 1, 11, tzinfo=UTC), datetime(2026, 10, 19, 22, tzinfo=UTC),
    datetime(2026, 10, 26, tzinfo=UTC), datetime(2027, 3, 8, 5, tzinfo=UTC),
    datetime(2027, 3, 22, tzinfo=UTC),
)  # fmt: skip


class Growing:
    """One network, grown from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.monday = self.chance.choice(MONDAYS)
        self.made: dict[int, Activity] = {}
        self.numbers = self.slots = 0
        self.moments = 1
        self.workers = tuple(self._worker(n) for n in range(self.chance.randint(1, 5)))

    def network(self) -> Network:
        start = self.sequence(depth=0, within=-1)
        places, activities = 1, []
        for number in range(self.numbers):
            one = self.made[number]
            activities.append(_at(one, places))
            places += one.draws
        return Network(
            activities=tuple(activities),
            start=start,
            workers=self.workers,
            roles=("a", "b"),
            limits=(),
            moments=self.moments,
            places=places,
            slots=self.slots,
            overtime_ms=self.chance.choice((0, 30 * MINUTE, 240 * MINUTE)),
        )

    def sequence(self, depth: int, within: int) -> int:
        """A chain of activities that only ever leads on, but by waits that count their rounds."""
        chance = self.chance
        # What a branch marks and remembers is its own: what two of them do at one instant has no
        # order in SimPy.
        mine, self.slots = (self.slots, self.slots + 1), self.slots + 2
        marked, self.moments = (self.moments, self.moments + 1), self.moments + 2
        own = [self._number() for _ in range(chance.randint(1, 5 if depth else 9))]
        end = JOINS if within >= 0 else self._end()
        for place, number in enumerate(own):
            self.marked = marked  # branches within this one have had their own meanwhile
            ahead = [*own[place + 1 :], end]
            back = own[: place + 1]
            made = self._activity(number, depth, within, ahead, back)
            self.made[number] = self._remembering(made, mine)
        return own[0]

    def _activity(
        self, number: int, depth: int, within: int, ahead: list[int], back: list[int]
    ) -> Activity:
        chance = self.chance
        kinds = [Kind.MACHINE, Kind.PEOPLE, Kind.PEOPLE, Kind.PEOPLE, Kind.PAGE]
        kind = chance.choice([*kinds, Kind.FORK] if depth < 2 else kinds)
        count = 2 if kind in (Kind.PAGE, Kind.FORK) else chance.randint(1, 3)
        ways = [self._way(n, count, chance.choice(ahead[:2])) for n in range(count)]
        workers = tuple(
            chance.sample(range(len(self.workers)), chance.randint(1, len(self.workers)))
        )
        extra: dict[str, object] = {}
        if kind is Kind.MACHINE and chance.random() < 0.4:
            ways = [self._way(0, 1, chance.choice(back)), self._way(1, 1, ahead[0], share=0)]
            extra = {"rounds_max": chance.randint(1, 3), "on_rounds": 1}
        elif kind is Kind.MACHINE and chance.random() < 0.4:
            extra = self._limited(ways, ahead)
        if kind is Kind.PEOPLE:
            extra = self._asking(ways, workers, ahead)
        if kind is Kind.PAGE:
            extra = {
                "limit_ms": chance.randint(1, 20) * MINUTE,
                "heard": chance.choice((0, DRAW_MAX // 3)),
            }
        if kind is Kind.FORK:
            branches = range(chance.randint(2, 3))
            extra = {"branches": tuple(self.sequence(depth + 1, number) for _ in branches)}
        return Activity(
            id=f"s{number}",
            kind=kind,
            ways=tuple(ways),
            takes=self._spread() if kind is not Kind.MACHINE or chance.random() < 0.8 else None,
            notices=self._spread(),
            workers=workers,
            role=chance.randrange(2),
            within=within,
            begins=(chance.choice(self.marked),) if chance.random() < 0.2 else (),
            **extra,  # type: ignore[arg-type]
        )

    def _asking(
        self, ways: list[Way], workers: tuple[int, ...], ahead: list[int]
    ) -> dict[str, object]:
        chance = self.chance
        extra: dict[str, object] = {"people": chance.randint(1, min(2, len(workers)))}
        return extra | (self._limited(ways, ahead) if chance.random() < 0.6 else {})

    def _limited(self, ways: list[Way], ahead: list[int]) -> dict[str, object]:
        chance = self.chance
        ways.append(self._way(9, 1, ahead[0], share=0))
        return {
            "on_limit": len(ways) - 1,
            "limit_ms": chance.choice((1, 20, 60, 600, 6000)) * MINUTE,
            "limit_from": chance.choice((-1, -1, chance.choice(self.marked))),
        }

    def _remembering(self, one: Activity, slots: tuple[int, int]) -> Activity:
        """The activity with results that are remembered, and shares that may depend on these."""
        chance = self.chance
        ways = tuple(
            msgspec.structs.replace(
                way, slot=chance.choice((-1, *slots)), value=chance.randrange(2)
            )
            for way in one.ways
        )
        one = msgspec.structs.replace(one, ways=ways)
        if one.kind is not Kind.MACHINE or one.rounds_max or one.limit_ms or chance.random() < 0.4:
            return one
        cases = {}
        for known in product(range(-1, 2), repeat=2):
            taken = chance.randrange(len(ways))
            cases[known] = tuple(DRAW_MAX * (place == taken) for place in range(len(ways)))
        return msgspec.structs.replace(one, depends=slots, cases=cases)

    def _way(self, number: int, of: int, to: int, share: int | None = None) -> Way:
        chance = self.chance
        whole = DRAW_MAX // of + (DRAW_MAX % of) * (number == 0)
        lost = chance.random() < 0.05
        return Way(
            result=f"r{number}",
            share=whole if share is None else share,
            to=LOST if lost else to,
            marks=(chance.choice(self.marked),) if chance.random() < 0.3 else (),
            stops=(chance.choice((-1, *self.marked)),) if chance.random() < 0.2 else (),
        )

    def _spread(self) -> Spread:
        """Often a round number of minutes that never varies, so that instants coincide."""
        median = self.chance.choice((1, 5, 10, 30, 60, 300)) * MINUTE
        p90 = median * self.chance.choice((1, 1, 2, 4))
        return Spread(median_ms=median, p90_ms=p90)

    def _worker(self, number: int) -> Worker:
        if self.chance.random() < 0.3:
            return Worker(id=f"w{number}")
        words = self.chance.sample(HOURS, self.chance.randint(1, 2))
        hours = [one for one in map(hours_of, words) if one is not None]
        spans = spans_of(hours, self.chance.choice(ZONES), self.monday)
        return Worker(id=f"w{number}", spans=tuple(spans))

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers - 1

    def _end(self) -> int:
        number = self._number()
        way = Way(result="completed", share=DRAW_MAX, to=LOST)
        self.made[number] = Activity(id=f"s{number}", kind=Kind.END, ways=(way,))
        return number


def _at(one: Activity, place: int) -> Activity:
    return msgspec.structs.replace(one, draws_at=place)
