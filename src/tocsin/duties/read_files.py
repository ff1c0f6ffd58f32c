"""Whether a law pack holds the very files that its files.toml names: none missing, more, or other.

Pure. That guards against what gets lost or changed unseen. It is no proof against who writes in the
folder, and so can name the files anew: which law was asked stands in the record, by its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from tocsin.duties.read_sheet import Sheet
from tocsin.register.mistakes import Mistake

NAMES = "files.toml"
_HEAD = """\
# Which files belong together here, each by its SHA-256. Written by: tocsin law seal
"""


def digest_of(text: str) -> str:
    """SHA-256 of a file's text, whatever ends its lines."""
    plain = text.replace("\r\n", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def names_of(files: Mapping[str, str]) -> str:
    """The text of the files.toml that names these files."""
    named = sorted(name for name in files if name != NAMES)
    return _HEAD + "".join(f'"{name}" = "{digest_of(files[name])}"\n' for name in named)


def files_told(sheet: Sheet, files: Mapping[str, str]) -> Iterator[Mistake]:
    """How these files differ from what a files.toml among them names.

    Args:
        sheet: the files.toml.
        files: the texts of the folder that it stands in.
    """
    remedy = f"put back what was there, or, if it is meant: {_seal(own=sheet.own)}"
    top = sheet.table
    for name in top.names:
        said = top.text(name)
        if name not in files:
            yield sheet.source.mistake((name,), "named, and not there", remedy)
        elif said is not None and said != digest_of(files[name]):
            found = f"another text than {sheet.source.file} names"
            yield Mistake(file=_shown(sheet, name), line=1, path="", found=found, remedy=remedy)
    for name in sorted(files.keys() - {NAMES, *top.names}):
        found = f"a file that {sheet.source.file} does not name"
        remedy = f"take it away, or, if it is meant: {_seal(own=sheet.own)}"
        if not sheet.own:
            remedy = f"own rules go into HOME/law; {remedy}"
        yield Mistake(file=_shown(sheet, name), line=1, path="", found=found, remedy=remedy)


def _shown(sheet: Sheet, name: str) -> str:
    return f"(own) {name}" if sheet.own else name


def _seal(*, own: bool) -> str:
    return f"tocsin law seal {'HOME/law' if own else 'DIR'}"
