"""What falls due in a log outside its runs, and when: a fold that never reads an entry twice.

Whatever is expected stands until a fact settles it, or until the end of the incident where it
means nothing after that. When its instant comes a worker records that it fell due, and tells.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts import Entry
from tocsin.facts.custody import HoldReleased
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.holds import HoldAcknowledged, HoldNotified
from tocsin.facts.incidents import Acknowledged, Closed, Dismissed, Linked, Relation, Reopened
from tocsin.facts.lessons import LessonFact
from tocsin.facts.reach import MessageWritten, PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.recovery import (
    ModelSignedOff,
    ModelSignOffWithdrawn,
    Passing,
    ShortcutMadeGood,
    ShortcutTaken,
    StageStarted,
    WatchBegan,
    WatchEnded,
    WorkAdded,
    WorkDone,
)
from tocsin.facts.runs import RunStarted
from tocsin.facts.signals import TriageDismissed, TriageOpened, TriageTaken
from tocsin.incident.decide_actions import EXECUTIVE
from tocsin.incident.lessons import Lessons, Standing
from tocsin.incident.model import COMMANDER

SURVIVES_THE_END = frozenset(
    {Awaited.SHORTCUT, Awaited.REPAIR, Awaited.REVIEW, Awaited.ACTION_ITEM, Awaited.HOLD_ANSWER}
)
"""What is still awaited when the incident is over."""

REMINDED = frozenset({Awaited.REVIEW, Awaited.ACTION_ITEM})
"""What is told again each week until it is done."""


REMINDED_AGAIN = timedelta(days=7)
REMINDERS_BEFORE_OTHERS = 2
"""So often whoever owes it is told before anybody else is."""

REMINDERS_MOST = 52
"""A year of weeks; after that `tocsin actions` and `tocsin doctor` alone go on telling it."""

REVIEW = "review"
"""What a review that is awaited is about."""

HOLD_AGAIN = timedelta(days=1)
HOLD_TURNS_MAX = 4
"""How often somebody is told that a notice stays unanswered: the person, then others."""


ESCALATION = ("owner", "commander") * 2
"""Whom a call goes to that nobody at all answered, one after the other until somebody does."""

UNJUDGED = timedelta(minutes=15)
"""After the end of a watch: if nobody judged it by then, nobody watches."""

ESCALATION_PAUSE = timedelta(minutes=15)
"""Before they are all called once more."""


class DueMoment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that falls due.

    Args:
        seq: the entry by which it is expected.
        about: which of its kind.
        turn: how often it has fallen due before.
        role: the role or the person who is told.
        calls: True calls them; False writes to them.
    """

    what: Awaited
    about: str
    seq: int
    at: datetime
    turn: int
    role: str
    calls: bool


