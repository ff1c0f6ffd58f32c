"""Where a version of a model comes from, as its registry tells it, and bytes that were at hand."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class RunState(enum.Enum):
    """How a run stands in the registry."""

    ACTIVE = "active"
    DELETED = "deleted"  # it is hidden, and the next clean-up destroys it
    ABSENT = "absent"
    UNNAMED = "unnamed"  # the version does not say which run trained it


class DataUsed(msgspec.Struct, frozen=True, kw_only=True):
    """A data set that a run says it used.

    Args:
        digest: the registry's own.
        source: where it came from, as the registry has it; empty where nothing could be loaded.
        context: what for, such as training; empty where it is not said.
        sha256: of the bytes, recorded with the run; None where it was not.
    """

    name: str
    digest: str
    source_type: str
    source: str
    context: str
    sha256: str | None

    @property
    def shown(self) -> str:
        """Its name with the registry's digest: NAME@DIGEST."""
        return f"{self.name or 'without a name'}@{self.digest or 'no digest'}"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry says of a version.

    Args:
        run: that trained it; `run_from` says how that was found out.
        weights: what is wrong with its files; None where they were not read.
        weights_basis: what they were held against; empty where they were not read.
        parents: versions or runs that it names as those it was made from.
    """

    model: str
    version: str
    alias: str | None
    status: str
    source: str
    registered_by: str
    registered_at: datetime | None
    read_at: datetime
    run: str | None
    run_from: str
    run_state: RunState
    run_by: str
    ended_at: datetime | None
    data: tuple[DataUsed, ...]
    params: tuple[tuple[str, str], ...]
    commit: str | None
    code: str
    parents: tuple[str, ...]
    weights: tuple[str, ...] | None = None
    weights_basis: str = ""
    files: tuple[tuple[str, str], ...] = ()


class AtHand(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a data set's bytes where somebody said they are.

    Args:
        place: the file that was read; empty where none was found.
        sha256: of it; None where none was found.
        why: it was not found or not read, in words.
    """

    place: str
    sha256: str | None
    bytes: int = 0
    why: str = ""
