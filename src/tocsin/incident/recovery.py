"""Folds a log into what its systems must show before they come back, and how far each has come.

Only what was measured by the gate in force counts: a gate that is registered anew voids whatever
was measured by the one before. A gate of an incident stands in its log; one that stands for a
system in every incident stands in a log of its own, and what is measured by it in the incident's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Entry, Proof
from tocsin.facts.recovery import (
    RECOVERY_LOG,
    AttestationReceived,
    CriterionMeasured,
    GateRegistered,
    Passing,
    ShortcutMadeGood,
    ShortcutTaken,
    StageStarted,
    WatchBegan,
    WatchEnded,
)

STAGES, SIGN_OFF = "stages", "sign-off"


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A gate as it was registered. `place` is that of its entry in the record."""

    place: str
    at: datetime
    who: str
    fact: GateRegistered

    @property
    def stages(self) -> int:
        """How many stages it has."""
        return len(self.fact.shares)


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion was measured."""

    seq: int
    at: datetime
    fact: CriterionMeasured


class Shortcut(msgspec.Struct, frozen=True, kw_only=True):
    """Something is left out, for a while. `made_good` tells whether it was done after all."""

    at: datetime
    who: str
    fact: ShortcutTaken
    made_good: bool = False

    def stands(self, now: datetime) -> bool:
        """Whether it lets anything pass at this instant."""
        return not self.made_good and now < self.fact.expires_at


class StageTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that was begun, its watch, and how that ended; None while there is none."""

    seq: int
    at: datetime
    who: str
    fact: StageStarted
    watch: WatchBegan | None = None
    watch_at: datetime | None = None
    ended: WatchEnded | None = None


class Held:
    """What one log holds of one gate."""

    def __init__(self, place: str, system: str) -> None:
        self.place, self.system = place, system
        self.measured: dict[tuple[str, str], list[Measurement]] = {}  # by candidate, criterion
        self.attested: dict[str, tuple[datetime, AttestationReceived]] = {}  # by vendor
        self.shortcuts: dict[tuple[str, str], Shortcut] = {}  # by candidate and what is skipped
        self.turns: list[StageTurn] = []

    def copied(self) -> Held:
        """The same, of which nothing changes any more."""
        other = Held(self.place, self.system)
        other.measured = {key: list(every) for key, every in self.measured.items()}
        other.attested, other.shortcuts = dict(self.attested), dict(self.shortcuts)
        other.turns = list(self.turns)
        return other

    @property
    def candidates(self) -> tuple[str, ...]:
        """The versions of which anything is known, the one that was touched last at the end."""
        named = [(one.at, key[0]) for key, every in self.measured.items() for one in every]
        named += [(one.at, one.fact.candidate) for one in self.turns]
        named += [(one.at, key[0]) for key, one in self.shortcuts.items()]
        return tuple(dict.fromkeys(name for _, name in sorted(named, reverse=True)))[::-1]

    def looks(self, candidate: str, criterion: str) -> int:
        """How often a bound was looked at: what was too few to judge was no look."""
        every = self.measured.get((candidate, criterion), [])
        return sum(bool(one.fact.bound) for one in every)

    def latest(self, candidate: str, criterion: str) -> Measurement | None:
        """The newest measurement."""
        every = self.measured.get((candidate, criterion))
        return every[-1] if every else None

    def watching(self) -> StageTurn | None:
        """The stage that is watched now."""
        last = self.turns[-1] if self.turns else None
        return last if last is not None and last.watch and not last.ended else None

    def turn(self, candidate: str, stage: int, since: datetime | None) -> StageTurn | None:
        """The newest time that this stage was begun for this candidate in the present chain.

        A chain begins anew when the system was stopped (`since`), or when a watch failed.
        """
        chain: list[StageTurn] = []
        for one in self.turns:
            if since is not None and one.at <= since:
                continue
            same = not chain or chain[-1].fact.candidate == one.fact.candidate
            chain = [*chain, one] if same else [one]
            if one.ended is not None and one.ended.result is Passing.FAILED:
                chain = []
        mine = [
            one for one in chain
            if (one.fact.candidate, one.fact.stage) == (candidate, stage)
        ]  # fmt: skip
        return mine[-1] if mine else None


