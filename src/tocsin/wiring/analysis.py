"""What whoever analyses a failure asks beside the record: a system's own log, by hand."""

from __future__ import annotations

from tocsin.desk.querying import Ask
from tocsin.facts import Refused
from tocsin.sources.log import LogSource
from tocsin.wiring.live import Opened


def log_asked(opened: Opened, system: str) -> Ask:
    """How a question is put to the log of a system. Raises Refused."""
    source = opened.world.sources.get(system)
    if isinstance(source, LogSource):
        return source.answer
    known = ", ".join(sorted(opened.world.sources)) or "none"
    raise Refused(
        f"no log is set up for {system} here; logs are read of: {known}; write `log = ...` under "
        f"[systems.{system}] in HOME/register/ and adopt it"
    )
