"""A notice on paper: Markdown, and one HTML page that needs nothing else.

Both say what the document says. Nothing that a person wrote can become a mark, a tag or a link.
"""

from __future__ import annotations

from itertools import groupby

from tocsin.dossier.escaped import line, markdown
from tocsin.dossier.notice_document import FieldWritten, NoticeDocument
from tocsin.dossier.pages import PAGES, tidied
from tocsin.duties.fields import Needed
from tocsin.duties.law import Grade
from tocsin.duties.notice import FieldState

_STATES = {
    FieldState.MISSING: "Not given",
    FieldState.UNKNOWN: "Not known yet",
    FieldState.NOT_APPLICABLE: "Does not apply",
    FieldState.WHEN_SUBMITTED: "The day on which this is submitted",
}


def as_html(document: NoticeDocument) -> bytes:
    """The notice as one page, for screens wide and narrow, light and dark, and for paper."""
    page = PAGES.get_template("notice.html.j2")
    return page.render(**_said(document), line=line).encode()


def as_markdown(document: NoticeDocument) -> bytes:
    """The notice as Markdown."""
    text = PAGES.get_template("notice.md.j2").render(**_said(document), line=markdown)
    return tidied(text).encode()


def _said(document: NoticeDocument) -> dict[str, object]:
    return {
        "it": document,
        "sections": sections(document),
        "empty": empty_words,
        "is_lacking": is_lacking,
        "asked_of": asked_of,
        "entries": entries_of,
        "name": name_of,
        "unverified": unverified(document),
    }


def sections(document: NoticeDocument) -> list[tuple[str, list[FieldWritten]]]:
    """The fields under their titles, in the order of the form."""
    return [(title, list(of)) for title, of in groupby(document.fields, lambda one: one.section)]


def empty_words(field: FieldWritten) -> str:
    """What stands in a field that holds nothing; empty where it holds something."""
    state = FieldState(field.state)
    words = _STATES.get(state, "")
    if state is FieldState.MISSING and field.needed != Needed.YES.value:
        words = "Nothing given"
    if not words:
        return ""
    return f"{words}: {field.why}" if field.why else f"{words}."


def is_lacking(field: FieldWritten) -> bool:
    """Whether it must be filled, and is not."""
    return field.state == FieldState.MISSING.value and field.needed == Needed.YES.value


def asked_of(field: FieldWritten) -> str:
    """Whether the field must be filled, in a word or two."""
    words = {Needed.YES.value: "", Needed.NO.value: "voluntary", Needed.IF_KNOWN.value: "if known"}
    return words.get(field.needed, f"if {field.needed_if}")


def entries_of(field: FieldWritten) -> str:
    """The entries of the record that the field rests on."""
    found = dict.fromkeys(entry for said in field.said for entry in said.entries)
    return ", ".join(str(one) for one in found)


def name_of(field: FieldWritten) -> str:
    """What the field is called: its number, where it has one, and its label."""
    return f"{field.number} {field.label}".strip()


def unverified(document: NoticeDocument) -> str:
    """What of the form and the rule nobody read, in a sentence; empty where all was read."""
    told: list[str] = []
    if not Grade(document.grade).verified:
        told.append("Unverified: nobody read the source of the rule.")
    doubtful = [one.number or one.label for one in document.fields if one.unverified]
    if not document.form.verified:
        told.append("Unverified: nobody compared this form with its source.")
    elif doubtful:
        listed = ", ".join(doubtful)
        told.append(f"Unverified fields, which nobody compared with the form: {listed}.")
    return " ".join(told)
