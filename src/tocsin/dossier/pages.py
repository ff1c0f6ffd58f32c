"""The templates of papers, by one set of rules: what is not given is an error, HTML is escaped."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

PAGES = Environment(
    loader=PackageLoader("tocsin.dossier"),
    autoescape=lambda name: bool(name and name.endswith(".html.j2")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENDS, _BLANKS = re.compile(r"[ \t]+$", re.MULTILINE), re.compile(r"\n{3,}")


def tidied(markdown: str) -> str:
    """Markdown without spaces at the ends of lines, and never two empty lines in a row."""
    return _BLANKS.sub("\n\n", _ENDS.sub("", markdown)).rstrip("\n") + "\n"
