"""Runs one comparison of a peer and prints what it took, imports left out."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable


def run(drift: Callable[[str, str, str], int]) -> None:
    """`drift(method, reference, current)` once; one JSON line on standard output."""
    method, reference, current = sys.argv[1:4]
    wall, cpu = time.perf_counter(), time.process_time()
    found = drift(method, reference, current)
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "drifted": found,
            }
        )
    )
