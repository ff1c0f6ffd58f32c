"""Reads summaries of windows that were kept as evidence, with all their columns.

What was kept says itself how its log was read. It is read as any summary of a log is, so that what
is said months later rests on the very numbers that were sealed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import WindowSummary
from tocsin.sources import windows as asked
from tocsin.sources.columns import CannotRead, literal
from tocsin.sources.engine import Engine


def windows_kept(data: bytes) -> tuple[LogMapping, list[WindowSummary]]:
    """How the log was read, and all windows in these summaries.

    Raises:
        Refused: these bytes are no summaries of windows, or of a kind that is read no more.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        path = Path(folder) / "summaries.parquet"
        path.write_bytes(data)
        engine = Engine(Path(folder) / "spill")
        try:
            mapping = _mapping(engine, path)
            return mapping, asked.windows(engine, [path], mapping, None)
        except (CannotRead, msgspec.MsgspecError) as bad:
            raise Refused(f"these summaries of windows cannot be read: {bad}") from None
        finally:
            engine.close()


def _mapping(engine: Engine, path: Path) -> LogMapping:
    found = engine.rows(
        "SELECT decode(value) FROM parquet_kv_metadata("
        f"{literal(str(path))}) WHERE decode(key) = 'mapping'"
    )
    if not found:
        raise CannotRead("they do not say how their log was read", "name another piece")
    mapping = msgspec.json.decode(str(found[0][0]), type=LogMapping)
    return msgspec.structs.replace(mapping, watched=None, sliced=True)
