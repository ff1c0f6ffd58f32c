"""Where a notice says other than an authority or an audience was told before. Pure.

Two texts are held against each other by what they are about, never by their words: an instant, a
number, an answer, how sure a claim was told to be. What a form asks for the first time contradicts
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from tocsin.dossier.notice_document import NoticeDocument, document_read
from tocsin.dossier.notice_lines import CLAIM, KNOWN
from tocsin.dossier.notice_material import Material
from tocsin.duties.fields import Source
from tocsin.duties.notice import Conflict, FilledField, Said
from tocsin.facts.incidents import Grade
from tocsin.incident.model import Claim
from tocsin.incident.notices import NoticeState
from tocsin.incident.statements import Statements, Told, statements_of

_FIGURES = {
    "since": Source.OCCURRED.value,
    "noticed": Source.DETECTED.value,
    "affected people": Source.AFFECTED_PEOPLE.value,
    "affected decisions": Source.AFFECTED_DECISIONS.value,
}
"""By the name under which words to audiences state it, what a number is about."""

_CALLED = {Grade.CONFIRMED: "known", Grade.SUSPECTED: "suspected", Grade.REFUTED: "refuted"}


class _Before(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one thing, and where."""

    told_in: str
    key: str
    value: str
    text: str
    entries: tuple[int, ...]


def with_conflicts(material: Material, fields: Iterable[FilledField]) -> tuple[FilledField, ...]:
    """The fields, each with what was told otherwise before."""
    before = [*_notices(material), *_statements(material)]
    return tuple(_held_against(material, one, before) for one in fields)


def _held_against(
    material: Material, filled: FilledField, before: Iterable[_Before]
) -> FilledField:
    found: list[Conflict] = []
    now = {one.key: one for one in filled.said if one.key}
    tells_claims = any(
        place.source in (Source.CLAIMS, Source.CLAIMS_KNOWN) for place in filled.field.from_
    )
    for told in before:
        said = now.get(told.key)
        if said is not None and said.value and told.value and said.value != told.value:
            found.append(_conflict(told, said.text, said.entries))
        elif tells_claims and told.key.startswith(CLAIM) and said is None:
            found += _claim_gone(material, told)
    return msgspec.structs.replace(filled, conflicts=tuple(dict.fromkeys(found)))


def _claim_gone(material: Material, told: _Before) -> list[Conflict]:
    """A claim that was told as known and cannot be told so any more."""
    claim = material.incident.claim(told.key.removeprefix(CLAIM))
    if claim is None or told.value != KNOWN:
        return []
    stands = material.holds(claim)
    if stands is Grade.CONFIRMED:
        return []  # this form tells other claims; that one still stands
    now = "it is not told as known any more" if stands is None else f"it is {_CALLED[stands]} now"
    return [_conflict(told, now, (claim.gradings[-1].seq,))]


def _conflict(told: _Before, now: str, entries: tuple[int, ...]) -> Conflict:
    return Conflict(
        told_in=told.told_in, earlier=told.text, earlier_entries=told.entries, now=now,
        now_entries=entries,
    )  # fmt: skip


def _notices(material: Material) -> Iterator[_Before]:
    """What notices that went said; one that was corrected is not held against any more."""
    asked = material.asked
    for one in material.notices.by_id.values():
        gone = one.state in (NoticeState.DRAFT, NoticeState.WITHDRAWN, NoticeState.CORRECTED)
        if gone or one.sent is None or one.id in (asked.notice, asked.corrects):
            continue
        document = document_read(asked.documents.get(one.draft.document, b""))
        if document is not None:
            yield from _of_document(document, one.id, one.sent.seq)


def _of_document(document: NoticeDocument, notice: str, seq: int) -> Iterator[_Before]:
    for field in document.fields:
        for said in field.said:
            if said.key and said.value:
                yield _Before(told_in=notice, key=said.key, value=said.value, text=said.text,
                              entries=(seq, *said.entries))  # fmt: skip


def _statements(material: Material) -> Iterator[_Before]:
    """What the last words to each audience said."""
    statements = statements_of(material.seen)
    last: dict[str, Told] = {}
    for told in statements.told:
        last[told.audience] = told
    for told in last.values():
        if _is_corrected(statements, told):
            continue
        where = told.statement or f"words to {told.audience}"
        yield from _figures(told, where)
        for claim, grade in told.grades.items():
            found = material.incident.claim(claim)
            if found is not None and grade in (Grade.CONFIRMED, Grade.SUSPECTED):
                yield _told_claim(told, where, found, grade)


def _figures(told: Told, where: str) -> Iterator[_Before]:
    figures: Mapping[str, str] = told.figures
    for name, value in figures.items():
        if name in _FIGURES:
            yield _Before(told_in=where, key=_FIGURES[name], value=value, text=f"{name}: {value}",
                          entries=(told.seq,))  # fmt: skip


def _told_claim(told: Told, where: str, claim: Claim, grade: Grade) -> _Before:
    sure = _CALLED[grade]
    text = f"{claim.id} was told as {sure}"
    return _Before(told_in=where, key=f"{CLAIM}{claim.id}", value=sure, text=text,
                   entries=(told.seq,))  # fmt: skip


def _is_corrected(statements: Statements, told: Told) -> bool:
    words = statements.by_id.get(told.statement)
    return words is not None and words.corrected_by is not None


def text_of(said: Iterable[Said]) -> str:
    """What a field says, line by line."""
    return "\n".join(one.text for one in said)
