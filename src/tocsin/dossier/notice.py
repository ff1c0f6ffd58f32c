"""Drafts a notice to an authority from the record: each field filled, missing, unknown, or at odds.

Pure. What fills a field is the record or a named person, and each line says which entries it rests
on. No model's words are in it, no weighing, and nothing that only counsel or the board may read.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.dossier.escaped import line
from tocsin.dossier.notice_conflicts import with_conflicts
from tocsin.dossier.notice_document import document_bytes, document_of
from tocsin.dossier.notice_docx import as_docx
from tocsin.dossier.notice_material import READS, Material, material_of
from tocsin.dossier.notice_needed import with_needed
from tocsin.dossier.notice_paper import as_html, as_markdown
from tocsin.dossier.notice_sources import UnknownFact, said_from
from tocsin.duties.fields import Field, Shape, Source
from tocsin.duties.notice import Asked, DraftedNotice, FieldState, FilledField, Said
from tocsin.facts import Entry
from tocsin.facts.notices import Answered
from tocsin.incident.notices import FieldAnswer
from tocsin.register.model import Register

_COMPARED = frozenset(Shape) - {Shape.PROSE, Shape.TEXT}
"""Shapes of which two answers can be held against each other."""


def notice_of(asked: Asked, entries: Sequence[Entry], register: Register) -> DraftedNotice:
    """The notice that this log and this register give.

    Args:
        entries: all of the log; what may not flow into a notice is taken out before it is read.
    """
    material = material_of(asked, entries, register)
    fields = tuple(_filled(material, one) for one in asked.fields.fields)
    fields = with_needed(material, fields)
    fields = tuple(_judged(one) for one in with_conflicts(material, fields))
    incident = material.incident
    document = document_of(asked, incident.id, line(incident.title), fields)
    return DraftedNotice(
        fields=fields,
        document=document_bytes(document),
        prints=(as_markdown(document), as_html(document), as_docx(document)),
    )


def _judged(filled: FilledField) -> FilledField:
    if not filled.conflicts:
        return filled
    return msgspec.structs.replace(filled, state=FieldState.CONTRADICTS)


def _filled(material: Material, field: Field) -> FilledField:
    answer = material.notices.answers.get((field.of, field.id))
    if answer is not None and not answer.erased and answer.access in READS:
        return _answered(field, answer)
    unknown: UnknownFact | None = None
    for place in field.from_:
        if place.source is Source.SUBMISSION:
            return FilledField(field=field, state=FieldState.WHEN_SUBMITTED)
        said = said_from(material, place, field)
        if isinstance(said, UnknownFact):
            unknown = unknown or said
        elif said:
            return FilledField(field=field, state=FieldState.FILLED, said=tuple(said))
    if unknown is not None:
        return FilledField(field=field, state=FieldState.UNKNOWN, why_entries=(unknown.entry,))
    return FilledField(field=field, state=FieldState.MISSING)


def _answered(field: Field, answer: FieldAnswer) -> FilledField:
    fact, entries = answer.fact, (answer.seq,)
    if fact.answer is not Answered.WRITTEN:
        state = (
            FieldState.UNKNOWN
            if fact.answer is Answered.UNKNOWN
            else FieldState.NOT_APPLICABLE
        )  # fmt: skip
        return FilledField(field=field, state=state, why=line(fact.text), why_entries=entries)
    lines = [line(one) for one in fact.text.splitlines() if one.strip()]
    key = f"field:{field.of}.{field.id}"
    value = line(fact.text) if field.shape in _COMPARED else ""
    said = tuple(
        Said(text=text, entries=entries, by=answer.by, key="" if place else key,
             value="" if place else value)
        for place, text in enumerate(lines)
    )  # fmt: skip
    return FilledField(field=field, state=FieldState.FILLED, said=said)
