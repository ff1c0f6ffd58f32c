"""Prints what evidently's own statistics say of columns. Runs in evidently's Python.

`python evidently_says.py FILE`: a NumPy archive of `COLUMN/before` and `COLUMN/now`; texts are
categories. Output: by column and statistic its score, and whether evidently calls it drift.
"""

from __future__ import annotations

import json
import sys

import numpy
import pandas  # type: ignore[import-untyped, import-not-found, unused-ignore]
from evidently.legacy.calculations import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
    stattests,
)
from evidently.legacy.core import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
    ColumnType,
)

ASKED = {
    ColumnType.Numerical: {
        "psi": stattests.psi_stat_test,
        "js": stattests.jensenshannon_stat_test,
        "w1": stattests.wasserstein_stat_test,
        "ks": stattests.ks_stat_test,
    },
    ColumnType.Categorical: {
        "psi": stattests.psi_stat_test,
        "js": stattests.jensenshannon_stat_test,
        "chi2": stattests.chi_stat_test,
    },
}
given = numpy.load(sys.argv[1])
said: dict[str, dict[str, tuple[float, bool]]] = {}
for column in sorted({name.rpartition("/")[0] for name in given}):
    before, now = (pandas.Series(given[f"{column}/{when}"]) for when in ("before", "now"))
    is_text = given[f"{column}/now"].dtype.kind == "U"
    kind = ColumnType.Categorical if is_text else ColumnType.Numerical
    said[column] = {}
    for name, test in ASKED[kind].items():
        found = test(before, now, kind, None)
        said[column][name] = float(found.drift_score), bool(found.drifted)
print(json.dumps(said))
