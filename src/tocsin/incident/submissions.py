"""Which notices went under which rule, and which of them still count. Pure.

A submission that was taken back counts no more, whether it was recorded wrongly or withdrawn at the
authority: its stage counts from what remains. A correction counts in the place of what it corrects
once nothing of that counts any more.
"""

from __future__ import annotations

import msgspec

from tocsin.facts import Entry
from tocsin.facts.notices import NoticeSubmitted, NoticeWithdrawn
from tocsin.incident.model import Part, place_of


class Submission(Part, frozen=True):
    """A notice under a rule went out at `at`.

    Args:
        notice: its id; None where it was written and sent outside of Tocsin.
        corrects: as of the fact.
    """

    rule: str
    stage: str
    notice: str | None
    corrects: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """By what a correction may name it: the notice, or the entry of this submission."""
        return (self.notice, str(self.seq)) if self.notice else (str(self.seq),)


class TakenBack(Part, frozen=True):
    """A submission was taken back: by whom and when, and why."""

    submission: Submission
    because: str


class Submissions(msgspec.Struct, kw_only=True):
    """All submissions of one log, and those of them that count.

    Args:
        counting: those that settle a stage, in the order of recording; what corrects one that
            counts is not among them.
        taken_back: by the entry of the submission.
    """

    sent: list[Submission] = []
    counting: list[Submission] = []
    taken_back: dict[int, TakenBack] = {}

    def take(self, entry: Entry, fact: NoticeSubmitted | NoticeWithdrawn) -> bool:
        """Go on by one entry; give whether something else counts since."""
        if isinstance(fact, NoticeSubmitted):
            self.sent.append(
                Submission(
                    **place_of(entry), rule=fact.rule, stage=fact.stage, notice=fact.notice,
                    corrects=fact.corrects,
                )
            )  # fmt: skip
        else:
            self._take_back(entry, fact)
        before, self.counting = self.counting, [one for one in self.sent if self._counts(one)]
        return before != self.counting

    def _take_back(self, entry: Entry, fact: NoticeWithdrawn) -> None:
        for one in reversed(self.sent):
            meant = fact.submission in (0, one.seq) and (one.notice or "") == fact.notice
            if meant and one.seq not in self.taken_back:
                self.taken_back[one.seq] = TakenBack(
                    **place_of(entry), submission=one, because=fact.because
                )
                return

    def under(self, rule: str) -> list[TakenBack]:
        """What was taken back under a rule, in the order in which it was."""
        found = (one for one in self.taken_back.values() if one.submission.rule == rule)
        return sorted(found, key=lambda one: one.seq)

    def _counts(self, one: Submission) -> bool:
        return one.seq not in self.taken_back and not self._corrects_what_stands(one)

    def _corrects_what_stands(self, one: Submission) -> bool:
        """Whether it only mends another one that was not taken back, or what that one mended."""
        if one.corrects is None:
            return False
        named = [other for other in self.sent if one.corrects in other.names]
        if not named or any(other.seq not in self.taken_back for other in named):
            return True
        last = named[-1]
        return last.seq < one.seq and self._corrects_what_stands(last)