class Dues:
    """What is awaited in one log after the entries that were taken."""

    def __init__(self) -> None:
        self._open: dict[tuple[Awaited, str], DueMoment] = {}
        self._instead: dict[str, str] = {}  # by hold and person: who is told in their place
        self._keeps = set[str]()  # by hold and person: who acknowledged it
        self.ever = False  # whether anything was ever awaited here
        self._seq = 0
        self._lessons = Lessons()
        self._called: dict[int, str] = {}  # the role that each page calls, by its entry
        self._climbed = 0  # how far a call without an answer has come; 0 once somebody answers

    @property
    def open(self) -> tuple[DueMoment, ...]:
        """All that is awaited now, in the order in which it came to be expected."""
        return tuple(self._open.values())

    def apply(self, entry: Entry) -> None:
        """Take one more entry."""
        self._seq, fact = entry.seq, entry.fact
        match fact:
            case TriageOpened():
                self.expect(Awaited.TRIAGE, fact.item, at=fact.due_at, role="commander")
            case TriageTaken() | TriageDismissed():
                self.settle(Awaited.TRIAGE, fact.item)
            case FellDue():
                self.settle(fact.what, fact.about)
                if fact.what in REMINDED:
                    self._again(fact, entry.happened_at)
                self._hold_unanswered(entry.recorded_at, fact)
            case MessageWritten(next_update_at=None):
                self.settle(Awaited.NEXT_UPDATE, fact.audience)
            case MessageWritten(next_update_at=at):
                assert at is not None
                self.expect(Awaited.NEXT_UPDATE, fact.audience, at=at, role="commander")
            case PageBegan() | PageAnswered() | PageUnanswered() | Acknowledged():
                self._calls(entry, fact)
            case (
                StageStarted() | WatchBegan() | WatchEnded() | ShortcutTaken() | ShortcutMadeGood()
            ):
                self._comes_back(entry, fact)
            case WorkAdded() | WorkDone() | ModelSignedOff() | ModelSignOffWithdrawn():
                self._repaired(fact)
            case RunStarted(plan=plan):
                self.settle(Awaited.CANARY_OFF, plan.removeprefix("stop-"))
            case HoldNotified() | HoldAcknowledged() | HoldReleased():
                self._held(fact)
            case Closed() | Dismissed() | Linked(relation=Relation.MERGED_INTO):
                self._end()
            case _ if isinstance(fact, LessonFact | Reopened):
                self._learnt(entry)
            case _:
                pass

    def _comes_back(
        self,
        entry: Entry,
        fact: StageStarted | WatchBegan | WatchEnded | ShortcutTaken | ShortcutMadeGood,
    ) -> None:
        """A stage is judged when its watch is over, and a shortcut is for a while."""
        match fact:
            case StageStarted():
                self.settle(Awaited.CANARY_OFF, fact.system)
            case WatchBegan():
                self.expect(
                    Awaited.WATCH_PERIOD, fact.system, at=fact.until + UNJUDGED, role="commander"
                )
            case WatchEnded():
                self.settle(Awaited.WATCH_PERIOD, fact.system)
                if fact.result is Passing.FAILED and fact.stopped_by is None:
                    self.expect(
                        Awaited.CANARY_OFF, fact.system, at=entry.recorded_at, role="commander",
                        calls=True,
                    )  # fmt: skip
            case ShortcutTaken():
                about = f"{fact.skipped} of {fact.system}"
                self.expect(Awaited.SHORTCUT, about, at=fact.expires_at, role="commander")
            case ShortcutMadeGood():
                self.settle(Awaited.SHORTCUT, f"{fact.skipped} of {fact.system}")
            case _:
                assert_never(fact)

    def _repaired(
        self, fact: WorkAdded | WorkDone | ModelSignedOff | ModelSignOffWithdrawn
    ) -> None:
        match fact:
            case WorkAdded():
                self.expect(Awaited.REPAIR, fact.work, at=fact.due_at, role=fact.owner)
            case WorkDone():
                self.settle(Awaited.REPAIR, fact.work)
            case ModelSignedOff():
                about = f"{fact.model} {fact.version}"
                self.expect(Awaited.SIGN_OFF, about, at=fact.expires_at, role=fact.owner)
            case ModelSignOffWithdrawn():
                self.settle(Awaited.SIGN_OFF, f"{fact.model} {fact.version}")
            case _:
                assert_never(fact)

    def _learnt(self, entry: Entry) -> None:
        """Await reviews and items as they stand: what does not close an item ends no reminder."""
        before, due = dict(self._lessons.items), self._lessons.review_due
        self._lessons.take(entry)
        if self._lessons.review_due != due:
            self._await_review(self._lessons.review_due)
        for name, item in self._lessons.items.items():
            was = before.get(name)
            if item.standing is not Standing.OPEN:
                self.settle(Awaited.ACTION_ITEM, name)
            elif was is None or (was.standing, was.owner, was.due) != (
                item.standing, item.owner, item.due,
            ):  # fmt: skip
                self.expect(Awaited.ACTION_ITEM, name, at=item.due, role=item.owner)

    def _await_review(self, due: datetime | None) -> None:
        if due is None:
            self.settle(Awaited.REVIEW, REVIEW)
        else:
            self.expect(Awaited.REVIEW, REVIEW, at=due, role=COMMANDER)

    def _again(self, fact: FellDue, at: datetime) -> None:
        """A reminder each week until it is done: from the third on every other goes further up."""
        turn, role = fact.turn + 1, COMMANDER
        if turn >= REMINDERS_MOST:
            return
        if fact.what is Awaited.ACTION_ITEM:
            item = self._lessons.items.get(fact.about)
            if item is None or item.standing is not Standing.OPEN:
                return
            role = item.owner
        elif self._lessons.review_due is None:
            return
        if turn >= REMINDERS_BEFORE_OTHERS and turn % 2 == 0:
            role = EXECUTIVE
        self.expect(fact.what, fact.about, at=at + REMINDED_AGAIN, role=role, turn=turn)

    def _calls(
        self, entry: Entry, fact: PageBegan | PageAnswered | PageUnanswered | Acknowledged
    ) -> None:
        """A call that nobody answered is an alarm of its own: those further up are called."""
        match fact:
            case PageBegan():
                self._called[entry.seq] = fact.role
                if not fact.people:
                    self._climb(entry.seq, entry.happened_at)
            case PageUnanswered(next=None):
                self._climb(fact.page, entry.happened_at)
            case PageAnswered() | Acknowledged():
                self._climbed = 0
                for what, about in list(self._open):
                    if what is Awaited.PAGE_ANSWER:
                        self.settle(what, about)
            case _:
                pass

    def _climb(self, page: int, at: datetime) -> None:
        role = self._called.get(page, "")
        while self._climbed < len(ESCALATION) and ESCALATION[self._climbed] == role:
            self._climbed += 1
        if self._climbed < len(ESCALATION):
            again = self._climbed >= len(ESCALATION) // 2
            self.expect(
                Awaited.PAGE_ANSWER,
                role,
                at=at + ESCALATION_PAUSE * again,
                role=ESCALATION[self._climbed],
                calls=True,
                turn=self._climbed,
            )
            self._climbed += 1

    def _held(self, fact: HoldNotified | HoldAcknowledged | HoldReleased) -> None:
        """Who was told of a hold is awaited to acknowledge it, while it stands."""
        match fact:
            case HoldNotified():
                self._hold_told(fact)
            case HoldAcknowledged():
                self._keeps.add(f"{fact.hold}/{fact.person}")
                self.settle(Awaited.HOLD_ANSWER, f"{fact.hold}/{fact.person}")
            case HoldReleased():
                self._hold_over(fact.hold)

    def _hold_told(self, fact: HoldNotified) -> None:
        for person, instead in zip(fact.people, fact.instead, strict=False):
            about = f"{fact.hold}/{person}"
            self._instead[about] = instead
            if about not in self._keeps:  # whoever did so before they were told is not asked again
                self.expect(Awaited.HOLD_ANSWER, about, at=fact.answer_by, role=person)

    def _hold_unanswered(self, at: datetime, fact: FellDue) -> None:
        """The person is reminded first; then it goes to whoever can see to it, and so on."""
        turn = fact.turn + 1
        if fact.what is Awaited.HOLD_ANSWER and turn < HOLD_TURNS_MAX:
            role = self._instead.get(fact.about) or "commander"
            again = at + HOLD_AGAIN
            self.expect(Awaited.HOLD_ANSWER, fact.about, at=again, role=role, turn=turn)

    def _hold_over(self, hold: str) -> None:
        for what, about in list(self._open):
            if what is Awaited.HOLD_ANSWER and about.partition("/")[0] == hold:
                self.settle(what, about)

    def expect(
        self,
        what: Awaited,
        about: str,
        *,
        at: datetime,
        role: str,
        calls: bool = False,
        turn: int = 0,
    ) -> None:
        """Await it by this instant; whatever was awaited under the same name before is replaced."""
        self.ever = True
        self._open[what, about] = DueMoment(
            what=what, about=about, seq=self._seq, at=at, turn=turn, role=role, calls=calls
        )

    def settle(self, what: Awaited, about: str) -> None:
        """Await it no more."""
        self._open.pop((what, about), None)

    def _end(self) -> None:
        self._open = {key: one for key, one in self._open.items() if key[0] in SURVIVES_THE_END}
