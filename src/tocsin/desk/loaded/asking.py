"""When the law is to be asked about an incident: the pieces of work that ask it."""

from __future__ import annotations

from datetime import datetime

from tocsin.incident.legal import Legal
from tocsin.playbook import Piece

LAW = "law"
"""The kind of a piece of work that asks the law."""


def asking_pieces(legal: Legal) -> list[tuple[Piece, datetime]]:
    """Now, where something came in; and when the first instant comes by which nothing went out."""
    found = list[tuple[Piece, datetime]]()
    if legal.is_owed and legal.touched_at is not None:
        found.append((Piece(kind=LAW, run="", seq=legal.touched), legal.touched_at))
    passing = legal.passes_next()
    if passing is not None:
        at, seq = passing
        found.append((Piece(kind=LAW, run="", seq=seq, step="passed"), at))
    return found
