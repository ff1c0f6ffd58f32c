"""The document of a notice: what is approved, submitted and kept, as JSON to the byte. Pure.

The same record and the same form give the same bytes. What the notice is still in doubt about is
for whoever approves it, and is not in here.
"""

from __future__ import annotations

import msgspec

from tocsin.duties.fields import FieldSet
from tocsin.duties.law import Part
from tocsin.duties.notice import NOT_ADVICE, Asked, FieldState, FilledField, Said
from tocsin.facts.learned import learned

FORMAT = "tocsin-notice/1"


class FieldWritten(Part, frozen=True):
    """One field as it goes out.

    Args:
        needed: as the form says, and as the record settled it.
        unverified: whether nobody read the form for this field.
    """

    id: str
    number: str
    section: str
    label: str
    needed: str
    needed_if: str
    state: str
    said: tuple[Said, ...]
    why: str
    unverified: bool


class FormWritten(Part, frozen=True):
    """Which form it fills, and how well that was read."""

    id: str
    title: str
    instrument: str
    version: str
    digest: str
    compared_on: str
    grade: str
    verified: bool
    sources: tuple[str, ...]
    notes: tuple[str, ...]


@learned
class NoticeDocument(Part, frozen=True):
    """All of a notice.

    Args:
        asks: what the rule asks for, in our words; `paragraphs` where it says so.
        grade: how well the rule was read.
    """

    format: str
    about: str
    notice: str
    corrects: str | None
    wrong: str
    incident: str
    title: str
    rule: str
    stage: str
    asks: str
    paragraphs: tuple[str, ...]
    grade: str
    law: str
    to: tuple[str, ...]
    form: FormWritten
    fields: tuple[FieldWritten, ...]


def document_of(
    asked: Asked, incident: str, title: str, fields: tuple[FilledField, ...]
) -> NoticeDocument:
    """The document of these fields."""
    rule = asked.rule
    return NoticeDocument(
        format=FORMAT,
        about=NOT_ADVICE,
        notice=asked.notice,
        corrects=asked.corrects,
        wrong=asked.wrong,
        incident=incident,
        title=title,
        rule=rule.id,
        stage=rule.stage or "",
        asks=rule.says,
        paragraphs=rule.paragraphs,
        grade=rule.grade.value,
        law=asked.law,
        to=asked.to,
        form=_form(asked.fields),
        fields=tuple(_field(one) for one in fields),
    )


def document_bytes(document: NoticeDocument) -> bytes:
    """Its very bytes."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def document_read(data: bytes) -> NoticeDocument | None:
    """A document from its bytes; None where they are none of this format."""
    try:
        return msgspec.json.decode(data, type=NoticeDocument)
    except msgspec.DecodeError:
        return None


def _form(fields: FieldSet) -> FormWritten:
    return FormWritten(
        id=fields.id,
        title=fields.title,
        instrument=fields.instrument,
        version=fields.version,
        digest=fields.digest,
        compared_on=fields.compared_on.isoformat(),
        grade=fields.grade.value,
        verified=fields.grade.verified,
        sources=fields.sources,
        notes=fields.notes,
    )


def _field(filled: FilledField) -> FieldWritten:
    field = filled.field
    state = filled.state
    if state is FieldState.CONTRADICTS:
        state = FieldState.FILLED
    return FieldWritten(
        id=field.id,
        number=field.number,
        section=field.section,
        label=field.label,
        needed=field.needed.value,
        needed_if=field.needed_if,
        state=state.value,
        said=filled.said,
        why=filled.why,
        unverified=not field.grade.verified,
    )
