"""Decides where each signal of a batch goes, and says why; nothing that came in is passed over.

Pure: from what was taken before, the rules, and how incidents stand. A signal that says nothing new
is counted. What nothing proves, and what a rule does not let open an incident, waits in triage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from tocsin.facts import Fact
from tocsin.facts.deliveries import Delivery
from tocsin.facts.marks import why_too_far
from tocsin.facts.signals import SignalsTaken, SignalState, SignalTaken, Went
from tocsin.register.inbound import Does
from tocsin.signals.echoes import Written, hops_in, mark_of
from tocsin.signals.incidents import Incidents, Standing
from tocsin.signals.model import Reading, Signal, signal_id
from tocsin.signals.rules import Ruled, Rules, is_worse, opens
from tocsin.signals.taken import (
    LEFT_OUT,
    Seen,
    Taken,
    left_out_words,
    names_in,
    note_of,
    seen_after,
)
from tocsin.signals.waiting import Waiting

CLOCKS_DIFFER_MOST = timedelta(minutes=5)
LONG_AGO = timedelta(days=30)
_SAID = {
    SignalState.RESOLVED: "calls it over",
    SignalState.ACKNOWLEDGED: "calls it looked into",
    SignalState.NOTED: "wrote a note about it",
}


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a batch, in order; the last one says up to where everything is decided."""

    facts: tuple[Fact, ...]


class _Goes(msgspec.Struct, frozen=True):
    """Where a signal goes, and why."""

    went: Went
    into: str
    because: str


