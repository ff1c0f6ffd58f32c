"""That a notice went to an authority, and what came back: recorded once, for the approved bytes.

Tocsin sends nothing to an authority by itself: a person submits, over the portal or address that
the authority names, and says so here. What was sent outside of Tocsin is recorded with a reason.
The stages that follow start from here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.desk.approving.agreeing import spoken
from tocsin.desk.law.notice_forms import READS, check_filled, check_quotes, notices_in
from tocsin.desk.law.notices import asked_of, notice_named
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.duties.law import Law, Rule
from tocsin.duties.scope import of_organisation
from tocsin.facts import Draft, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.entry import ORGANISATION_LOG, SEQ_DIGITS_MAX
from tocsin.facts.notices import NoticeReceiptRecorded, NoticeSubmitted
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.legal import HAS_OBJECT
from tocsin.incident.model import earliest_awareness
from tocsin.incident.notices import Notice, Notices, NoticeSent
from tocsin.register.agreed import agreed
from tocsin.world import Appended


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """How a notice went.

    Args:
        sent: the bytes of the file that was sent; None where the text was typed into a portal.
        to: the authorities; empty is those that the notice names.
        sent_by: who sent it, where it was not who says so.
        reference: number or words of the authority's answer; `receipt` the answer itself.
    """

    at: datetime
    channel: str
    to: tuple[str, ...] = ()
    sent: bytes | None = None
    sent_by: str = ""
    reference: str = ""
    receipt: bytes | None = None


def submitted(desk: Writer, log: str, notice: str, how: Submission, by: By) -> Appended:
    """Record that an approved notice of Tocsin went.

    Raises:
        Refused: not approved, other bytes, before the approval or before anybody was aware.
    """
    check_person(desk, by.author)

    def judge(known: Known) -> Sequence[Draft]:
        one = notice_named(notices_in(known), notice)
        _check_approved(desk, known, one, how)
        fact = _fact(desk, known, how, one=one)
        return [Draft(fact=fact, happened_at=how.at)]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def submitted_outside(
    desk: Writer, log: str, rule: Rule, how: Submission, because: str, by: By,
    *, corrects: str | None = None,
) -> Appended:  # fmt: skip
    """Record that somebody told an authority outside of Tocsin, and why so.

    Args:
        corrects: the notice that went before and that this one corrects, or the entry by which it
            was submitted.

    Raises:
        Refused: no reason, nobody named as receiver, or before anybody was aware.
    """
    check_person(desk, by.author)
    if not because.strip():
        raise Refused("say why it went outside of Tocsin: --because ...")

    def judge(known: Known) -> Sequence[Draft]:
        notices = notices_in(known)
        wrong = submission_named(notices, corrects) if corrects is not None else None
        if wrong is not None and wrong.fact.rule != rule.id:
            raise Refused(
                f"{corrects} went under {wrong.fact.rule}; a correction is under the same rule"
            )
        fact = _fact(desk, known, how, rule=rule, because=because.strip(),
                     corrects=(wrong.fact.notice or str(wrong.seq)) if wrong else None)  # fmt: skip
        _check_new(notices, fact, how.at)
        return [Draft(fact=fact, happened_at=how.at)]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def submitted_by_organisation(
    desk: Writer, law: Law, rule: Rule, how: Submission, because: str, by: By
) -> Appended:
    """Record that what a rule asks of the organisation again and again went, and for which period.

    Raises:
        Refused: it is a rule of incidents, nobody is named as receiver, or it is on record.
    """
    check_person(desk, by.author)
    if not of_organisation(rule, law.dictionary):
        raise Refused(
            f"{rule.id} is asked of an incident; name it: tocsin notice submitted INCIDENT "
            f"--outside {rule.id}"
        )

    def judge(known: Known) -> Sequence[Draft]:
        fact = _fact(desk, known, how, rule=rule, because=because.strip())
        _check_new(notices_in(known), fact, how.at)
        return [Draft(fact=fact, happened_at=how.at)]

    return desk.decide_known(
        ORGANISATION_LOG, judge, by.author, client_key=by.client_key, sign=by.sign
    )


def confirmed(
    desk: Writer, log: str, which: str, by: By, *, reference: str = "",
    receipt: bytes | None = None, received_at: datetime | None = None,
) -> Appended:  # fmt: skip
    """Record what the authority gave back for a submission.

    Args:
        which: the notice, "N1", or the number of the entry by which it was submitted.

    Raises:
        Refused: no such submission, or nothing to record.
    """
    check_person(desk, by.author)
    if not reference.strip() and receipt is None:
        raise Refused("say what came back: its number (--reference) or the file (--file)")

    _check_one_line(reference)

    def judge(known: Known) -> Sequence[Draft]:
        sent = submission_named(notices_in(known), which)
        if received_at is not None and received_at < sent.at:
            raise Refused(
                f"the authority cannot have received at {received_at:%Y-%m-%d %H:%M} what was "
                f"submitted at {sent.at:%Y-%m-%d %H:%M} UTC"
            )
        check_quotes(known.entries, reference)
        fact = NoticeReceiptRecorded(
            submission=sent.seq, reference=reference.strip(), file=_kept(desk, receipt),
            received_at=received_at,
        )  # fmt: skip
        return [Draft(fact=fact, happened_at=desk.world.clock.now())]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def submission_named(notices: Notices, which: str) -> NoticeSent:
    """The submission of a notice, or that an entry recorded, and that counts. Raises Refused."""
    found = _submission_named(notices, which)
    if found.taken_back is not None:
        raise Refused(
            f"{which} counts no more: {found.taken_back.by} withdrew it (entry "
            f"{found.taken_back.seq}); if it went after all, say so anew: tocsin notice submitted"
        )
    return found


def _submission_named(notices: Notices, which: str) -> NoticeSent:
    if which.isdecimal() and len(which) <= SEQ_DIGITS_MAX:
        found = notices.submission(int(which))
        if found is None:
            listed = ", ".join(str(one.seq) for one in notices.sent) or "none yet"
            raise Refused(f"entry {which} records no submission; those that do: {listed}")
        return found
    one = notice_named(notices, which)
    if one.sent is None:
        raise Refused(
            f"{one.id} is {one.state.value}, and was not submitted: tocsin notice submitted"
        )
    return one.sent


def _fact(
    desk: Writer, known: Known, how: Submission, *, one: Notice | None = None,
    rule: Rule | None = None, because: str = "", corrects: str | None = None,
) -> NoticeSubmitted:  # fmt: skip
    if known.log != ORGANISATION_LOG:
        _check_aware(known, how.at)
    if not how.to:
        raise Refused("say which authority got it: --authority ...")
    check_filled(how.to)
    _check_one_line(how.channel, how.reference, *how.to)
    check_quotes(known.entries, how.channel, how.reference, because, *how.to)
    if not how.channel.strip():
        raise Refused("say by which way it went: --channel 'the portal of ...'")
    id = one.draft.rule if one is not None else rule.id if rule is not None else ""
    return NoticeSubmitted(
        notice=one.id if one is not None else None,
        rule=id,
        stage=one.draft.stage if one is not None else (rule.stage or "") if rule else "",
        document=one.draft.document if one is not None else None,
        sent=_kept(desk, how.sent),
        channel=how.channel.strip(),
        to=how.to,
        sent_by=how.sent_by,
        reference=how.reference.strip(),
        receipt_file=_kept(desk, how.receipt),
        corrects=one.draft.corrects if one is not None else corrects,
        because=because,
        period=_period(known, id),
    )


def _period(known: Known, rule: str) -> datetime | None:
    """By when that was due, as far as anybody knew, of which the organisation is asked."""
    now = known.legal.outcome(rule) if known.log == ORGANISATION_LOG else None
    return now.conservative_at if now is not None and now.standing in HAS_OBJECT else None


def _check_approved(desk: Writer, known: Known, one: Notice, how: Submission) -> None:
    if not one.may_go:
        raise Refused(
            f"{one.id} is {one.state.value}; what went is corrected by another notice: tocsin "
            "notice correct"
        )
    stands = agreed(asked_of(desk, known, one), spoken(one.valid))
    if not stands.holds:
        missing = ", ".join(stands.missing) or "nobody may refuse it"
        raise Refused(
            f"{one.id} is not approved as it stands: {missing} must approve (tocsin notice approve)"
            "; if it went nevertheless, record it as sent outside: tocsin notice submitted "
            f"INCIDENT --outside {one.draft.rule} --because ..."
        )
    approved = max((said.at for said in one.valid), default=one.at)
    if how.at < _minute(approved):
        raise Refused(
            f"{one.id} was approved at {approved:%Y-%m-%d %H:%M:%S} UTC, after that; what went "
            f"before was not this approved text: record it as sent outside (--outside "
            f"{one.draft.rule} --because ...)"
        )
    if how.sent is not None:
        _check_bytes(one, how.sent)


def _check_bytes(one: Notice, sent: bytes) -> None:
    digest = sha256_hex(sent)
    if digest not in (one.draft.document, *one.draft.prints):
        raise Refused(
            f"these bytes ({digest[:12]}) are not those that were approved; export them again "
            f"(tocsin notice export INCIDENT {one.id}), or draft and approve what you want to send"
        )


def _check_aware(known: Known, at: datetime) -> None:
    """Nobody tells an authority before anybody knew."""
    first = earliest_awareness(replay(known.entries))
    if first is None:
        raise Refused(
            "nobody is on record as aware, so nobody can have told an authority; say first who "
            "became aware and when: tocsin incident aware"
        )
    if at >= _minute(first.at):
        return
    shown = earliest_awareness(replay(as_read_by(known.entries, READS)))
    if shown is None or at >= _minute(shown.at):
        raise Refused(
            "that lies before anybody was aware, by an entry that not everybody may read; give "
            "the right instant, or ask counsel"
        )
    raise Refused(
        f"submitted at {at:%Y-%m-%d %H:%M} lies before the first awareness, "
        f"{shown.at:%Y-%m-%d %H:%M} UTC (entry {shown.seq}); one of the two is wrong: give the "
        "right instant, or record who was aware before"
    )


def _check_one_line(*texts: str) -> None:
    """A line break in a number would look like a line of the record."""
    for text in texts:
        if not text.strip().isprintable():
            raise Refused(f"{text!r} is not one line; write it on one line, as it was given")


def _minute(at: datetime) -> datetime:
    """The minute in which an instant lies: people write no seconds."""
    return at.replace(second=0, microsecond=0)


def _check_new(notices: Notices, fact: NoticeSubmitted, at: datetime) -> None:
    for one in notices.standing:
        if (one.fact.rule, one.at, one.fact.to) == (fact.rule, at, fact.to):
            raise Refused(
                f"entry {one.seq} records this already: {fact.rule}, at that instant, to the same"
            )


def _kept(desk: Writer, data: bytes | None) -> str | None:
    """The digest of a file, once it lies in the vault."""
    if data is None:
        return None
    desk.world.vault.put(io.BytesIO(data))  # before any fact names it
    return sha256_hex(data)
