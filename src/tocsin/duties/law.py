"""What a law pack says, as frozen values: articles, their rules, clocks and readings. Pure.

A pack holds only what `read` has checked. Two versions of a rule share its id and never a day.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime, time

import msgspec

from tocsin.register.legal_keys import Dictionary


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The base of everything a pack holds."""


class Grade(enum.Enum):
    """How well a source was read. Below `S` a rule is unverified and says so wherever it shows."""

    PRIMARY = "P"  # the operative text was read
    SECONDARY = "S"  # a page about it was read
    MEMORY = "M"  # nobody read anything: to be checked before anyone relies on it
    DOUBTFUL = "?"  # could not be verified

    @property
    def verified(self) -> bool:
        """Whether somebody read what it rests on."""
        return self in (Grade.PRIMARY, Grade.SECONDARY)


class Enforcement(enum.Enum):
    """Whether anybody enforces it."""

    LIVE = "live"
    SUSPENDED = "suspended"
    GRACE = "grace"  # in force, no fines yet
    PENDING = "pending"  # not law yet: something to watch, never a due date


class Sort(enum.Enum):
    """What a rule asks for."""

    NOTICE = "notice"  # somebody must be told, as a rule by an instant
    GUARD = "guard"  # something may not be done until something else was
    CONTROL = "control"  # something is to be in place; nothing runs


class Unit(enum.Enum):
    """How a period is counted."""

    HOURS = "hours"  # elapsed, in UTC
    DAYS = "days"  # calendar days of the place; the day of the event does not count
    WORKING_DAYS = "working_days"  # days on which the calendar works; likewise
    WEEKS = "weeks"
    MONTHS = "months"  # to the same date; where there is none, the last day of that month
    IMMEDIATELY = "immediately"  # a duty with no instant
    IN_ADVANCE = "in_advance"  # before it is done; no instant either


class Shift(enum.Enum):
    """What an argued reading does to the end of a period."""

    NEXT_FULL_HOUR = "next-full-hour"  # hours are counted from the next full hour
    NEXT_WORKING_DAY = "next-working-day"  # the last day is a working day
    TWO_WORKING_DAYS = "two-working-days"  # two days or more hold two working days
    SAME_HOUR_NEXT_WORKING_DAY = "same-hour-next-working-day"
    NOON_NEXT_WORKING_DAY = "noon-next-working-day"


class Op(enum.Enum):
    """How a fact is compared."""

    IS = "is"  # equals
    IN = "in"  # is one of
    HAS = "has"  # a list holds at least one of
    AT_LEAST = "at_least"
    BEFORE = "before"  # an instant, or a date of the place
    FROM = "from"  # at or after it
    HAPPENED = "happened"  # an instant was given; unknown without one, false where it is denied
    UNLESS = "unless"  # true unless the fact is known to be one of these: never unknown
    KNOWN = "known"  # something was said about the fact, whatever it was: never unknown


class Test(Part, frozen=True, tag="test"):
    """One fact against values. Unknown where the fact is."""

    fact: str
    op: Op
    values: tuple[str | int | bool | date, ...]


class AllOf(Part, frozen=True, tag="all"):
    """False where one is false, unknown where none is and one is unknown."""

    of: tuple[Condition, ...]


class AnyOf(Part, frozen=True, tag="any"):
    """True where one is true, unknown where none is and one is unknown."""

    of: tuple[Condition, ...]


class NotSo(Part, frozen=True, tag="not"):
    """The opposite; unknown stays unknown."""

    of: Condition


class Named(Part, frozen=True, tag="named"):
    """A condition by the name that conditions.toml gives it: it is what `of` is, in every way."""

    name: str
    says: str
    of: Condition


Condition = Test | AllOf | AnyOf | NotSo | Named
ALWAYS = AllOf(of=())


