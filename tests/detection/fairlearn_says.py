"""Prints what fairlearn says of rows that come on standard input. Runs in fairlearn's Python.

Input: {"decided": [...], "truth": [...], "group": [...], "compared_with": "..."}; output: by group
the selection rate, true and false positive rate, and the smallest ratios to the group named.
"""

from __future__ import annotations

import json
import sys

import pandas  # type: ignore[import-untyped, import-not-found, unused-ignore]
from fairlearn.metrics import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
    MetricFrame,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)

asked = json.load(sys.stdin)
truth, decided, group = (pandas.Series(asked[name]) for name in ("truth", "decided", "group"))
METRICS = {
    "selected": selection_rate,
    "recall": true_positive_rate,
    "false_positive_rate": false_positive_rate,
}
frame = MetricFrame(metrics=METRICS, y_true=truth, y_pred=decided, sensitive_features=group)
by_group = {str(name): {k: float(v) for k, v in row.items()} for name, row in
            frame.by_group.to_dict("index").items()}  # fmt: skip
print(json.dumps({
    "by_group": by_group,
    "demographic_parity_ratio": float(
        demographic_parity_ratio(truth, decided, sensitive_features=group)),
    "equalized_odds_difference": float(
        equalized_odds_difference(truth, decided, sensitive_features=group)),
}))  # fmt: skip
