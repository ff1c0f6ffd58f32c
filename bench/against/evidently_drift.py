"""evidently compares two Parquet files column by column; run in a virtual environment of its own.

`python evidently_drift.py METHOD REFERENCE CURRENT`: METHOD is psi, ks or default.
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore")

import measured  # noqa: E402  (in this folder)
import pandas as pd  # noqa: E402
from evidently import Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402

METHODS = {
    "psi": {"num_method": "psi", "cat_method": "psi"},
    "ks": {"num_method": "ks", "cat_method": "chisquare"},
    "default": {},
}


def drift(method: str, reference: str, current: str) -> int:
    """How many columns it says drift."""
    before, now = pd.read_parquet(reference), pd.read_parquet(current)
    found = Report([DataDriftPreset(**METHODS[method])]).run(now, before).dict()
    return int(found["metrics"][0]["value"]["count"])


measured.run(drift)