class Deciding:
    """One batch while it is decided. What it decides itself counts for what follows in it.

    What is proven comes in the order of its places, and so does what is not; both never meet in one
    signal, group or item, so that it makes no difference which of the two comes first.
    """

    def __init__(self, taken: Taken, rules: Rules, incidents: Incidents, now: datetime) -> None:
        self._taken, self._rules, self._incidents, self._now = taken, rules, incidents, now
        self._facts: list[Fact] = []
        self._seen: dict[str, Seen] = {}
        self._groups: dict[str, Seen] = {}
        self._waiting = Waiting(taken, rules, now, self._facts)
        self._opened: set[str] = set()
        self._about: dict[str, dict[str, None]] = {}  # what this batch lays where, by system
        self._heard: dict[str, int] = {}
        self._count = self._signals = self._repeats = self._unreadable = 0
        self._digest = hashlib.sha256()
        self._first = self._last = 0

    def take(self, delivery: Delivery, reading: Reading) -> None:
        """Decide about one delivery."""
        self._first = min(self._first or delivery.place, delivery.place)
        self._last = max(self._last, delivery.place)
        self._count += 1
        names: list[str] = []
        if reading.mistakes:
            self._unreadable += 1
            self._waiting.lay_unreadable(delivery, reading)
        for signal in reading.signals:
            names.append(self._signal(delivery, signal))
        line = f"{delivery.place} {delivery.digest} {','.join(names)}\n"
        self._digest.update(line.encode())

    def decided(self, upto: int = 0) -> Decided:
        """All facts of the batch; none when nothing was taken.

        Args:
            upto: every place up to it is decided by now; 0 where that holds of the last one.
        """
        if not self._count:
            return Decided(facts=())
        batch = SignalsTaken(
            first=self._first,
            last=max(self._last, self._taken.ahead),
            deliveries=self._count,
            signals=self._signals,
            repeats=self._repeats,
            unreadable=self._unreadable,
            incidents=tuple(self._heard),
            heard=tuple(self._heard.values()),
            digest=self._digest.hexdigest(),
            rules=self._rules.version,
            upto=upto or self._last,
        )
        return Decided(facts=(*self._facts, batch))

    @property
    def matters(self) -> bool:
        """Whether anything in it says something new."""
        return bool(self._facts)

    def _signal(self, delivery: Delivery, signal: Signal) -> str:
        self._signals += 1
        name = name_of(delivery, signal)
        before = self._seen.get(name) or self._taken.signals.get(name)
        news = self._news(before, signal)
        if before is not None and self._is_repeat(before, signal, news):
            self._repeats += 1
            self._count_for(before.fact)
            return name
        ruled = self._rules.judge(signal, delivery.source, delivery.format)
        goes = _told_with(self._where(delivery, signal, ruled, before), signal, news)
        fact = _fact(delivery, signal, ruled, name, goes, self._now)
        self._facts.append(fact)
        seen = self._seen[name] = seen_after(before, fact, self._now)
        if goes.went in (Went.OPENED, Went.JOINED) and signal.state is SignalState.FIRING:
            self._groups[ruled.group] = seen
            for system in ruled.systems:
                self._about.setdefault(system, {})[goes.into] = None
        self._count_for(fact)
        return name

    def _news(self, before: Seen | None, signal: Signal) -> frozenset[str]:
        """What a signal that fires on names for the first time; values and counts are no news."""
        if before is not None and signal.state is SignalState.NOTED:
            return frozenset({note_of(signal.summary)}) - before.named
        if before is None or signal.state is not SignalState.FIRING:
            return frozenset()
        systems = self._rules.systems_named(signal)
        return names_in(systems, signal.alerts, signal.left_out) - before.named

    def _is_repeat(self, before: Seen, signal: Signal, news: frozenset[str]) -> bool:
        """Whether it says what is known; what fires on after its incident ended is told once."""
        fact = before.fact
        if signal.state is SignalState.NOTED:
            return not news
        if fact.state is not signal.state or is_worse(signal.urgency, fact.urgency) or news:
            return False
        if signal.state is not SignalState.FIRING or fact.went not in (Went.OPENED, Went.JOINED):
            return True
        return fact.into in self._opened or self._is_open(fact.into)

    def _is_open(self, incident: str) -> bool:
        standing = self._incidents.standing(incident)
        return standing is None or not standing.ended  # not recorded yet: it is about to be

    def _count_for(self, fact: SignalTaken) -> None:
        if fact.went in (Went.OPENED, Went.JOINED):
            self._heard[fact.into] = self._heard.get(fact.into, 0) + 1

    def _where(
        self, delivery: Delivery, signal: Signal, ruled: Ruled, before: Seen | None
    ) -> _Goes:
        written = self._written(delivery, signal)
        if written is not None and written.incident:
            because = f"it repeats {written.what}, which went out with this very mark"
            return _Goes(Went.ECHO, written.incident, because)
        if signal.state is not SignalState.FIRING:
            return self._no_longer(signal, before)
        if ruled.rule.does is Does.KEEP and delivery.proven:
            return _Goes(Went.KEPT, "", f"rule {ruled.rule.name} keeps it, and tells nobody")
        ended = self._ended_before(before)
        if ended is not None and ended.ended == "dismissed":
            because = f"{ended.incident} was dismissed, and it has not been resolved since"
            return _Goes(Went.KEPT, "", because)
        if ended is not None:
            because = f"it fires on although {ended.incident} was {ended.ended}"
            return self._triage(delivery, signal, ruled, because)
        if not delivery.proven:
            return self._triage(delivery, signal, ruled, "nothing proves who sent it")
        circle = why_too_far(hops_in(delivery.said, signal))
        if written is not None:
            circle = "it carries our mark, and no such order is on record"
        if circle is not None:
            return self._triage(delivery, signal, ruled, circle)
        if not opens(ruled, proven=delivery.proven):
            because = f"rule {ruled.rule.name} opens no incident for it"
            return self._triage(delivery, signal, ruled, because)
        return self._incident(delivery, signal, ruled, before)

    def _written(self, delivery: Delivery, signal: Signal) -> Written | None:
        """What of ours it says it is; None where it carries no mark, or another's."""
        mark = mark_of(delivery.said, signal)
        return None if mark is None else self._incidents.written(mark)

    def _ended_before(self, before: Seen | None) -> Standing | None:
        """The incident of a signal that fires on without having been resolved, if that ended."""
        if before is None or before.fact.state is SignalState.RESOLVED:
            return None
        if before.fact.went not in (Went.OPENED, Went.JOINED) or before.fact.into in self._opened:
            return None
        standing = self._incidents.standing(before.fact.into)
        return standing if standing is not None and standing.ended else None

    def _no_longer(self, signal: Signal, before: Seen | None) -> _Goes:
        what = _SAID[signal.state]
        if before is None:
            return _Goes(Went.KEPT, "", f"its source {what}, and it never fired here")
        fact = before.fact
        if fact.went in (Went.OPENED, Went.JOINED):
            standing = self._incidents.standing(fact.into)
            into = standing.incident if standing is not None else fact.into
            if standing is None or not standing.ended:
                because = f"its source {what}; that closes no incident"
                return _Goes(Went.JOINED, into, because)
            because = f"its source {what}; {into} was {standing.ended}"
            return _Goes(Went.KEPT, "", because)
        if fact.went is Went.TRIAGE:
            return _Goes(Went.TRIAGE, fact.into, f"its source {what}; a person still looks")
        return _Goes(Went.KEPT, "", f"its source {what}")

    def _incident(
        self, delivery: Delivery, signal: Signal, ruled: Ruled, before: Seen | None
    ) -> _Goes:
        if before is not None and before.fact.went in (Went.OPENED, Went.JOINED):
            standing = self._incidents.standing(before.fact.into)
            if before.fact.into in self._opened or standing is None or not standing.ended:
                into, part = self._incidents.goes_on_in(before.fact.into, ruled.systems)
                return _Goes(Went.JOINED, into, f"the same signal is laid to it already{part}")
        within = timedelta(minutes=ruled.rule.within_minutes)
        last = self._groups.get(ruled.group) or self._taken.groups.get(ruled.group)
        if last is not None and self._now - last.at <= within:
            into = last.fact.into
            standing = self._incidents.standing(into)
            if into in self._opened or standing is None or not standing.ended:
                into, part = self._incidents.goes_on_in(into, ruled.systems)
                because = f"same {ruled.alike} within {ruled.rule.within_minutes} min{part}"
                return _Goes(Went.JOINED, into, because)
        for system in ruled.systems:
            found = self._young_about(system, within)
            if found is not None:
                because = (
                    f"it is about {system} too, and was opened less than "
                    f"{ruled.rule.within_minutes} min ago"
                )
                return _Goes(Went.JOINED, found, because)
        into = self._incidents.new_id(f"signal/{delivery.place}/{ruled.group}")
        self._opened.add(into)
        return _Goes(Went.OPENED, into, f"nothing open is about {ruled.alike}")

    def _young_about(self, system: str, within: timedelta) -> str | None:
        """The newest open incident about a system, also by what this batch has laid to it."""
        here = list(self._about.get(system, ()))
        opened = [one for one in here if one in self._opened]
        if opened:
            return opened[-1]
        stand = [self._incidents.standing(one) for one in here]
        found = {one.incident: one for one in stand if one is not None and not one.ended}
        found |= {one.incident: one for one in self._incidents.open_about(system)}
        young = [one for one in found.values() if self._now - one.opened_at <= within]
        return max(young, key=lambda one: (one.opened_at, one.incident)).incident if young else None

    def _triage(self, delivery: Delivery, signal: Signal, ruled: Ruled, why: str) -> _Goes:
        item, because = self._waiting.lay(delivery, signal, ruled, why)
        return _Goes(Went.TRIAGE, item, because)


