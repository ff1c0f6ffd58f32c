"""Where a signal goes and why: each way is walked, and nothing that came in is passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Asserter, Author, Entry, Fact, Proof
from tocsin.facts.deliveries import UNPROVEN, Delivery
from tocsin.facts.kinds import Access
from tocsin.facts.signals import (
    SignalsTaken,
    SignalState,
    SignalTaken,
    TriageDismissed,
    TriageOpened,
    Urgency,
    Went,
)
from tocsin.register.inbound import Does, SignalPolicy, SignalRule
from tocsin.register.model import System
from tocsin.signals.decide import decide
from tocsin.signals.incidents import Incidents, Standing
from tocsin.signals.model import BodyMistake, Reading, Signal
from tocsin.signals.rules import Rules
from tocsin.signals.taken import Taken

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SYSTEMS = {one: System(id=one, name=one.title(), owner="ana", tier=1) for one in ("fraud", "chat")}
AUTHOR = Author(who="inbox", kind=Asserter.WORKER, proof=Proof.PROCESS)


def signal(key: str = "k", **other: object) -> Signal:
    plain = Signal(key=key, name="drift", state=SignalState.FIRING, urgency=Urgency.ERROR,
                   summary=f"drift {key}", labels={"service": "fraud"})  # fmt: skip
    return msgspec.structs.replace(plain, **other)


class House:
    """A log of signals, the incidents it opened, and a clock; batches are told one by one."""

    def __init__(self, policy: SignalPolicy | None = None) -> None:
        self.taken, self.now, self.place = Taken(), NOON, 0
        self.rules = Rules(policy or SignalPolicy(), SYSTEMS)
        self.incidents: dict[str, Standing] = {}
        self.about: dict[str, list[str]] = {}
        self.entries: list[Entry] = []

    def hear(self, *signals: Signal, source: str = "prom", format_: str = "pagerduty",
             mistakes: Sequence[BodyMistake] = ()) -> list[SignalTaken]:  # fmt: skip
        """Take in one batch of one delivery for each signal; what was decided anew."""
        readings = [Reading(signals=(one,)) for one in signals]
        readings += [Reading(mistakes=(one,)) for one in mistakes]
        return self.batch(readings, source, format_)

    def batch(self, readings: Iterable[Reading], source: str, format_: str) -> list[SignalTaken]:
        incidents = Incidents(self.incidents.get, self._open_about, lambda name: f"i-{name}")
        heard = [(self._delivery(source, format_), reading) for reading in readings]
        decided = decide(self.taken, self.rules, incidents, heard, self.now)
        for fact in decided.facts:
            self.record(fact)
        new = [one for one in decided.facts if isinstance(one, SignalTaken)]
        for one in new:
            if one.went is Went.OPENED:
                self.incidents[one.into] = Standing(incident=one.into, opened_at=self.now)
                for system in one.systems:
                    self.about.setdefault(system, []).insert(0, one.into)
        return new

    def record(self, fact: Fact) -> None:
        entry = Entry(
            log="signals", seq=self.taken.seq + 1, happened_at=self.now, recorded_at=self.now,
            author=AUTHOR, access=Access.OPS, fact=fact,
        )  # fmt: skip
        self.entries.append(entry)
        self.taken.apply(entry)

    def end(self, incident: str, how: str) -> None:
        self.incidents[incident] = msgspec.structs.replace(self.incidents[incident], ended=how)

    def _open_about(self, system: str) -> list[Standing]:
        found = [self.incidents[one] for one in self.about.get(system, [])]
        return [one for one in found if not one.ended]

    def _delivery(self, source: str, format_: str) -> Delivery:
        self.place += 1
        return Delivery(
            place=self.place, format=format_, source=source, proven=source != UNPROVEN, delivery="",
            said={}, digest=hashlib.sha256(b"").hexdigest(), size=0, body=b"",
            received_at=self.now, readable=True,
        )  # fmt: skip


def test_the_first_opens_an_incident_and_the_next_of_its_system_joins_it_and_says_why() -> None:
    house = House()
    (first,) = house.hear(signal("a"))
    assert (first.went, first.systems) == (Went.OPENED, ("fraud",))
    assert first.rule.startswith("default@")
    (second,) = house.hear(signal("b"))
    assert (second.went, second.into) == (Went.JOINED, first.into)
    assert second.because == "same system fraud within 30 min"
    (other,) = house.hear(signal("c", labels={"service": "chat"}))
    assert other.went is Went.OPENED


def test_after_its_time_a_group_begins_anew() -> None:
    house = House()
    (first,) = house.hear(signal("a"))
    house.now += timedelta(minutes=31)
    (later,) = house.hear(signal("b"))
    assert (later.went, later.into == first.into) == (Went.OPENED, False)
    house.now += timedelta(minutes=31)
    (again,) = house.hear(signal("a", urgency=Urgency.CRITICAL))
    assert (again.into, again.because) == (first.into, "the same signal is laid to it already")


def test_it_joins_what_people_opened_about_the_same_system_just_before() -> None:
    house = House()
    house.incidents["7K3"] = Standing(incident="7K3", opened_at=NOON - timedelta(minutes=5))
    house.about["fraud"] = ["7K3"]
    (joined,) = house.hear(signal())
    assert (joined.went, joined.into) == (Went.JOINED, "7K3")
    assert "was opened less than 30 min ago" in joined.because


def test_what_says_nothing_new_is_counted_and_not_told_again() -> None:
    house = House()
    house.hear(*[signal("a")] * 9000)
    owed = house.taken.owed
    assert [(one.heard, len(one.new), one.firing) for one in owed] == [(9000, 1, 1)]
    house.hear(*[signal("a")] * 10)
    assert house.taken.owed == (), "told when it is twice as much"
    house.hear(*[signal("a")] * 9000)
    assert [(one.heard, one.new) for one in house.taken.owed] == [(9010, ())]
    assert house.taken.repeats == 8999 + 10 + 9000


def also(*alerts: tuple[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"alertname": name, "system": system} for name, system in alerts)


def named(name: str, **other: object) -> Signal:
    labels = {"alertname": name, "service": "fraud"}
    return signal(name=name, labels=labels, **other)


def test_what_newly_names_a_system_or_an_alert_is_no_repetition() -> None:
    house = House()
    (first,) = house.hear(named("Slow"))
    (grown,) = house.hear(named("Slow", summary="two", also=also(("Unfair", "chat"))))
    assert (grown.into, grown.systems) == (first.into, ("fraud", "chat"))
    assert grown.because == (
        "the same signal is laid to it already; it newly tells of alert Unfair, of system chat"
    )
    assert [one.new for one in house.taken.owed] == [(grown,)]
    assert house.hear(named("Slow", summary="three", also=also(("Unfair", "chat")))) == []
    assert house.hear(named("Slow")) == [], "it shrinks"
    assert house.hear(named("Unfair", also=also(("Slow", "chat")))) == [], "in another order"
    (more,) = house.hear(named("Slow", also=also(("Late", "fraud"))))
    assert more.because.endswith("it newly tells of alert Late")
    assert house.hear(named("Slow", also=also(("Unfair", "chat")))) == [], "it was told before"
    assert house.taken.signals[first.signal].fact == more
    house.hear(named("Slow", state=SignalState.RESOLVED))
    house.hear(named("Slow"))
    (anew,) = house.hear(named("Slow", also=also(("Unfair", "chat"))))
    assert "Unfair" in anew.because, "a new time is told whole"


def test_a_kept_or_waiting_signal_that_names_a_system_of_ours_is_decided_anew() -> None:
    house = House()
    rule = SignalRule(name="of-chat", systems=("chat",))
    rest = SignalRule(name="rest", does=Does.TRIAGE)
    house.rules = Rules(SignalPolicy(rules=(rule, rest)), SYSTEMS)
    (waits,) = house.hear(named("Slow"))
    (opened,) = house.hear(named("Slow", also=also(("Slow", "chat"))))
    assert [one.went for one in (waits, opened)] == [Went.TRIAGE, Went.OPENED]


def test_of_many_names_the_first_are_told_and_never_again() -> None:
    house = House()
    many = also(*((f"A{number}", "chat") for number in range(200)))
    (first,) = house.hear(named("Slow", also=many))
    assert len(first.also.splitlines()) < 60
    assert house.hear(named("Slow", also=many)) == []


def test_what_a_sender_left_out_is_told_once() -> None:
    house = House()
    (first,) = house.hear(signal(left_out=57))
    assert first.because == (
        "nothing open is about system fraud; its sender left 57 more alerts out, see there"
    )
    assert house.hear(signal(left_out=60)) == []
    (other,) = house.hear(signal("b"))
    assert "left" not in other.because
    (less,) = house.hear(signal("b", left_out=2))
    assert (less.left_out, "newly" in less.because) == (2, False)


def test_a_resolve_closes_nothing_and_firing_again_is_news() -> None:
    house = House()
    (first,) = house.hear(signal())
    (over,) = house.hear(signal(state=SignalState.RESOLVED))
    assert (over.went, over.into) == (Went.JOINED, first.into)
    assert "closes no incident" in over.because
    assert house.taken.counts(first.into) == (0, 1)
    (again,) = house.hear(signal())
    assert again.into == first.into
    assert house.taken.counts(first.into) == (1, 0)
    (never,) = house.hear(signal("b", state=SignalState.RESOLVED))
    assert never.went is Went.KEPT


def test_a_note_is_told_where_its_signal_is_and_changes_nothing_there() -> None:
    house = House()
    note = signal(state=SignalState.NOTED, summary="it is the cache", urgency=Urgency.UNSAID)
    (first,) = house.hear(signal())
    (noted,) = house.hear(note)
    assert (noted.went, noted.into, noted.state) == (Went.JOINED, first.into, SignalState.NOTED)
    assert noted.because == "its source wrote a note about it; that closes no incident"
    assert [one.new for one in house.taken.owed] == [(noted,)]
    assert house.taken.counts(first.into) == (1, 0)
    assert house.hear(note, signal()) == [], "the same note, and it fires as before"
    (over,) = house.hear(signal(state=SignalState.RESOLVED))
    house.hear(msgspec.structs.replace(note, summary="mended"))
    assert house.taken.counts(first.into) == (0, 1), "it does not fire again by that"
    assert house.taken.signals[first.signal].fact == over
    (alone,) = house.hear(msgspec.structs.replace(note, key="b"))
    assert alone.went is Went.KEPT
    assert house.hear(msgspec.structs.replace(note, key="b")) == []
    (fires,) = house.hear(signal("b"))
    assert fires.went is Went.JOINED
    (item,) = house.hear(signal("c"), source=UNPROVEN)
    (waits,) = house.hear(msgspec.structs.replace(note, key="c"), source=UNPROVEN)
    assert (waits.went, waits.into) == (Went.TRIAGE, item.into)
    assert house.taken.items[item.into].signals == 1


def test_what_nothing_proves_waits_in_triage_whatever_it_says() -> None:
    house = House()
    (first,) = house.hear(signal(urgency=Urgency.CRITICAL), source=UNPROVEN)
    (second,) = house.hear(signal("b", urgency=Urgency.CRITICAL), source=UNPROVEN)
    assert (first.went, first.into) == (Went.TRIAGE, "t1")
    assert second.into == "t1", "one item for one thing"
    assert house.taken.items["t1"].signals == 2
    (proven,) = house.hear(signal(urgency=Urgency.CRITICAL))
    assert proven.went is Went.OPENED, "the same key from nobody known changes nothing for it"
    house.record(TriageDismissed(item="t1", because="noise"))
    (third,) = house.hear(signal("c"), source=UNPROVEN)
    assert third.into == "t2"


def test_lesser_ones_wait_and_news_is_kept() -> None:
    house = House()
    (warned,) = house.hear(signal("w", urgency=Urgency.WARNING))
    (told,) = house.hear(signal("i", urgency=Urgency.INFO))
    (news,) = house.hear(signal("m", urgency=Urgency.CRITICAL), format_="mlflow")
    (unsaid,) = house.hear(signal("u", urgency=Urgency.UNSAID))
    wheres = [one.went for one in (warned, told, news, unsaid)]
    assert wheres == [Went.TRIAGE, Went.KEPT, Went.KEPT, Went.OPENED]
    (worse,) = house.hear(signal("w", urgency=Urgency.CRITICAL))
    assert worse.went is Went.JOINED


def test_what_fires_on_after_the_end_is_told_once_and_opens_nothing() -> None:
    house = House()
    (first,) = house.hear(signal())
    house.end(first.into, "closed")
    (on,) = house.hear(signal())
    assert (on.went, on.because) == (Went.TRIAGE, f"it fires on although {first.into} was closed")
    assert house.hear(signal()) == []
    (over,) = house.hear(signal(state=SignalState.RESOLVED))
    assert over.went is Went.TRIAGE
    (again,) = house.hear(signal())
    assert again.went is Went.OPENED


def test_a_dismissed_incident_stays_dismissed_until_its_signal_was_over() -> None:
    house = House()
    (first,) = house.hear(signal())
    house.end(first.into, "dismissed")
    (kept,) = house.hear(signal())
    assert kept.went is Went.KEPT
    assert house.hear(signal()) == []


def test_a_merged_incident_is_followed() -> None:
    house = House()
    (first,) = house.hear(signal())
    house.incidents["7K3"] = Standing(incident="7K3", opened_at=NOON)
    gone = house.incidents[first.into]
    house.incidents[first.into] = msgspec.structs.replace(gone, ended="merged", goes_on_as="7K3")
    (second,) = house.hear(signal("b"))
    assert (second.went, second.into) == (Went.JOINED, "7K3")


def test_rules_of_the_register_come_first_and_their_version_is_in_each_decision() -> None:
    rule = SignalRule(name="gpus", sources=("prom",), labels={"job": "gpu*"}, system="chat",
                      group_by=("name",), does=Does.TRIAGE)  # fmt: skip
    house, bare = House(SignalPolicy(rules=(rule,))), House()
    (ruled,) = house.hear(signal(labels={"job": "gpu-7"}))
    assert (ruled.went, ruled.systems) == (Went.TRIAGE, ("chat",))
    assert ruled.rule == f"gpus@{house.rules.version}"
    assert house.rules.version != bare.rules.version
    (other,) = house.hear(signal("b", labels={"job": "cpu-7"}))
    assert other.rule.startswith("default@")


def test_what_is_alike_is_said_in_a_whole_sentence_also_where_nothing_is_named() -> None:
    zones = SignalRule(name="zones", formats=("otlp",), group_by=("zone", "name"))
    house = House(SignalPolicy(rules=(zones,)))
    (bare,) = house.hear(signal(name="", labels={}))
    assert bare.because == "nothing open is about source prom"
    (second,) = house.hear(signal("b", name="", labels={}))
    assert (second.into, second.because) == (bare.into, "same source prom within 30 min")
    (other,) = house.hear(signal("c", labels={}), format_="otlp")
    assert other.because == "nothing open is about zone (none), name drift"
    (long,) = house.hear(signal("d", labels={"zone": "z" * 500}), format_="otlp")
    assert "z..., name drift" in long.because and len(long.because) < 300


def test_a_clock_that_is_off_is_told_and_changes_nothing() -> None:
    house = House()
    ahead = signal("a", claimed_at=NOON + timedelta(minutes=6))
    old = signal("b", claimed_at=NOON - timedelta(days=40))
    right = signal("c", claimed_at=NOON - timedelta(days=2))
    assert [one.skewed for one in house.hear(ahead, old, right)] == [True, True, False]


def test_what_cannot_be_read_waits_for_a_person_once() -> None:
    house = House()
    wrong = BodyMistake(field="alerts", found="nothing", remedy="send them")
    house.hear(mistakes=[wrong, wrong])
    house.hear(mistakes=[wrong])
    (item,) = house.taken.waiting
    assert "alerts: nothing; send them" in item.fact.summary
    assert house.taken.unreadable == 3
    assert house.taken.cursor == 3


SIGNALS = st.builds(
    signal,
    key=st.sampled_from("abc"),
    state=st.sampled_from(SignalState),
    summary=st.sampled_from(["looked into", "it is the cache"]),
    urgency=st.sampled_from(Urgency),
    labels=st.sampled_from([{}, {"service": "fraud"}, {"service": "Chat"}]),
    also=st.sampled_from([(), also(("Slow", "chat")), also(("Slow", "x"), ("Unfair", "fraud"))]),
    left_out=st.sampled_from([0, 0, 3]),
)
BATCHES = st.lists(
    st.tuples(
        st.lists(SIGNALS, max_size=6),
        st.sampled_from(["prom", "graf", UNPROVEN]),
        st.sampled_from(["", "closed", "dismissed"]),
        st.integers(0, 40),
    ),
    max_size=8,
)


@given(batches=BATCHES)
def test_every_place_is_decided_once_and_a_fold_of_parts_is_the_fold(
    batches: list[tuple[list[Signal], str, str, int]],
) -> None:
    house = House()
    for signals, source, ended, minutes in batches:
        new = house.hear(*signals, source=source)
        for one in new:
            assert one.because and one.rule
            assert (one.into == "") is (one.went is Went.KEPT)
            if not one.proven:
                assert one.went in (Went.TRIAGE, Went.KEPT), "never an incident, never a run"
        for incident in list(house.incidents) if ended else ():
            house.end(incident, ended)
        house.now += timedelta(minutes=minutes)
    decided = [one.fact for one in house.entries if isinstance(one.fact, SignalsTaken)]
    assert sum(one.deliveries for one in decided) == house.place
    assert house.taken.cursor == house.place
    ranges = [(one.first, one.last) for one in decided]
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))
    opened = [one.fact.item for one in house.entries if isinstance(one.fact, TriageOpened)]
    assert len(opened) == len(set(opened))
    again = Taken()
    for entry in house.entries:
        again.apply(entry)
    assert (again.signals, again.groups, again.items, again.owed) == (
        house.taken.signals, house.taken.groups, house.taken.items, house.taken.owed,
    )  # fmt: skip
