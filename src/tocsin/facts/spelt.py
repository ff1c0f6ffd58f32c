"""Names as a log gives them, fit to stand inside a line: none can begin a line of its own.

Whoever calls an assistant may choose the name of a version or a segment. A line break in it would
let that person write a whole line of a screen or a report: a next step, or that all is well.
"""

from __future__ import annotations


def spelt(name: str) -> str:
    """A name with every sign spelt out that does not print, as `\\n` for the end of a line."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)
