"""The inference log of a system that lies on a cluster: its profiles are kept as those of files."""

from __future__ import annotations

import importlib
from functools import cached_property
from pathlib import Path
from typing import Any

from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Refreshed
from tocsin.sources.cluster.table import ClusterIntake, opened
from tocsin.sources.log import LogSource
from tocsin.sources.pace import Told
from tocsin.sources.partitions import Found
from tocsin.sources.shelf import Part
from tocsin.world import Clock

LOOKED_AT = 30_000
"""So many rows are fetched to see what a table holds."""


class ClusterLog(LogSource):
    """The port `Source` on one table of a cluster.

    Windows and evidence are as of files. What asks for rows themselves is refused: they stay where
    they are.
    """

    def __init__(
        self, system: str, url: str, home: Path, mapping: LogMapping, clock: Clock,
        *, folder: Path | None = None,
    ) -> None:  # fmt: skip
        super().__init__(system, url, home, mapping, clock, folder=folder)
        self._url = url

    def lying(self, since: int | None) -> list[tuple[Part, Found]]:
        raise Refused(
            f"the log of {self.system} is a table of a cluster, whose rows are not fetched; ask "
            "the cluster for them"
        )

    def refresh(self, told: Told | None = None) -> Refreshed:
        with self.alone() as engine:
            return ClusterIntake(
                self.system, self._table, self._shelf, engine, self.mapping
            ).refreshed(told)

    @cached_property
    def _table(self) -> Any:
        return opened(self._url)


def sample_of(url: str, into: Path) -> None:
    """Write some rows of a table to a Parquet file, to be looked at.

    Raises:
        Refused, Unreachable: as `opened`.
    """
    rows = opened(url).limit(LOOKED_AT).to_pyarrow()
    importlib.import_module("pyarrow.parquet").write_table(rows, into)
