"""SQL that counts one column of numbers or of categories, slice by slice.

Each column is read by a statement of its own, which costs no more than one scan in all, for what
is kept by columns; to group by one small number is the cheapest that there is.
"""

from __future__ import annotations

from tocsin.facts.grids import Grid
from tocsin.sources.columns import literal
from tocsin.sources.grid import BEYOND, DOUBTFUL, bucket, digit
from tocsin.sources.slices import Slices

CATEGORIES_KEPT = 1000
CATEGORY_LETTERS = 200
ANY_GRID = Grid(centre=0.0, scale=1.0)
"""For a column in which no number has been seen yet."""


def numbers(name: str, rows: str, grid: Grid, slices: Slices, *, doubtful: bool) -> str:
    """Rows of g, kind, name, bucket, value, n and total for a column of numbers.

    Args:
        rows: a table with x (a number or missing) and b (whether it is a text that is no number).
        doubtful: there may be such.
    """
    first = digit("x", grid)
    if doubtful:
        first = f"CASE WHEN b THEN {DOUBTFUL} ELSE {first} END"
    whole = bucket("d", "x", grid)
    if grid.within:
        grouped = (
            f"SELECT {slices.g}{whole} AS k, count(*) AS n, sum(x) AS a FROM "
            f"(SELECT {slices.g}x, {first} AS d FROM {slices.over(rows)}) GROUP BY ALL "
            f"ORDER BY {slices.g}k"
        )
    else:
        grouped = (
            f"SELECT *, {whole} AS k FROM (SELECT {slices.g}{first} AS d, count(*) AS n, "
            f"sum(x) AS a FROM {slices.over(rows)} GROUP BY ALL ORDER BY {slices.g}d)"
        )
    return (
        f"SELECT {slices.g or '0 AS g, '}'number' AS kind, {literal(name)} AS name, k AS bucket, "
        f"NULL::VARCHAR AS value, n, CASE WHEN abs(k) < {BEYOND} THEN a ELSE 0 END AS total "
        f"FROM ({grouped})"
    )


def categories(name: str, rows: str, slices: Slices) -> str:
    """Rows as above for a column of categories.

    Of each file the commonest values are kept; the others stand together.

    Args:
        rows: a table with c.
    """
    short = f"substring(c, 1, {CATEGORY_LETTERS})"  # `left` costs five times as much
    told = (
        f"told AS MATERIALIZED (SELECT {slices.g or '0 AS g, '}{short} AS k, count(*) AS n "
        f"FROM {slices.over(rows)} GROUP BY ALL)"
    )
    kept = (
        f"common AS MATERIALIZED (SELECT f, k FROM told JOIN slices USING (g) "
        "WHERE k IS NOT NULL GROUP BY f, k QUALIFY row_number() OVER "
        f"(PARTITION BY f ORDER BY sum(n) DESC, k) <= {CATEGORIES_KEPT})"
    )
    placed = (
        "placed AS MATERIALIZED (SELECT t.g AS g, t.k AS k, t.n AS n, t.k IS NULL OR c.k IS NOT "
        "NULL AS kept FROM told t JOIN slices USING (g) LEFT JOIN common c "
        "ON c.f = slices.f AND c.k = t.k)"
    )
    shown = f"{literal(name)} AS name, NULL::BIGINT AS bucket"
    return (
        f"WITH {told}, {kept}, {placed} (SELECT g, CASE WHEN k IS NULL THEN 'absent' ELSE "
        f"'category' END AS kind, {shown}, k AS value, n, NULL::DOUBLE AS total FROM "
        f"(SELECT g, k, n FROM placed WHERE kept ORDER BY g, k)) UNION ALL (SELECT g, 'rare', "
        f"{shown}, NULL, sum(n), NULL FROM placed WHERE NOT kept GROUP BY g ORDER BY g)"
    )
