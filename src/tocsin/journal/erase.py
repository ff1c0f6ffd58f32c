"""Which rows an erasure destroys. Only words beside an entry can go; the entry stays."""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import Connection

from tocsin.facts import Refused
from tocsin.facts.record import disclosure_field
from tocsin.journal import schema


def erased_fields(connection: Connection, log: str, seq: int, fields: Set[str]) -> int:
    """Delete the disclosures of these fields; how many there were. Deleting again deletes none.

    Raises:
        Refused: there is no such entry.
    """
    entry = connection.scalar(schema.ENTRY_ID, {"log": log, "seq": seq})
    if entry is None:
        raise Refused(f"there is no entry {log}/{seq}; give the place of one that is there")
    rows = connection.execute(schema.DISCLOSURES_OF, {"entry": entry}).all()
    doomed = [row.digest for row in rows if disclosure_field(row.body) in fields]
    for digest in doomed:
        connection.execute(schema.ERASE, {"entry": entry, "digest": digest})
    return len(doomed)
