"""Folds a log into its notices to authorities: drafts, approvals, submissions, receipts, answers.

A notice under one id may be drafted anew until it is submitted; what was said about an older
document then counts for nothing. What went never changes: it is corrected by another notice. What
is said to have gone and was taken back may go again, as it was approved.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.facts.entry import Author, Entry
from tocsin.facts.kinds import Access
from tocsin.facts.notices import (
    Answered,
    NoticeApproved,
    NoticeDeclined,
    NoticeDrafted,
    NoticeFieldAnswered,
    NoticeReceiptRecorded,
    NoticeSubmitted,
    NoticeWithdrawn,
)
from tocsin.incident.model import Part, place_of


class NoticeState(enum.Enum):
    """Where a notice stands. Whether a draft is approved is asked of the register."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"  # the authority confirmed that it got it
    CORRECTED = "corrected"  # another notice that went corrects it
    WITHDRAWN = "withdrawn"


class SaidOfNotice(msgspec.Struct, frozen=True, kw_only=True):
    """An approval or a refusal, of the document that it names."""

    seq: int
    at: datetime
    author: Author
    fact: NoticeApproved | NoticeDeclined
    erased: bool


class Confirmation(Part, frozen=True):
    """What the authority gave back for a submission."""

    fact: NoticeReceiptRecorded


class NoticeTakenBack(Part, frozen=True):
    """A submission counts no more; by whom, and why."""

    fact: NoticeWithdrawn


class NoticeSent(Part, frozen=True):
    """A notice went out at `at`; what the authority gave back for it.

    Args:
        taken_back: that it counts no more; None while it does.
    """

    fact: NoticeSubmitted
    confirmations: tuple[Confirmation, ...] = ()
    taken_back: NoticeTakenBack | None = None

    @property
    def reference(self) -> str:
        """The number or the words by which the authority confirmed it; empty where it has not."""
        said = [one.fact.reference for one in self.confirmations if one.fact.reference]
        return said[-1] if said else self.fact.reference

    @property
    def references_before(self) -> tuple[str, ...]:
        """The references that the present one corrects, the oldest first."""
        said = [self.fact.reference, *(one.fact.reference for one in self.confirmations)]
        return tuple(one for one in dict.fromkeys(said) if one and one != self.reference)

    @property
    def is_confirmed(self) -> bool:
        """Whether the authority confirmed it."""
        return bool(self.confirmations or self.fact.reference or self.fact.receipt_file)


