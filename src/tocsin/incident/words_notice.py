"""Words for every fact about notices to authorities."""

from __future__ import annotations

from datetime import UTC
from typing import assert_never

from tocsin.facts.notices import (
    Answered,
    NoticeApproved,
    NoticeDeclined,
    NoticeDrafted,
    NoticeFact,
    NoticeFieldAnswered,
    NoticeReceiptRecorded,
    NoticeSubmitted,
    NoticeWithdrawn,
)

_ANSWERED = {
    Answered.WRITTEN: "is to say",
    Answered.UNKNOWN: "is not known yet",
    Answered.NOT_APPLICABLE: "does not apply",
    Answered.TAKEN_BACK: "is filled from the record again",
}


def notice_words(fact: NoticeFact) -> str:
    """What a fact about a notice says."""
    match fact:
        case NoticeFieldAnswered():
            what = f"Field {fact.field} of {fact.fields} {_ANSWERED[fact.answer]}"
            return f"{what}{_because(fact.text)}"
        case NoticeDrafted():
            return _drafted(fact)
        case NoticeApproved():
            return f"Notice {fact.notice} approved as {fact.role}{_because(fact.because)}"
        case NoticeDeclined():
            return f"Notice {fact.notice} refused as {fact.role}{_because(fact.because)}"
        case NoticeSubmitted():
            return _submitted(fact)
        case NoticeReceiptRecorded():
            at = fact.received_at
            when = f", received {at:%Y-%m-%d %H:%M} UTC" if at is not None else ""
            what = f"The authority confirmed the notice of entry {fact.submission}{when}"
            return f"{what}{_because(fact.reference)}"
        case NoticeWithdrawn():
            return f"{_withdrawn(fact)}{_because(fact.because)}"
        case _:
            assert_never(fact)


def _drafted(fact: NoticeDrafted) -> str:
    corrects = f", correcting {fact.corrects}" if fact.corrects else ""
    counts = [
        f"{len(fields)} {what}"
        for fields, what in (
            (fact.missing, "missing"), (fact.unknown, "unknown"),
            (fact.contradicts, "contradicting what was said before"),
        )
        if fields
    ]  # fmt: skip
    how = f"; fields: {', '.join(counts)}" if counts else "; every mandatory field is filled"
    return f"Notice {fact.notice} under {fact.rule} drafted{corrects}{how}"


def _submitted(fact: NoticeSubmitted) -> str:
    name = f"Notice {fact.notice}" if fact.notice else "A notice written outside of Tocsin"
    to = f" to {', '.join(fact.to)}" if fact.to else ""
    by = f" by {fact.sent_by}" if fact.sent_by else ""
    channel = f", {fact.channel}" if fact.channel else ""
    confirmed = f"; confirmed as {fact.reference}" if fact.reference else "; not confirmed yet"
    stage = f" ({fact.stage})" if fact.stage else ""
    due = fact.period
    by_then = f"{due.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if due is not None else ""
    served = f" for what was due by {by_then}" if by_then else ""
    entry = "entry " if fact.corrects and fact.corrects.isdecimal() else ""
    wrong = f", correcting {entry}{fact.corrects}" if fact.corrects else ""
    how = f"{served}{to}{by}{channel}{wrong}{confirmed}{_because(fact.because)}"
    return f"{name} under {fact.rule}{stage} submitted{how}"


def _withdrawn(fact: NoticeWithdrawn) -> str:
    if not fact.submission:
        return f"Notice {fact.notice} withdrawn"
    which = f"Notice {fact.notice}" if fact.notice else "A notice written outside of Tocsin"
    return f"{which} withdrawn: what entry {fact.submission} says was submitted counts no more"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
