"""What a spreadsheet would run: one rule for every table that this house writes.

A cell begins a formula also where spaces, breaks or signs that nobody sees stand before its first
sign, and in letters of full width. Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import re

_UNSEEN = (
    r"\x00-\x20\x7f"
    "\u0085\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff"
)
_SIGNS = (
    r"=+\-@|%"
    "\u207a\u207c\u208a\u208c\u2a75\u2a76\ufb29\ufe62\ufe63\ufe66\ufe6a\ufe6b"
    "\uff05\uff0b\uff0d\uff1d\uff20\uff5c"
)
BEGINS_A_FORMULA = f"^(?:[\t\r\n]|[\"'{_UNSEEN}]*[{_SIGNS}])"
"""As Python's `re` and DuckDB's RE2 read it, to the same end."""

_BEGINS = re.compile(BEGINS_A_FORMULA)


def plain_cell(text: str) -> str:
    """The text as a cell that no spreadsheet runs: a mark stands before what begins a formula."""
    return f"'{text}" if _BEGINS.match(text) else text
