"""nannyml compares two Parquet files column by column; run in a virtual environment of its own.

`python nannyml_drift.py METHOD REFERENCE CURRENT`: METHOD is ks, js or wasserstein.
"""

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore")

import measured  # noqa: E402  (in this folder)
import nannyml as nml  # noqa: E402
import pandas as pd  # noqa: E402

METHODS = {
    "ks": ("kolmogorov_smirnov", "chi2"),
    "js": ("jensen_shannon", "jensen_shannon"),
    "wasserstein": ("wasserstein", "jensen_shannon"),
}


def drift(method: str, reference: str, current: str) -> int:
    """How many columns raise an alert in at least one of ten chunks."""
    before, now = pd.read_parquet(reference), pd.read_parquet(current)
    numbers, categories = METHODS[method]
    fitted = nml.UnivariateDriftCalculator(
        column_names=list(before.columns), chunk_number=10,
        continuous_methods=[numbers], categorical_methods=[categories],
    ).fit(before)  # fmt: skip
    frame = fitted.calculate(now).to_df()
    alerts = frame.xs("alert", axis=1, level=2).any()
    return int(alerts.groupby(level=0).any().drop("chunk", errors="ignore").sum())


measured.run(drift)