class FieldAnswer(Part, frozen=True):
    """What a person said of a field, the last time."""

    fact: NoticeFieldAnswered
    access: Access
    erased: bool


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice under one id.

    Args:
        draft: as it was drafted last; `seq`, `at` and `by` are of that entry.
        drafts: how often it was drafted.
        said: all that was said about any of its documents; see `valid`.
        sent: how it went, the last time.
        withdrawn: why it never goes, or counts no more.
        taken_back: how it is said to have gone, and did not or counts no more.
        corrected_by: the notice that went and corrects this one.
    """

    id: str
    draft: NoticeDrafted
    seq: int
    at: datetime
    by: str
    drafts: int = 1
    said: tuple[SaidOfNotice, ...] = ()
    sent: NoticeSent | None = None
    withdrawn: str | None = None
    taken_back: tuple[NoticeSent, ...] = ()
    corrected_by: str | None = None

    @property
    def state(self) -> NoticeState:
        """Where it stands."""
        if self.withdrawn is not None:
            return NoticeState.WITHDRAWN
        if self.sent is None:
            return NoticeState.DRAFT
        if self.corrected_by is not None:
            return NoticeState.CORRECTED
        return NoticeState.CONFIRMED if self.sent.is_confirmed else NoticeState.SUBMITTED

    @property
    def is_open(self) -> bool:
        """Whether it may still be drafted anew, approved and submitted."""
        return self.state is NoticeState.DRAFT

    @property
    def went(self) -> NoticeSent | None:
        """How it went; None where it did not, or counts no more."""
        return self.sent if self.sent is not None and self.sent.taken_back is None else None

    @property
    def may_go(self) -> bool:
        """Whether it may be submitted: a draft, or one whose submission was taken back."""
        return self.is_open or (self.sent is not None and self.went is None)

    @property
    def valid(self) -> tuple[SaidOfNotice, ...]:
        """What was said about the present document, since it was drafted."""
        mine = (one for one in self.said if one.seq > self.seq)
        return tuple(one for one in mine if one.fact.document == self.draft.document)


class Notices(msgspec.Struct, kw_only=True):
    """All notices of one log.

    Args:
        sent: every submission, those outside of Tocsin and those taken back among them, in the
            order of recording.
        answers: the last answer to a field, by field set and field; those taken back are not in it.
    """

    by_id: dict[str, Notice] = {}
    sent: list[NoticeSent] = []
    answers: dict[tuple[str, str], FieldAnswer] = {}

    def take(self, entry: Entry) -> None:
        """Go on by one entry."""
        match entry.fact:
            case NoticeDrafted() as draft:
                self._drafted(entry, draft)
            case NoticeApproved() | NoticeDeclined() as fact:
                said = SaidOfNotice(seq=entry.seq, at=entry.recorded_at, author=entry.author,
                                    fact=fact, erased="because" in entry.missing)  # fmt: skip
                one = self.by_id.get(fact.notice)
                if one is not None:
                    self.by_id[one.id] = msgspec.structs.replace(one, said=(*one.said, said))
            case NoticeSubmitted() as fact:
                self._submitted(NoticeSent(**place_of(entry), fact=fact))
            case NoticeReceiptRecorded() as fact:
                self._confirmed(Confirmation(**place_of(entry), fact=fact))
            case NoticeWithdrawn() as fact:
                self._withdrawn(NoticeTakenBack(**place_of(entry), fact=fact))
            case NoticeFieldAnswered() as fact:
                self._answered(entry, fact)
            case _:
                pass

    @property
    def standing(self) -> list[NoticeSent]:
        """Every submission that was not taken back."""
        return [one for one in self.sent if one.taken_back is None]

    def submission(self, seq: int) -> NoticeSent | None:
        """The submission that this entry recorded, or None."""
        return next((one for one in self.sent if one.seq == seq), None)

    def open_under(self, rule: str, corrects: str | None) -> Notice | None:
        """The draft under this rule whose place another draft would take."""
        for one in self.by_id.values():
            if one.is_open and (one.draft.rule, one.draft.corrects) == (rule, corrects):
                return one
        return None

    def _drafted(self, entry: Entry, draft: NoticeDrafted) -> None:
        before = self.by_id.get(draft.notice)
        if before is not None and not before.is_open:
            return  # what went does not change
        self.by_id[draft.notice] = Notice(
            id=draft.notice,
            draft=draft,
            seq=entry.seq,
            at=entry.recorded_at,
            by=entry.author.who,
            drafts=1 if before is None else before.drafts + 1,
            said=() if before is None else before.said,
        )

    def _submitted(self, sent: NoticeSent) -> None:
        self.sent.append(sent)
        one = self.by_id.get(sent.fact.notice or "")
        if one is not None and one.may_go:
            self.by_id[one.id] = msgspec.structs.replace(one, sent=sent, withdrawn=None)
        self._mended(sent.fact.corrects)

    def _mended(self, wrong: str | None) -> None:
        """What stands now of the notices that correct this one."""
        one = self.by_id.get(wrong or "")
        if one is not None and one.sent is not None:
            by = [sent.fact.notice or "" for sent in self.standing if sent.fact.corrects == wrong]
            last = by[-1] if by else None
            self.by_id[one.id] = msgspec.structs.replace(one, corrected_by=last)

    def _withdrawn(self, back: NoticeTakenBack) -> None:
        fact = back.fact
        one = self.by_id.get(fact.notice)
        if one is not None:
            one = self.by_id[one.id] = msgspec.structs.replace(one, withdrawn=fact.because)
        sent = self.submission(fact.submission) if fact.submission else one and one.sent
        if sent is None or sent.taken_back is not None:
            return
        gone = msgspec.structs.replace(sent, taken_back=back)
        self._put(gone)
        if one is not None:
            one = self.by_id[one.id]
            self.by_id[one.id] = msgspec.structs.replace(one, taken_back=(*one.taken_back, gone))
        self._mended(sent.fact.corrects)

    def _confirmed(self, confirmation: Confirmation) -> None:
        one = self.submission(confirmation.fact.submission)
        if one is not None:
            more = (*one.confirmations, confirmation)
            self._put(msgspec.structs.replace(one, confirmations=more))

    def _put(self, sent: NoticeSent) -> None:
        """Put a submission in the place of what it was before."""
        self.sent = [sent if one.seq == sent.seq else one for one in self.sent]
        notice = self.by_id.get(sent.fact.notice or "")
        if notice is not None and notice.sent is not None and notice.sent.seq == sent.seq:
            self.by_id[notice.id] = msgspec.structs.replace(notice, sent=sent)

    def _answered(self, entry: Entry, fact: NoticeFieldAnswered) -> None:
        key = (fact.fields, fact.field)
        if fact.answer is Answered.TAKEN_BACK:
            self.answers.pop(key, None)
            return
        self.answers[key] = FieldAnswer(
            **place_of(entry), fact=fact, access=entry.access, erased="text" in entry.missing
        )


def notices_of(entries: Iterable[Entry]) -> Notices:
    """All notices of a whole log."""
    found = Notices()
    for entry in entries:
        found.take(entry)
    return found
