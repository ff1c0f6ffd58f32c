"""Notices on a screen: each field with what fills it, what is missing, who must say yes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from tocsin.desk.law.notices import LookedNotice, ProposedNotice
from tocsin.dossier.duties import stamp
from tocsin.dossier.notice_document import NoticeDocument
from tocsin.duties.fields import FieldSet
from tocsin.duties.freshness import stale_words
from tocsin.duties.law import Rule
from tocsin.duties.notice import NOT_ADVICE, FieldState, FilledField
from tocsin.incident.model import COUNSEL
from tocsin.incident.notices import Notice, NoticeSent, NoticeState
from tocsin.register.audiences import EXECUTIVE
from tocsin.register.model import Register

ENDINGS = ("md", "html", "docx")
_MARKS = {
    FieldState.FILLED: " ",
    FieldState.MISSING: "-",
    FieldState.UNKNOWN: "?",
    FieldState.NOT_APPLICABLE: "/",
    FieldState.WHEN_SUBMITTED: " ",
    FieldState.CONTRADICTS: "!",
}
_WORDS = {
    FieldState.UNKNOWN: "not known yet",
    FieldState.NOT_APPLICABLE: "does not apply",
    FieldState.WHEN_SUBMITTED: "filled when it is submitted",
}


def field_lines(fields: Iterable[FilledField]) -> Iterator[str]:
    """Each field: what fills it, or what is to be given, and what contradicts."""
    section = ""
    for one in fields:
        if one.field.section != section:
            section = one.field.section
            yield f"== {section}"
        unverified = "" if one.field.grade.verified else " (unverified)"
        mark = "*" if one.is_lacking else _MARKS[one.state]
        yield f"{mark} {one.field.id}  {one.field.label}{unverified}"
        yield from (f"      {each}" for each in _content(one))


def _content(one: FilledField) -> Iterator[str]:
    for said in one.said:
        by = f"by {said.by}, " if said.by else ""
        where = f"entry {', '.join(map(str, said.entries))}" if said.entries else "register or law"
        yield f"{said.text}  [{by}{where}]"
    if one.state in _WORDS:
        why = f": {one.why}" if one.why else ""
        yield f"{_WORDS[one.state]}{why}"
    if one.state is FieldState.MISSING:
        need = {"yes": "MISSING", "if": f"if {one.field.needed_if}"}.get(
            one.field.needed.value, one.field.needed.value.replace("-", " ")
        )
        yield f"{need}: {one.field.give}"
    for each in one.conflicts:
        yield (
            f"CONTRADICTS {each.told_in} (entry {', '.join(map(str, each.earlier_entries))}): "
            f"{each.earlier}"
        )
        yield f"      now (entry {', '.join(map(str, each.now_entries))}): {each.now}"


def warnings(form: FieldSet, today: date, rule: Rule | None = None) -> list[str]:
    """What nobody read, or nobody compared for long."""
    told = []
    if rule is not None and not rule.grade.verified:
        told.append(f"UNVERIFIED: nobody read the source of {rule.id}")
    if not form.grade.verified:
        told.append(f"UNVERIFIED: nobody compared the form {form.id} with its source")
    stale = stale_words(form, today)
    return [*told, f"WARNING: {form.id} {stale}"] if stale else told


def summary_lines(fields: tuple[FilledField, ...]) -> Iterator[str]:
    """How complete it is."""
    filled = sum(1 for one in fields if one.said)
    yield f"{filled} of {len(fields)} fields are filled"
    for what, ids in completeness(fields).items():
        if ids and what != "filled":
            yield f"{what.replace('_', ' ')}: {', '.join(ids)}"


def completeness(fields: tuple[FilledField, ...]) -> Mapping[str, list[str]]:
    """The ids of fields by how far they are."""
    return {
        "filled": [one.field.id for one in fields if one.said],
        "missing": [one.field.id for one in fields if one.is_lacking],
        "unknown": [one.field.id for one in fields if one.state is FieldState.UNKNOWN],
        "contradicts": [one.field.id for one in fields if one.conflicts],
        "to_check": [one.field.id for one in fields if one.is_to_check],
    }


def proposed_data(made: ProposedNotice, incident: str) -> dict[str, object]:
    """A notice as it stands now, as data."""
    draft, asked = made.draft, made.asked
    return {
        "incident": incident,
        "notice": draft.notice,
        "rule": draft.rule,
        "stage": draft.stage,
        "asks": asked.rule.says,
        "paragraphs": list(asked.rule.paragraphs),
        "to": list(asked.to),
        "corrects": draft.corrects,
        "form": form_data(asked.fields),
        "law": draft.law,
        "document": draft.document,
        "prints": dict(zip(ENDINGS, draft.prints, strict=True)),
        "completeness": completeness(made.made.fields),
        "fields": [_field_data(one) for one in made.made.fields],
        "on_record": made.is_recorded,
        "not_advice": NOT_ADVICE,
    }


def form_data(form: FieldSet) -> dict[str, object]:
    """A form, as data."""
    return {
        "id": form.id,
        "title": form.title,
        "instrument": form.instrument,
        "version": form.version,
        "compared_on": form.compared_on.isoformat(),
        "grade": form.grade.value,
        "verified": form.grade.verified,
        "fields": len(form.fields),
        "notes": list(form.notes),
    }


def _field_data(one: FilledField) -> dict[str, object]:
    field = one.field
    return {
        "id": field.id,
        "number": field.number,
        "section": field.section,
        "label": field.label,
        "give": field.give,
        "needed": field.needed.value,
        "needed_if": field.needed_if,
        "shape": field.shape.value,
        "choices": list(field.choices),
        "from": [str(place) for place in field.from_],
        "unverified": not field.grade.verified,
        "state": one.state.value,
        "said": [
            {"text": each.text, "entries": each.entries, "sure": each.sure, "by": each.by}
            for each in one.said
        ],
        "why": one.why,
        "conflicts": [
            {"told_in": each.told_in, "earlier": each.earlier,
             "earlier_entries": each.earlier_entries, "now": each.now,
             "now_entries": each.now_entries}
            for each in one.conflicts
        ],
    }  # fmt: skip


def notice_data(one: Notice) -> dict[str, object]:
    """A notice of the list, as data."""
    draft, sent = one.draft, one.went
    return {
        "notice": one.id,
        "rule": draft.rule,
        "stage": draft.stage,
        "form": draft.fields,
        "state": one.state.value,
        "drafted_at": one.at,
        "drafted_by": one.by,
        "drafts": one.drafts,
        "document": draft.document,
        "missing": list(draft.missing),
        "unknown": list(draft.unknown),
        "contradicts": list(draft.contradicts),
        "corrects": draft.corrects,
        "corrected_by": one.corrected_by,
        "submitted": sent_data(sent) if sent is not None else None,
        "withdrawn": [sent_data(sent) for sent in one.taken_back],
    }


def sent_data(sent: NoticeSent) -> dict[str, object]:
    """A submission, as data."""
    fact = sent.fact
    return {
        "entry": sent.seq,
        "notice": fact.notice,
        "rule": fact.rule,
        "stage": fact.stage,
        "submitted_at": sent.at,
        "recorded_at": sent.recorded_at,
        "recorded_by": sent.by,
        "sent_by": fact.sent_by or sent.by,
        "channel": fact.channel,
        "to": list(fact.to),
        "document": fact.document,
        "sent": fact.sent,
        "reference": sent.reference,
        "confirmed": sent.is_confirmed,
        "corrects": fact.corrects,
        "because": fact.because,
        "withdrawn": withdrawn_line(sent) or None,
    }


def withdrawn_line(sent: NoticeSent) -> str:
    """That a submission counts no more, by whose word and why; empty where it does."""
    back = sent.taken_back
    if back is None:
        return ""
    return (
        f"WITHDRAWN by {back.by} at {stamp(back.at)}: submitted {stamp(sent.at)} (entry {sent.seq})"
        f", counts no more: {back.fact.because}"
    )


def notice_line(one: Notice, *, approved: bool) -> str:
    """A notice in one line; a draft that may go as it stands is called approved."""
    sent = one.went
    state = "approved" if approved and one.is_open else one.state.value
    when = f", submitted {sent.at:%Y-%m-%d %H:%M} UTC" if sent is not None else ""
    stage = f" ({one.draft.stage})" if one.draft.stage else ""
    confirmed = f", confirmed as {sent.reference}" if sent is not None and sent.reference else ""
    corrects = f", corrects {one.draft.corrects}" if one.draft.corrects else ""
    by = f", corrected by {one.corrected_by}" if one.corrected_by else ""
    by += "".join(f"; {withdrawn_line(sent)}" for sent in one.taken_back)
    return f"{one.id}  {state}  {one.draft.rule}{stage}{when}{confirmed}{corrects}{by}"


def sent_line(sent: NoticeSent) -> str:
    """A submission outside of Tocsin in one line."""
    fact = sent.fact
    stage = f" ({fact.stage})" if fact.stage else ""
    confirmed = f", confirmed as {sent.reference}" if sent.reference else ""
    gone = withdrawn_line(sent)
    return (
        f"entry {sent.seq}  sent outside of Tocsin  {fact.rule}{stage}, {sent.at:%Y-%m-%d %H:%M} "
        f"UTC, to {', '.join(fact.to)}{confirmed}: {fact.because}{f'; {gone}' if gone else ''}"
    )


def people_lines(looked: LookedNotice) -> Iterator[str]:
    """Who approved, and who must still."""
    for role in looked.approved_by:
        author = looked.agreed.by.get(role)
        yield f"{role}: {'approved by ' + author.who if author else 'has not approved yet'}"
    for bad in looked.agreed.disregarded:
        yield f"entry {bad.seq} does not count: {bad.why}"
    if looked.agreed.declined_by is not None:
        yield "refused by {} as {}".format(*looked.agreed.declined_by)


def next_command(looked: LookedNotice, name: str, register: Register) -> str:
    """The one command that brings a notice on."""
    one, state = looked.notice, looked.notice.state
    if state is NoticeState.DRAFT:
        if looked.agreed.declined_by is not None:
            return f"tocsin notice draft {name} {one.draft.rule}"
        if looked.agreed.missing:
            role = looked.agreed.missing[0]
            why = " --because ..." if one.draft.missing or one.draft.contradicts else ""
            return (
                f"tocsin notice approve {name} {one.id} --as {_who(register, role)} --key KEY{why}"
            )
        return f"tocsin notice submitted {name} {one.id} --channel 'the portal of ...'"
    if one.may_go and looked.agreed.holds:
        return f"tocsin notice submitted {name} {one.id} --channel 'the portal of ...' --at INSTANT"
    if state is NoticeState.SUBMITTED:
        return f"tocsin notice confirmed {name} {one.id} --reference NUMBER"
    return f"tocsin notice list {name}"


def _who(register: Register, role: str) -> str:
    have = [one.id for one in register.people.values() if role in one.roles]
    return shlex.quote(have[0]) if have else {COUNSEL: "COUNSEL", EXECUTIVE: "EXECUTIVE"}.get(
        role, role.upper()
    )  # fmt: skip


def document_lines(document: NoticeDocument) -> Iterator[str]:
    """A notice that went, as it went."""
    section = ""
    for one in document.fields:
        if one.section != section:
            section = one.section
            yield f"== {section}"
        yield f"  {one.id}  {one.label}{' (unverified)' if one.unverified else ''}"
        for said in one.said:
            yield f"      {said.text}"
        if not one.said:
            yield f"      {one.state}{': ' + one.why if one.why else ''}"
