"""`python -m bench [NAME ...]`: measure, print the tables, and keep them in bench/results."""

from __future__ import annotations

import importlib
import pkgutil
import platform
import sqlite3
import sys
from pathlib import Path

import bench
from bench.table import Table

RESULTS = Path(__file__).parent / "results"


def main(wanted: list[str]) -> int:
    """Run all figures, or those named; 1 when a stated limit did not hold."""
    RESULTS.mkdir(exist_ok=True)
    failed = []
    for module in sorted(m.name for m in pkgutil.iter_modules(bench.__path__)):
        if module.startswith("_") or (wanted and module not in wanted):
            continue
        run = getattr(importlib.import_module(f"bench.{module}"), "run", None)
        if run is None:
            continue
        table: Table = run()
        print(table.markdown(), flush=True)
        (RESULTS / f"{module}.md").write_text(table.markdown() + "\n" + _machine() + "\n")
        if table.met is False:
            failed.append(module)
    for module in failed:
        print(f"{module}: the limit was not held", file=sys.stderr)
    return 1 if failed else 0


def _machine() -> str:
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{platform.machine()}, {platform.system()}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
