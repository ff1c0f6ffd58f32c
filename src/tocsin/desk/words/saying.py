"""Words for an audience before they go: drafted to the byte, with all that speaks against them.

A draft that is not let go yet is drafted anew under its own id; what people said about its older
bytes is void then. Looking records nothing.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.desk.approving.agreeing import asked_about, named, spoken
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import addresses_for
from tocsin.desk.plans.runs import By
from tocsin.desk.record import DESK_AUTHOR, Writer
from tocsin.desk.words.statement_files import template_for
from tocsin.facts import Access, Draft, Entry, Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.statements import (
    Audience,
    FlagOverridden,
    Moment,
    StatementDrafted,
    StatementFlagged,
)
from tocsin.incident.fold import replay
from tocsin.incident.refusals import require_known
from tocsin.incident.statements import Statement, Statements, promised
from tocsin.playbook.templates import text_bytes
from tocsin.register.agreed import Agreed, Asked, agreed, override_holds
from tocsin.register.audiences import Reach, reach_of
from tocsin.register.mistakes import did_you_mean
from tocsin.statement.checks import NEVER_OVERRIDDEN, Found, Words, blocks, flags
from tocsin.statement.context import Wish, context_of
from tocsin.statement.plain import plain_lines
from tocsin.statement.template import USUAL_LANGUAGE, Template, forbidden_in


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks to say to an audience.

    Args:
        moment: None is the first words, or an update where something was said before.
        claims: ids of the claims to be told as known; None is all that are confirmed.
        corrects: of a correction, the words that it corrects; None is the last that went.
    """

    audience: Audience
    moment: Moment | None = None
    added: str = ""
    next_update_at: datetime | None = None
    claims: tuple[str, ...] | None = None
    corrects: str | None = None
    language: str = USUAL_LANGUAGE


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """Words as they would be recorded now.

    Args:
        label: who may read the draft.
        data: the very bytes.
        flags: what speaks against them.
        before: the open draft whose place they take; None where there is none.
        addresses: to whom they would go.
    """

    draft: StatementDrafted
    label: Access
    data: bytes
    template: Template
    reach: Reach
    flags: tuple[Found, ...]
    before: Statement | None
    addresses: tuple[str, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether just these words are on record and open."""
        return self.before is not None and self.before.draft == self.draft


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """Words on record, as they stand with people and with the record now.

    Args:
        flags: what is found now; `open_flags` those that keep them from going.
    """

    statement: Statement
    text: bytes
    reach: Reach
    agreed: Agreed
    flags: tuple[Found, ...]
    open_flags: tuple[Found, ...]
    addresses: tuple[str, ...]


def propose(desk: Writer, log: str, request: Request) -> Proposed:
    """The words that would be drafted now. Records nothing.

    Raises:
        Refused: no such incident, claim or template, nothing to correct, a promise that is over.
    """
    return _proposed(desk, desk.known(log), request)


def draft_words(desk: Writer, log: str, request: Request, by: By) -> Statement:
    """Record the words, and what speaks against them; the statement as it stands then.

    Raises:
        Refused: as `propose`, or the words quote what this audience may not read.
    """
    ids: list[str] = []

    def judge(known: Known) -> Sequence[Draft]:
        made = _proposed(desk, known, request)
        leaking = [one for one in made.flags if one.flag in NEVER_OVERRIDDEN]
        if leaking:
            raise Refused("; ".join(one.why for one in leaking))
        ids[:] = [made.draft.statement]
        if made.is_recorded:
            return []
        for data in (made.data, made.template.data):  # before any fact names it
            desk.world.vault.put(io.BytesIO(data))
        now = desk.world.clock.now()
        return [Draft(fact=made.draft, happened_at=now, access=made.label)]

    earlier = desk.answered(log, by.author, by.client_key)
    if earlier is not None:
        fact = desk.world.journal.read(log, earlier.first_seq - 1)[0].fact
        if not isinstance(fact, StatementDrafted):
            raise Refused(f"client key {by.client_key} was used for something else")
        ids[:] = [fact.statement]
    else:
        desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    flag_anew(desk, log, ids[0])
    return statement_named(desk.known(log).statements, ids[0])


def flag_anew(desk: Writer, log: str, statement: str) -> None:
    """Record what speaks against these words now and is not on record about these very bytes."""

    def judge(known: Known) -> Sequence[Draft]:
        looked = look_at(desk, known, statement)
        on_record = {(one.flag, one.about) for one in looked.statement.flags}
        now, text = desk.world.clock.now(), looked.statement.draft.text
        facts = [
            StatementFlagged(
                statement=statement, text=text, flag=one.flag, about=one.about, why=one.why
            )
            for one in looked.flags
            if (one.flag, one.about) not in on_record
        ]
        return [Draft(fact=one, happened_at=now, access=looked.statement.access) for one in facts]

    desk.decide_known(log, judge, DESK_AUTHOR)


def look(desk: Writer, log: str, statement: str) -> Looked:
    """Words on record as they stand now. Raises Refused when there are none of this id."""
    return look_at(desk, desk.known(log), statement)


def look_at(desk: Writer, known: Known, statement: str) -> Looked:
    """As `look`, while something is being decided about the log."""
    statements = known.statements
    one = statement_named(statements, statement)
    register = desk.knowledge.register()
    reach = reach_of(register, one.draft.audience)
    text = kept_text(desk, one.draft.text)
    words = Words(
        draft=one.draft,
        text=text.decode(),
        forbids=forbidden_in(kept_text(desk, one.draft.template_digest).decode()),
        reach=reach,
    )
    found = flags(words, known.entries, desk.world.clock.now())
    return Looked(
        statement=one,
        text=text,
        reach=reach,
        agreed=agreed(asked_of(desk, known, one), spoken(one.valid)),
        flags=tuple(found),
        open_flags=tuple(
            each
            for each in found
            if blocks(each, words) and not _is_overridden(desk, known, one, each)
        ),
        addresses=addresses_for(register, statements, one.draft),
    )


def asked_of(desk: Writer, known: Known, statement: Statement) -> Asked:
    """What people decide about these words, and against what their say is held."""
    roles = reach_of(desk.knowledge.register(), statement.draft.audience).approved_by
    return asked_about(desk, known, statement.draft.text, roles)


def statement_named(statements: Statements, id: str) -> Statement:
    """The words with this id. Raises Refused, naming those there are."""
    return named(statements.by_id, id, "no words are")


def kept_text(desk: Writer, digest: str) -> bytes:
    """What the vault keeps under this digest."""
    with desk.world.vault.open(digest) as kept:
        return kept.read()


def _is_overridden(desk: Writer, known: Known, one: Statement, found: Found) -> bool:
    if found.flag in NEVER_OVERRIDDEN:
        return False
    asked = asked_of(desk, known, one)
    return any(
        isinstance(said.fact, FlagOverridden)
        and (said.fact.flag, said.fact.about) == (found.flag, found.about)
        and override_holds(asked, said)
        for said in spoken(one.valid)
    )


def _proposed(desk: Writer, known: Known, request: Request) -> Proposed:
    entries, register, now = known.entries, desk.knowledge.register(), desk.world.clock.now()
    _check(entries, request, now)
    statements = known.statements
    moment = request.moment or _usual(statements, request)
    corrects = _corrected(statements, request, moment)
    reach = reach_of(register, request.audience)
    late = [one for one in promised(statements) if one.is_late(now)]
    wish = Wish(
        moment=moment,
        added=request.added,
        next_update_at=request.next_update_at,
        claims=request.claims,
        corrects=corrects,
        late=next((one for one in late if one.audience == request.audience.value), None),
    )
    context, stated = context_of(entries, register, reach, wish)
    template = template_for(desk.world.home, request.audience, moment, request.language)
    data = text_bytes(*template.filled(context))
    before = _open(statements, request, moment, corrects)
    draft = StatementDrafted(
        statement=before.id if before else f"S{len(statements.by_id) + 1}",
        audience=request.audience,
        moment=moment,
        language=template.language,
        template=template.name,
        template_digest=template.digest,
        text=sha256_hex(data),
        known=stated.known,
        suspected=stated.suspected,
        refuted=stated.refuted,
        questions=stated.questions,
        figures=stated.figures,
        evidence=stated.evidence,
        added=plain_lines(request.added),
        next_update_at=request.next_update_at,
        corrects=corrects.id if corrects else None,
    )
    words = Words(draft=draft, text=data.decode(), forbids=template.forbids, reach=reach)
    return Proposed(
        draft=draft,
        label=stated.label,
        data=data,
        template=template,
        reach=reach,
        flags=tuple(flags(words, entries, now)),
        before=before,
        addresses=addresses_for(register, statements, draft),
    )


def _check(entries: Sequence[Entry], request: Request, now: datetime) -> None:
    incident = replay(entries)
    require_known(incident)
    if not incident.systems:
        raise Refused(
            f"incident {incident.id} names no system, so words would name none; name it: "
            f"tocsin incident widen {incident.id} --system NAME --because ..."
        )
    if request.next_update_at is not None and request.next_update_at <= now:
        raise Refused(
            f"the next update cannot be promised for {request.next_update_at:%Y-%m-%d %H:%M} UTC, "
            "which is over; name a later time"
        )
    if request.next_update_at is not None and request.moment is Moment.FINAL:
        raise Refused("last words promise no next update; leave out --next-update")
    there = [one.id for one in incident.claims]
    for claim in request.claims or ():
        if claim not in there:
            among = f"there are: {', '.join(there) or 'none'}"
            raise Refused(f"no claim is called {claim}; {did_you_mean(claim, there, among)}")


def _usual(statements: Statements, request: Request) -> Moment:
    if request.corrects is not None:
        return Moment.CORRECTION
    return Moment.UPDATE if _went(statements, request) else Moment.FIRST


def _went(statements: Statements, request: Request) -> list[Statement]:
    """What this audience may have heard already."""
    said = statements.of(request.audience.value)
    return [one for one in said if one.run is not None and not one.nobody_got_it]


def _corrected(statements: Statements, request: Request, moment: Moment) -> Statement | None:
    if moment is not Moment.CORRECTION:
        if request.corrects is not None:
            raise Refused(
                "only a correction corrects; leave out --corrects, or: --moment correction"
            )
        return None
    if request.corrects is not None:
        one = statement_named(statements, request.corrects)
        if one.run is None or one.draft.audience is not request.audience:
            raise Refused(
                f"{one.id} is {one.state.value} and for {one.draft.audience.value}; only what went "
                "to this audience can be corrected"
            )
        if one.nobody_got_it:
            raise Refused(
                f"{one.id} reached nobody, so there is nothing to correct; send it again from the "
                "outbox (tocsin outbox list), or draft it anew without --corrects"
            )
        return one
    went = _went(statements, request)
    if not went:
        raise Refused(
            f"nothing went to {request.audience.value} that could be corrected; say it for the "
            "first time: --moment first"
        )
    return went[-1]


def _open(
    statements: Statements, request: Request, moment: Moment, corrects: Statement | None
) -> Statement | None:
    wanted = corrects.id if corrects else None
    for one in statements.of(request.audience.value):
        same = (one.draft.moment, one.draft.language, one.draft.corrects)
        if one.is_open and same == (moment, request.language, wanted):
            return one
    return None
