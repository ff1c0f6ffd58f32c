"""frouros compares two Parquet files column by column; run in a virtual environment of its own.

`python frouros_drift.py METHOD REFERENCE CURRENT`: METHOD is ks or psi.
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore")

import measured  # noqa: E402  (in this folder)
import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from frouros.detectors.data_drift import PSI, ChiSquareTest, KSTest  # noqa: E402


def drift(method: str, reference: str, current: str) -> int:
    """How many columns have p < 0.05, or a stability index above 0.1."""
    before, now = pq.ParquetFile(reference), pq.ParquetFile(current)
    found = 0
    for name in before.schema_arrow.names:
        ref, cur = (f.read([name])[name].to_numpy() for f in (before, now))
        if ref.dtype == object:
            detector = ChiSquareTest()
        else:
            ref, cur = ref[~np.isnan(ref)], cur[~np.isnan(cur)]
            detector = KSTest() if method == "ks" else PSI()
        detector.fit(X=ref)
        said = detector.compare(X=cur)[0]
        found += bool(said.p_value < 0.05 if hasattr(said, "p_value") else said.distance > 0.1)
    return found


measured.run(drift)
