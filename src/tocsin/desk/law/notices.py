"""Notices to authorities before they go: drafted to the byte, answered field by field, looked at.

A draft that is not submitted yet is drafted anew under its own id; what people said about its older
document is void then. Looking records nothing. How a notice reads is handed in: the desk decides
and records, and writes no document.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tocsin.desk.approving.agreeing import asked_about, named, spoken
from tocsin.desk.law.notice_forms import (
    Pack,
    Request,
    answer_fields,
    check_filled,
    check_quotes,
    form_of,
    next_id,
    notices_in,
    recipients_of,
    rule_of,
)
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.desk.words.saying import kept_text
from tocsin.duties.law import Rule
from tocsin.duties.notice import Asked, DraftedNotice
from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.notices import NoticeDrafted
from tocsin.incident.fold import replay
from tocsin.incident.notices import Notice, Notices
from tocsin.incident.refusals import require_known
from tocsin.register.agreed import Agreed, agreed
from tocsin.register.agreed import Asked as AskedOfPeople
from tocsin.register.audiences import approvers_of_notices
from tocsin.register.model import Register

Write = Callable[[Asked, Sequence[Entry], Register], DraftedNotice]
"""From what is asked, a whole log and the register: the notice that they give."""


class ProposedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it would be recorded now.

    Args:
        before: the open draft whose place it takes; None where there is none.
    """

    draft: NoticeDrafted
    asked: Asked
    made: DraftedNotice
    before: Notice | None

    @property
    def is_recorded(self) -> bool:
        """Whether just this document is on record and open."""
        return self.before is not None and self.before.draft == self.draft


class LookedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice on record, as it stands with people.

    Args:
        document: its very bytes.
        approved_by: the roles that must approve it.
    """

    notice: Notice
    document: bytes
    approved_by: tuple[str, ...]
    agreed: Agreed


def propose(
    desk: Writer, log: str, request: Request, pack: Pack, write: Write
) -> ProposedNotice:  # fmt: skip
    """The notice that would be drafted now, with the answers that are on record. Records nothing.

    Raises:
        Refused: no such incident, rule or form, or nothing to correct.
    """
    return _proposed(desk, desk.known(log), request, pack, write)


def draft_notice(
    desk: Writer, log: str, request: Request, pack: Pack, write: Write, by: By
) -> ProposedNotice:
    """Record the answers, then the notice that the record gives with them.

    Raises:
        Refused: as `propose`, or an answer does not fit its field or quotes what is for counsel.
    """
    check_person(desk, by.author)
    if request.answers:
        answer_fields(desk, log, request, pack, by)
    made: list[ProposedNotice] = []

    def judge(known: Known) -> Sequence[Draft]:
        found = _proposed(desk, known, request, pack, write)
        made[:] = [found]
        if found.is_recorded:
            return []
        for data in (found.made.document, *found.made.prints):  # before any fact names it
            desk.world.vault.put(io.BytesIO(data))
        return [Draft(fact=found.draft, happened_at=desk.world.clock.now())]

    desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    if not made:  # a repetition: what is on record stands
        made = [_proposed(desk, desk.known(log), request, pack, write)]
    return made[0]


def look(desk: Writer, log: str, notice: str) -> LookedNotice:
    """A notice on record as it stands now. Raises Refused when there is none of this id."""
    return look_at(desk, desk.known(log), notice)


def look_at(desk: Writer, known: Known, notice: str) -> LookedNotice:
    """As `look`, while something is being decided about the log."""
    one = notice_named(notices_in(known), notice)
    asked = asked_of(desk, known, one)
    return LookedNotice(
        notice=one,
        document=kept_text(desk, one.draft.document),
        approved_by=asked.approved_by,
        agreed=agreed(asked, spoken(one.valid)),
    )


def asked_of(desk: Writer, known: Known, one: Notice) -> AskedOfPeople:
    """What people decide about this document, and against what their say is held."""
    roles = approvers_of_notices(desk.knowledge.register())
    return asked_about(desk, known, one.draft.document, roles)


def notice_named(notices: Notices, id: str) -> Notice:
    """The notice with this id. Raises Refused, naming those there are."""
    return named(notices.by_id, id, "no notice is")


def _proposed(
    desk: Writer, known: Known, request: Request, pack: Pack, write: Write
) -> ProposedNotice:  # fmt: skip
    organisation = known.log == ORGANISATION_LOG
    if not organisation:
        require_known(replay(known.entries))
    rule = rule_of(pack.law, request.rule, organisation=organisation)
    form = form_of(request, rule, pack.forms)
    notices = notices_in(known)
    corrects = _corrected(notices, request, rule)
    check_quotes(known.entries, request.wrong, *request.to)
    check_filled(request.to)
    before = notices.open_under(rule.id, corrects)
    asked = Asked(
        notice=before.id if before else next_id(known),
        rule=rule,
        fields=form,
        law=f"{pack.law.version} {pack.law.digest}",
        to=request.to or recipients_of(desk, known, pack.law, rule),
        corrects=corrects,
        wrong=request.wrong,
        documents=_documents(desk, notices),
    )
    made = write(asked, known.entries, desk.knowledge.register())
    return ProposedNotice(draft=_draft(asked, made), asked=asked, made=made, before=before)


def _draft(asked: Asked, made: DraftedNotice) -> NoticeDrafted:
    return NoticeDrafted(
        notice=asked.notice,
        rule=asked.rule.id,
        stage=asked.rule.stage or "",
        fields=asked.fields.id,
        fields_version=f"{asked.fields.version} {asked.fields.digest}",
        law=asked.law,
        document=sha256_hex(made.document),
        prints=tuple(sha256_hex(one) for one in made.prints),
        missing=made.missing,
        unknown=made.unknown,
        contradicts=made.contradicts,
        corrects=asked.corrects,
        because=asked.wrong,
    )


def _documents(desk: Writer, notices: Notices) -> Mapping[str, bytes]:
    """The documents that went, by their digests."""
    went = [one.draft.document for one in notices.by_id.values() if one.sent is not None]
    return {digest: kept_text(desk, digest) for digest in went}


def _corrected(notices: Notices, request: Request, rule: Rule) -> str | None:
    if request.corrects is None:
        return None
    one = notice_named(notices, request.corrects)
    if one.sent is None or one.withdrawn is not None:
        raise Refused(f"{one.id} is {one.state.value}; only what was submitted can be corrected")
    if one.draft.rule != rule.id:
        raise Refused(f"{one.id} is under {one.draft.rule}; a correction is under the same rule")
    if not request.wrong.strip():
        raise Refused("say what was wrong: --because ...")
    return one.id