class Period(Part, frozen=True):
    """A length of time as a law gives it.

    Args:
        count: 0 where the unit has no instant.
        ends: when a period in days ends; 00:00 is the end of the day, at 24:00.
        from_end_of_year: True counts from the end of the calendar year of the event.
        count_from: the key of the fact that gives the count, such as a request; empty, `count`.
    """

    unit: Unit
    count: int = 0
    ends: time = time(0, 0)
    from_end_of_year: bool = False
    count_from: str = ""


class Reading(Part, frozen=True):
    """A reading under which the period ends later than by the conservative one.

    Args:
        when: under which circumstances it is argued at all; unknown counts as not argued.
        contention: its code, such as "C6".
    """

    shift: Shift
    paragraph: str
    contention: str | None = None
    when: Condition = ALWAYS


class Clock(Part, frozen=True):
    """One period of a rule and what starts it.

    Args:
        paragraph: where it stands: "73(4)". when: where it runs; unknown counts as running.
        start: the key of the fact whose instant starts it; "harms" is the awareness of each harm
            in `harms`, "first-harm" the earliest of any harm, where one of those kinds is there.
        harms: which kinds of harm start it; empty where `start` is no harm.
        aware_by: whose awareness counts, by class of person; empty is anybody's.
        readings: those that argue for later, applied in this order one on the other.
        later_start: a start argued for as well, under `contention`; for the latest instant only;
            an awareness of those in `later_aware_by`; with `later_from_end` only one after the end.
        yields_to: a fact before which it cannot have run out: it falls away where that is later.
        contention: of its later start, and of the clock itself where it has no readings.
    """

    paragraph: str
    start: str
    within: Period
    harms: tuple[str, ...] = ()
    aware_by: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    later_start: str | None = None
    later_aware_by: tuple[str, ...] = ()
    later_from_end: bool = False
    when: Condition = ALWAYS
    yields_to: str | None = None
    contention: str | None = None


class ClassGate(Part, frozen=True):
    """From which day a classification is law, beside the instrument itself."""

    when: Condition
    from_: date
    paragraph: str


class Recipient(Part, frozen=True):
    """Who is to be told, in these circumstances. `{places}` stands for where it occurred."""

    name: str
    when: Condition = ALWAYS
    paragraph: str = ""


class NeedsDecision(Part, frozen=True):
    """An exception. It holds only where a named person decided so, with a reason."""

    id: str
    says: str
    paragraph: str


class Guard(Part, frozen=True):
    """What may not be done, and until what. Never bars a reversible stop.

    Args:
        bars: "alter" or "destroy", or both.
        until: the key of the fact that lifts it; None is until a person decides so.
    """

    bars: tuple[str, ...]
    until: str | None = None


class Whose(enum.Enum):
    """Whose zone and holidays count."""

    AUTHORITY = "authority"  # where the act is to be done
    ENTITY = "entity"  # where the organisation that reports is


class Place(Part, frozen=True):
    """Where a period is counted: whose place, or always the same one.

    Args:
        zone, calendar: where the law has one place for everybody: IANA's name, `holidays`' code.
    """

    whose: Whose = Whose.AUTHORITY
    zone: str | None = None
    calendar: str | None = None