def name_of(delivery: Delivery, signal: Signal) -> str:
    """The id of a signal that came so; what nothing proves is never the same as what is proven.

    Nor is what carries a mark the same as what carries none: an echo hides no alarm.
    """
    owner = f"{'proven' if delivery.proven else 'unproven'}/{delivery.source}"
    mark = mark_of(delivery.said, signal)
    if mark is not None:
        owner += f"/marked {mark.origin}"
    return signal_id(owner, signal.key)


def decide(
    taken: Taken,
    rules: Rules,
    incidents: Incidents,
    heard: Iterable[tuple[Delivery, Reading]],
    now: datetime,
) -> Decided:
    """The facts of a batch of deliveries, in the order of their places."""
    deciding = Deciding(taken, rules, incidents, now)
    for delivery, reading in heard:
        deciding.take(delivery, reading)
    return deciding.decided()


def _fact(
    delivery: Delivery, signal: Signal, ruled: Ruled, name: str, goes: _Goes, now: datetime
) -> SignalTaken:
    claimed = signal.claimed_at
    skewed = claimed is not None and (
        claimed > delivery.received_at + CLOCKS_DIFFER_MOST
        or (signal.state is SignalState.FIRING and claimed < delivery.received_at - LONG_AGO)
    )
    return SignalTaken(
        signal=name,
        source=delivery.source,
        proven=delivery.proven,
        state=signal.state,
        urgency=signal.urgency,
        name=signal.name,
        systems=ruled.systems,
        summary=signal.summary,
        claimed_at=claimed,
        skewed=skewed,
        place=delivery.place,
        digest=delivery.digest,
        rule=ruled.named,
        group=ruled.group,
        went=goes.went,
        into=goes.into,
        because=goes.because,
        also="\n".join(one for one in signal.alerts if one != signal.name),
        left_out=signal.left_out,
        hops=hops_in(delivery.said, signal),
    )


def _told_with(goes: _Goes, signal: Signal, news: frozenset[str]) -> _Goes:
    """Where it goes, and beside why what it newly names and what its sender left out."""
    said = [goes.because]
    named = sorted(news - {LEFT_OUT})
    if named and signal.state is SignalState.FIRING:
        said.append(f"it newly tells {', '.join(named)}")
    if signal.left_out:
        said.append(left_out_words(signal.left_out))
    return _Goes(goes.went, goes.into, "; ".join(said))
