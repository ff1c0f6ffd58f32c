"""What a folder of profiles remembers: which log they are of, how it was read, and why so.

It is written before the first profile and replaced whole, so that profiles can be judged later, by
somebody who has not got the log.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tocsin.facts import Refused, Unreachable
from tocsin.facts.learned import learned
from tocsin.facts.logs import LogMapping

FILE = "log.json"


@learned
class KeptLog(msgspec.Struct, frozen=True, kw_only=True):
    """The log whose profiles lie in a folder.

    Args:
        reference: how a reference is read beside it, where that is another way.
        readings: by column, what it was taken for, and why.
        described: the file that said how it is read; None where convention served.
    """

    log: str
    mapping: LogMapping
    reference: LogMapping
    readings: tuple[tuple[str, str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    described: str | None = None


def kept_in(folder: Path) -> KeptLog | None:
    """What a folder remembers; None where there are no profiles.

    Raises:
        Refused: what it remembers cannot be read.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=KeptLog)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as bad:
        raise Refused(
            f"{folder / FILE} cannot be read: {bad}; remove the folder, and profile the log again"
        ) from bad


def keep(kept: KeptLog, folder: Path) -> None:
    """Let a folder remember this, whole or not at all.

    Raises:
        Unreachable: the folder cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(kept, order="deterministic"), indent=1)
    beside = folder / f".{FILE}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, folder / FILE)
    except OSError as bad:
        raise Unreachable(f"cannot write {folder}: {bad.strerror}; name another folder") from bad