class Rule(Part, frozen=True):
    """One duty of one article in one version.

    Args:
        id: as vectors name it: "eu/dora/19/initial".
        article: the path of its file in the pack. says, paragraphs: what it asks, and where.
        from_, until: the first day of the instrument, and the first day on which it is no more.
        classification: all gates that the system's classification must pass as well.
        where: jurisdictions, or groups of them, of which one must be concerned.
        who: whom it binds, in words. `applies` says so in facts, `when` what triggers it.
        stage: what its submission is called: "initial"; `after` the rules whose ones start it.
        one_limit: whether its clocks are halves of one limit, which a reading moves as a whole.
        again: what it counts from its last submission on. until_fact: what ends it before its end.
        repeats: whether what it starts counts from its last submission, and not from the first.
        immediately_from: the fact from which "immediately" runs, beside any clock.
        recipients: the first whose circumstances are known to hold; all that hold where `every`.
        instead_of: rules not raised where this one is. content: the field sets of its notice.
    """

    id: str
    article: str
    sort: Sort
    says: str
    paragraphs: tuple[str, ...]
    grade: Grade
    from_: date
    until: date | None
    enforcement: Enforcement
    where: tuple[str, ...]
    who: str
    applies: Condition = ALWAYS
    when: Condition = ALWAYS
    classification: tuple[ClassGate, ...] = ()
    clocks: tuple[Clock, ...] = ()
    one_limit: bool = False
    place: Place = Place()
    stage: str | None = None
    after: tuple[str, ...] = ()
    again: Period | None = None
    repeats: bool = False
    until_fact: str | None = None
    immediately_from: str | None = None
    recipients: tuple[Recipient, ...] = ()
    every_recipient: bool = True
    exceptions: tuple[NeedsDecision, ...] = ()
    instead_of: tuple[str, ...] = ()
    guard: Guard | None = None
    content: tuple[str, ...] = ()

    def in_force_on(self, day: date) -> bool:
        """Whether this version is law on a day; enforcement is another question."""
        return self.from_ <= day and (self.until is None or day < self.until)


class VectorStatus(enum.Enum):
    """What a vector says that its rule comes to."""

    DUE = "due"
    ANTICIPATORY = "anticipatory"
    NOT_IN_FORCE = "not-in-force"
    NOT_APPLICABLE = "not-applicable"


class Vector(Part, frozen=True):
    """A case worked by hand: what one rule comes to on given facts. A check asserts it.

    Args:
        zone, calendar: of where the act is to be done.
        due, latest_arguable: the last instants that are in time; None where there is none.
        facts: as they stand in the file, keys nested or with dots; every instant has its zone.
        at: as of when, where no fact starts the rule; None is whenever it is checked.
    """

    id: str
    rule: str
    zone: str
    calendar: str
    status: VectorStatus
    facts: Mapping[str, object]
    due: datetime | None = None
    latest_arguable: datetime | None = None
    immediately_from: datetime | None = None
    at: datetime | None = None
    why: str = ""
    contention: str | None = None


class Article(Part, frozen=True):
    """One file: an article in one or more versions.

    Args:
        path: "eu/dora/19".
        version: of the text that was compared.
        compared_on: the day on which a person last compared the file with its source.
        notes: such as what was changed in the law, dated, as counsel would tell it.
        own: True where the organisation itself wrote it, beside the shipped pack.
    """

    path: str
    title: str
    instrument: str
    version: str
    compared_on: date
    grade: Grade
    sources: tuple[str, ...]
    summary: str
    rules: tuple[Rule, ...]
    not_modelled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()
    own: bool = False


class Closure(Part, frozen=True):
    """A day on which a calendar does not work, or does, whatever the package says."""

    calendar: str
    day: date
    works: bool
    because: str


class PlaceOf(Part, frozen=True):
    """The zone and the calendar of a jurisdiction, and what groups it belongs to."""

    zone: str
    calendar: str
    groups: tuple[str, ...] = ()


class Law(Part, frozen=True):
    """A law pack.

    Args:
        version: of the pack, as its maker numbers it.
        digest: SHA-256 over everything in it.
        places: by jurisdiction, ISO 3166-1 or 3166-2.
        contentions: by code, what is disputed, in one sentence.
        forms: of each form of a notice, by its id, the digest.
    """

    version: str
    digest: str
    articles: tuple[Article, ...]
    dictionary: Dictionary
    places: Mapping[str, PlaceOf]
    closures: tuple[Closure, ...]
    contentions: Mapping[str, str]
    forms: Mapping[str, str] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, in the order of their articles."""
        return tuple(rule for article in self.articles for rule in article.rules)

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """All vectors, in the order of their articles."""
        return tuple(vector for article in self.articles for vector in article.vectors)
