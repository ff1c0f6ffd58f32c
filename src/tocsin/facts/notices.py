"""Facts about notices to authorities: drafted, approved, submitted, receipted, withdrawn.

The very document lies in the vault with its prints; whoever approves names its digest, so that
other bytes are not approved. A submission settles the stage of its rule, and later stages start
from it.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, Digest, Instant, Kind, Words


class Answered(enum.Enum):
    """What a person said about a field of a notice."""

    WRITTEN = "written"  # in these words
    UNKNOWN = "unknown"  # it was asked, and nobody knows yet
    NOT_APPLICABLE = "not-applicable"  # the field asks for what is not so here
    TAKEN_BACK = "taken-back"  # the record alone fills it again


class NoticeFieldAnswered(Kind, frozen=True, tag="notice-field-answered"):
    """A person said what a field of notices is to say; it holds for every draft after it.

    Args:
        fields: the id of the field set, "gdpr-33"; `field` the field's own within it.
        text: the words for the field, or why it is unknown or does not apply.
    """

    fields: str
    field: str
    answer: Answered
    text: Words


class NoticeDrafted(Kind, frozen=True, tag="notice-drafted"):
    """A notice was drafted from the record; under the same `notice` it replaces earlier drafts.

    Args:
        notice: its id in this incident: "N1".
        rule: the rule that asks for it, "eu/dora/19/initial"; `stage` what a submission settles,
            empty where the rule has none.
        fields: the id of the field set, `fields_version` the version and digest of it.
        law: the version of the law pack, with its digest.
        document: of the notice in the vault, as JSON.
        prints: the same as Markdown, HTML and DOCX, in this order.
        missing: the mandatory fields that nothing fills.
        unknown: fields of which it was said that nobody knows yet.
        contradicts: fields that say other than an earlier notice or statement.
        corrects: the notice that went and that this one corrects; None for none.
        because: what was wrong with that one.
    """

    asserted_by = DESK
    notice: str
    rule: str
    stage: str
    fields: str
    fields_version: str
    law: str
    document: Digest
    prints: tuple[Digest, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    contradicts: tuple[str, ...]
    corrects: str | None
    because: Words


class NoticeApproved(Kind, frozen=True, tag="notice-approved"):
    """A proven person approved this very document in a role. Another is not approved by it."""

    notice: str
    document: Digest
    role: str
    because: Words


class NoticeDeclined(Kind, frozen=True, tag="notice-declined"):
    """A proven person refused this document in a role; it is not submitted."""

    notice: str
    document: Digest
    role: str
    because: Words


class NoticeSubmitted(Kind, frozen=True, tag="notice-submitted"):
    """A notice went to an authority at `happened_at`. The stages after it start from here.

    Args:
        notice: None where it was written and sent outside of Tocsin.
        rule, stage: as of the draft; `stage` is empty where the rule has none.
        document: the approved document; None where it was written outside of Tocsin.
        sent: the bytes that were sent, in the vault; None where nobody kept them.
        channel: by which way: a portal, an address.
        to: the authorities that got it.
        sent_by: who sent it, where it was not who says so; empty otherwise.
        reference: number or words of the receipt, empty where there is none yet.
        receipt_file: the receipt itself, in the vault.
        corrects: the notice that went before and that this one corrects, or the entry by which it
            was submitted where it went outside of Tocsin; None for none.
        because: why it went outside of Tocsin; empty otherwise.
        period: of what the organisation is asked again and again: by when that was due which it
            serves, as far as anybody knew; None for everything else.
    """

    notice: str | None
    rule: str
    stage: str
    document: Digest | None
    sent: Digest | None
    channel: Words
    to: tuple[str, ...]
    sent_by: str
    reference: Words
    receipt_file: Digest | None
    corrects: str | None
    because: Words
    period: Instant | None = None


class NoticeReceiptRecorded(Kind, frozen=True, tag="notice-receipt-recorded"):
    """The authority's receipt of a submission came, or more of it.

    Args:
        submission: the place of the entry by which it was submitted.
        received_at: when the authority says that it received the notice.
        file: the receipt itself, in the vault.
    """

    submission: int
    reference: Words
    file: Digest | None
    received_at: Instant | None


class NoticeWithdrawn(Kind, frozen=True, tag="notice-withdrawn"):
    """A notice that had not gone never will; or what is said to have gone counts no more.

    Args:
        notice: empty where it was written and sent outside of Tocsin.
        submission: the entry by which it was submitted, whether that was recorded wrongly or
            withdrawn at the authority; 0 where it never was, and in older records: the last one.
    """

    notice: str
    because: Words
    submission: int = 0


NoticeFact = (
    NoticeFieldAnswered
    | NoticeDrafted
    | NoticeApproved
    | NoticeDeclined
    | NoticeSubmitted
    | NoticeReceiptRecorded
    | NoticeWithdrawn
)
