"""A notice as a DOCX file that a word processor opens, of the fewest parts that make one. Pure.

Source: ECMA-376 part 1 (WordprocessingML), part 2 (packages). No macro, field, link or picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from tocsin.dossier.escaped import line
from tocsin.dossier.notice_document import FieldWritten, NoticeDocument
from tocsin.dossier.notice_paper import (
    asked_of,
    empty_words,
    entries_of,
    is_lacking,
    name_of,
    sections,
    unverified,
)
from tocsin.dossier.packed import zipped

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_APP = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_WIDE, _LABEL, _TEXT = 9638, 3118, 6520  # twentieths of a point, within the margins of A4

_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_APP}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_APP}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_ROOT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)
_OF_DOCUMENT = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


def as_docx(document: NoticeDocument) -> bytes:
    """The notice as a file for word processors; the same notice gives the same bytes."""
    files = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "docProps/core.xml": _core(document),
        "word/document.xml": _body(document),
        "word/_rels/document.xml.rels": _OF_DOCUMENT,
        "word/styles.xml": _styles(),
    }
    return zipped({name: text.encode() for name, text in files.items()})


def _core(document: NoticeDocument) -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{_text(f'{document.notice}: {document.form.title}')}</dc:title>"
        "</cp:coreProperties>"
    )


def _body(document: NoticeDocument) -> str:
    body = "".join(_parts(document))
    page = (
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="709" '
        'w:footer="709" w:gutter="0"/></w:sectPr>'
    )
    return f'{_XML}<w:document xmlns:w="{_MAIN}"><w:body>{body}{page}</w:body></w:document>'


def _parts(document: NoticeDocument) -> Iterator[str]:
    corrects = f", corrects {document.corrects}" if document.corrects else ""
    yield _paragraph(f"Notice {document.notice}{corrects}", style="Soft")
    yield _paragraph(document.form.title, style="Title")
    yield _paragraph(document.asks)
    yield _table([_row(name, [_paragraph(text)]) for name, text in _head(document)])
    for title, fields in sections(document):
        yield _paragraph(title, style="Heading1")
        yield _table([_row_of(field) for field in fields])
    yield _paragraph(f"{document.about} {unverified(document)}".strip(), style="Soft")
    for note in document.form.notes:
        yield _paragraph(note, style="Soft")


def _head(document: NoticeDocument) -> list[tuple[str, str]]:
    form, stage = document.form, f", stage {document.stage}" if document.stage else ""
    rows = [
        ("Incident", f"{document.incident}: {document.title}"),
        ("Asked for by", f"{'; '.join(document.paragraphs)} ({document.rule}{stage})"),
        ("To", "; ".join(document.to) or "not named"),
        ("Form", f"{form.instrument}, {form.version} (compared {form.compared_on}, grade "
                 f"{form.grade})"),
    ]  # fmt: skip
    return [*rows, ("What was wrong", document.wrong)] if document.wrong else rows


def _row_of(field: FieldWritten) -> str:
    name = name_of(field)
    small = ", ".join(one for one in (asked_of(field), _unverified(field)) if one)
    cell = [_paragraph(said.text) for said in field.said]
    empty = empty_words(field)
    if empty:
        cell.append(_paragraph(empty, style="Alarm" if is_lacking(field) else "Soft"))
    entries = entries_of(field)
    if entries:
        cell.append(_paragraph(f"Record: {entries}", style="Soft"))
    return _row(name, cell, small)


def _unverified(field: FieldWritten) -> str:
    return "unverified" if field.unverified else ""


def _table(rows: list[str]) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C5CAD3"/>'
        for side in ("top", "bottom", "insideH")
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{_WIDE}" w:type="dxa"/><w:tblBorders>{edges}'
        '</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{_LABEL}"/><w:gridCol w:w="{_TEXT}"/></w:tblGrid>'
        f"{''.join(rows)}</w:tbl>{_paragraph('')}"
    )


def _row(name: str, cell: list[str], small: str = "") -> str:
    label = _paragraph(name, bold=True) + (_paragraph(small, style="Soft") if small else "")
    return (
        '<w:tr><w:trPr><w:cantSplit/></w:trPr>'
        f'<w:tc><w:tcPr><w:tcW w:w="{_LABEL}" w:type="dxa"/></w:tcPr>{label}</w:tc>'
        f'<w:tc><w:tcPr><w:tcW w:w="{_TEXT}" w:type="dxa"/></w:tcPr>'
        f"{''.join(cell) or _paragraph('')}</w:tc></w:tr>"
    )  # fmt: skip


def _paragraph(text: str, *, style: str = "", bold: bool = False) -> str:
    shape = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    if not text:
        return f"<w:p>{shape}</w:p>"
    marked = "<w:rPr><w:b/></w:rPr>" if bold else ""
    words = f'<w:t xml:space="preserve">{_text(text)}</w:t>'
    return f"<w:p>{shape}<w:r>{marked}{words}</w:r></w:p>"


def _text(text: str) -> str:
    return escape(line(text))


def _styles() -> str:
    styles = (
        _style("Normal", "Normal", "", default=True),
        _style("Title", "Title", '<w:rPr><w:b/><w:sz w:val="36"/></w:rPr>'),
        _style(
            "Heading1", "heading 1",
            '<w:pPr><w:keepNext/><w:spacing w:before="320" w:after="80"/>'
            '<w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="26"/></w:rPr>',
        ),
        _style("Soft", "Soft", '<w:rPr><w:color w:val="5C6370"/><w:sz w:val="18"/></w:rPr>'),
        _style("Alarm", "Alarm", '<w:rPr><w:b/><w:color w:val="A61B1B"/></w:rPr>'),
    )  # fmt: skip
    usual = (
        "<w:docDefaults><w:rPrDefault><w:rPr>"
        '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="21"/>'
        '<w:lang w:val="en-GB"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:before="40" w:after="40"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    return f'{_XML}<w:styles xmlns:w="{_MAIN}">{usual}{"".join(styles)}</w:styles>'


def _style(id: str, name: str, shape: str, *, default: bool = False) -> str:
    usual = ' w:default="1"' if default else ""
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    return (
        f'<w:style w:type="paragraph" w:styleId="{id}"{usual}><w:name w:val="{name}"/>'
        f"{based}{shape}</w:style>"
    )