def recovery_of(entries: Sequence[Entry]) -> Recovery:
    """The gates of a log and what was shown by them, from all its entries."""
    found = Recovery(entries[0].log if entries else "")
    for entry in entries:
        found.apply(entry)
    return found


class Recovery:
    """The gates of one log, and what was shown by them, after the entries that were taken."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.registered: dict[str, Registered] = {}  # by system, the newest
        self.held: dict[tuple[str, str], Held] = {}  # by the gate's place, and system
        self.earlier: dict[str, int] = {}  # by system, how many gates were replaced

    def apply(self, entry: Entry) -> None:
        """Take one more entry."""
        match entry.fact:
            case GateRegistered() as fact:
                if fact.system in self.registered:
                    self.earlier[fact.system] = self.earlier.get(fact.system, 0) + 1
                self.registered[fact.system] = Registered(
                    place=f"{self.log}/{entry.seq}",
                    at=entry.recorded_at,
                    who=entry.author.who,
                    fact=fact,
                )
            case CriterionMeasured() as fact:
                one = Measurement(seq=entry.seq, at=entry.recorded_at, fact=fact)
                held = self._held(fact.gate, fact.system)
                if held is not None:
                    held.measured.setdefault((fact.candidate, fact.criterion), []).append(one)
            case AttestationReceived() as fact:
                for held in self._about(fact.gate):
                    held.attested[fact.vendor] = (entry.recorded_at, fact)
            case ShortcutTaken() | ShortcutMadeGood() as fact:
                self._shortened(entry, fact)
            case StageStarted() | WatchBegan() | WatchEnded() as fact:
                self._staged(entry, fact)
            case _:
                pass

    def of(self, gate: Registered) -> Held:
        """What this log holds of a gate; nothing where nothing was shown yet."""
        place, system = gate.place, gate.fact.system
        return self.held.get((place, system)) or Held(place, system)

    def _held(self, place: str, system: str) -> Held | None:
        """Where what cites this gate belongs; None for one that is not registered before it."""
        mine = self.registered.get(system)
        elsewhere = place.startswith(f"{RECOVERY_LOG}/")
        if not elsewhere and (mine is None or mine.place != place):
            return None
        return self.held.setdefault((place, system), Held(place, system))

    def _about(self, place: str) -> Iterator[Held]:
        """All systems whose gate this is; one stands in one entry, and so for one system."""
        for system, mine in self.registered.items():
            if mine.place == place:
                yield self.held.setdefault((place, system), Held(place, system))
                return
        yield from [held for (known, _), held in self.held.items() if known == place]

    def _shortened(self, entry: Entry, fact: ShortcutTaken | ShortcutMadeGood) -> None:
        held = self._held(fact.gate, fact.system)
        if held is None:
            return
        if isinstance(fact, ShortcutTaken):
            if entry.author.proof is Proof.SIGNATURE:  # nothing weaker is a shortcut
                held.shortcuts[fact.candidate, fact.skipped] = Shortcut(
                    at=entry.recorded_at, who=entry.author.who, fact=fact
                )
            return
        for key, one in held.shortcuts.items():
            if key[1] == fact.skipped and not one.made_good:
                held.shortcuts[key] = msgspec.structs.replace(one, made_good=True)

    def _staged(self, entry: Entry, fact: StageStarted | WatchBegan | WatchEnded) -> None:
        held = self._held(fact.gate, fact.system)
        if held is None:
            return
        if isinstance(fact, StageStarted):
            held.turns.append(
                StageTurn(seq=entry.seq, at=entry.recorded_at, who=entry.author.who, fact=fact)
            )
            return
        for place in range(len(held.turns) - 1, -1, -1):
            turn = held.turns[place]
            if turn.fact.stage != fact.stage:
                continue
            if isinstance(fact, WatchBegan) and turn.watch is None:
                held.turns[place] = msgspec.structs.replace(
                    turn, watch=fact, watch_at=entry.recorded_at
                )
            if isinstance(fact, WatchEnded) and turn.watch is not None and turn.ended is None:
                held.turns[place] = msgspec.structs.replace(turn, ended=fact)
            return
