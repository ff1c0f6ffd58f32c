"""Facts about what came in from outside: which signals were taken, where they went, and why.

The bodies lie in the inbox, which can be erased; facts name them by place and digest. They stand in
a log of their own, one for the home; what an incident is told of them stands in its log, counted.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import TOCSIN, Digest, Instant, Kind, Words


class SignalState(enum.Enum):
    """What a signal says of the thing it is about."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"  # somebody at its source looks into it
    RESOLVED = "resolved"  # by its source's word; it closes no incident
    NOTED = "noted"  # somebody at its source wrote about it; it stands as it stood


class Urgency(enum.Enum):
    """How bad a source says it is, the worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    UNSAID = "unsaid"


class Went(enum.Enum):
    """Where a signal went."""

    OPENED = "opened"  # a new incident
    JOINED = "joined"  # an incident that was open
    TRIAGE = "triage"  # an item that a person looks at
    KEPT = "kept"  # this fact and nothing more
    ECHO = "echo"  # our own work that came back; it opens nothing and calls nobody


class SignalTaken(Kind, frozen=True, tag="signal-taken"):
    """A signal was taken in for the first time, or says something new, and was put where it goes.

    Args:
        signal: the same source and the source's own key give the same id.
        source: the machine or integration that was proven; "unproven" where none was.
        name: what failed, as its source calls it; a plan may name it as its trigger.
        systems: of the register, that it names or its rule gives it.
        claimed_at: when it began, as its source says; never trusted for order.
        skewed: that claim lies further from the receiving than clocks may differ.
        place, digest: of the delivery in the inbox, and of its body.
        rule: its name and the version of the rules, as `default@3f2a9c01`.
        group: signals of one group within the rule's time go to one incident.
        into: an incident's id, or a triage item's; empty where it is only kept.
        because: why it went there.
        also: what else fails under the same key, as its source calls it, a line each.
        left_out: how many more alerts its sender left out of the same body.
        hops: how many systems it went through, as it says.
    """

    asserted_by = TOCSIN
    signal: str
    source: str
    proven: bool
    state: SignalState
    urgency: Urgency
    name: Words
    systems: tuple[str, ...]
    summary: Words
    claimed_at: Instant | None
    skewed: bool
    place: int
    digest: Digest
    rule: str
    group: Digest
    went: Went
    into: str
    because: Words
    also: Words = ""
    left_out: int = 0
    hops: int = 0


class SignalsTaken(Kind, frozen=True, tag="signals-taken"):
    """More deliveries have been decided: of all up to one place, and of those proven up to another.

    Args:
        first: the first place of these; places that hold nothing were never given.
        last: no place after it has been decided; what is proven has been, up to it.
        upto: every place up to it has been decided; 0 in older records, where that was `last`.
        deliveries: how many there were; they carried `signals`, of which `repeats` said nothing
            new and `unreadable` deliveries carried none.
        incidents, heard: an incident, and how many signals of this range were laid to it.
        digest: over a line for each delivery, with its place, its body's digest and its signals.
        rules: the version of the rules that decided.
    """

    asserted_by = TOCSIN
    first: int
    last: int
    deliveries: int
    signals: int
    repeats: int
    unreadable: int
    incidents: tuple[str, ...]
    heard: tuple[int, ...]
    digest: Digest
    rules: str
    upto: int = 0


class SignalsJoined(Kind, frozen=True, tag="signals-joined"):
    """An incident was told of signals from outside, counted since it was last told.

    Args:
        batch: the place in the record of the batch that they came with.
        deliveries: so many times something was said; `signals` of them said something new.
        firing, resolved: of all signals of this incident, those that stand so now.
        first, last: places in the inbox, both inclusive.
        told: the first of the new signals, a line each.
        because: why they are laid to this incident, a line for each reason.
        hops: how many systems the new signals went through, the most of any.
    """

    asserted_by = TOCSIN
    batch: str
    deliveries: int
    signals: int
    firing: int
    resolved: int
    first: int
    last: int
    rule: str
    told: Words
    because: Words
    hops: int = 0


class TriageOpened(Kind, frozen=True, tag="triage-opened"):
    """Something came in that opens no incident by itself; a person looks at it.

    Args:
        item: "t1" and so on, in this log.
        group: more of the same group is counted here while the item is open.
        due_at: by when a person shall have looked.
    """

    asserted_by = TOCSIN
    item: str
    source: str
    proven: bool
    urgency: Urgency
    systems: tuple[str, ...]
    summary: Words
    place: int
    digest: Digest
    rule: str
    group: Digest
    due_at: Instant
    because: Words


class TriageTaken(Kind, frozen=True, tag="triage-taken"):
    """A person laid a triage item to an incident, or opened one for it."""

    item: str
    into: str
    because: Words


class TriageDismissed(Kind, frozen=True, tag="triage-dismissed"):
    """A person judged that a triage item needs nothing."""

    item: str
    because: Words


class InboxErased(Kind, frozen=True, tag="inbox-erased"):
    """A person let the bodies of deliveries be destroyed; their places and digests remain.

    Args:
        first, last: places, both inclusive.
    """

    first: int
    last: int
    because: Words


SignalFact = (
    SignalTaken
    | SignalsTaken
    | SignalsJoined
    | TriageOpened
    | TriageTaken
    | TriageDismissed
    | InboxErased
)
