"""The part of a profile that tells people apart: what was decided of each group, and how sure.

Of each column of groups the commonest values of a file are kept; all others stand together, as a
group that nobody judges. What people served in the system's stead is not counted. Words that name
one person stay out: `subject` is never read here.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import NO_CHANCE, OTHER_GROUPS, TENTHS
from tocsin.sources.columns import Columns, literal

GROUPS_KEPT = 30
GROUP_LETTERS = 100


def selected(columns: Columns, mapping: LogMapping) -> list[str]:
    """SQL for g0.. (groups), p (score) and y (truth) of a row.

    What a file lacks that may be missing is missing of all its people.

    Raises:
        CannotRead: a column that somebody named is not there.
    """
    decisions = mapping.decisions

    def there(*names: str) -> bool:
        return all(columns.has(name) or name not in mapping.assumed for name in names)

    found = [
        f"left({columns.text(name)}, {GROUP_LETTERS}) AS g{i}"
        if there(name)
        else f"CAST(NULL AS VARCHAR) AS g{i}"
        for i, name in enumerate(decisions.groups)
    ]
    if decisions.score is not None and decisions.truth is not None:
        known = there(decisions.score, *decisions.truth.columns())
        score = columns.number(decisions.score)[0] if known else "CAST(NULL AS DOUBLE)"
        truth = columns.condition(decisions.truth) if known else "CAST(NULL AS BOOLEAN)"
        found += [f"{score} AS p", f"({truth}) AS y"]
    return found


def tables(rates: int, mapping: LogMapping, window: str) -> list[str]:
    """The tables that the branches below rest on: all rows are gone through once.

    Args:
        rates: how many there are, under r0.. in the table `base`.
        window: SQL for the beginning of a row's window.
    """
    if not is_asked(mapping):
        return []
    groups = range(len(mapping.decisions.groups))
    names = "".join(f", g{i}" for i in groups)
    each = range(rates)
    counted = "".join(f", count(r{i}) AS j{i}, coalesce(count_if(r{i}), 0) AS h{i}" for i in each)
    added = "".join(f", sum(j{i}) AS j{i}, sum(h{i}) AS h{i}" for i in each)
    kept = [
        f"kept{i} AS MATERIALIZED (SELECT f, g{i} AS k FROM peopled WHERE g{i} IS NOT NULL "
        f"GROUP BY f, g{i} QUALIFY row_number() OVER (PARTITION BY f ORDER BY sum(c) DESC, g{i}) "
        f"<= {GROUPS_KEPT})"
        for i in groups
    ]
    joined = "".join(f" LEFT JOIN kept{i} ON kept{i}.f = peopled.f AND kept{i}.k = g{i}"
                     for i in groups)  # fmt: skip
    other = f"chr(0) || {literal(OTHER_GROUPS[1:])}"
    values = ", ".join(
        f"CASE WHEN g{i} IS NOT NULL AND kept{i}.k IS NULL THEN {other} ELSE g{i} END"
        for i in groups
    )
    people = (
        "peopled AS MATERIALIZED (SELECT f, "
        f"{window} AS w, v{names}, {_tenth(mapping)} AS d, count(*) AS c, {_scored(mapping)}"
        f"{counted} FROM base WHERE t IS NOT NULL AND NOT o GROUP BY ALL)"
    )
    grouped = (
        "grouped AS MATERIALIZED (SELECT peopled.f AS f, w, v, "
        f"CAST(to_json(CAST([{values}] AS VARCHAR[])) AS VARCHAR) AS q, d, sum(a) AS a, "
        f"sum(b) AS b, sum(e) AS e{added} FROM peopled{joined} GROUP BY ALL)"
    )
    return [people, *kept, grouped]


Branch = tuple[str, str, str, str, str, str]


def branches(rates: Sequence[str], mapping: LogMapping) -> list[Branch]:
    """Rows of the profile: kind, name, n, hits, total, and the table they are drawn from, in which
    the groups stand in q."""
    found, none = list[Branch](), "CAST(NULL AS VARCHAR) AS s, false AS o"
    if mapping.decisions.groups and rates:
        sums = "".join(f", sum(j{i}) AS j{i}, sum(h{i}) AS h{i}" for i, _ in enumerate(rates))
        whole = f"(SELECT f, w, v, {none}, q{sums} FROM grouped GROUP BY ALL)"
        found += [
            ("'group'", literal(name), f"j{i}", f"h{i}", "NULL", f"{whole} WHERE j{i} > 0")
            for i, name in enumerate(rates)
        ]
    if _has_scores(mapping):
        drawn = f"(SELECT *, {none} FROM grouped WHERE d IS NOT NULL)"
        found.append(("'score'", "CAST(d AS VARCHAR)", "a", "b", "e", drawn))
    return found


def is_asked(mapping: LogMapping) -> bool:
    """Whether the mapping tells people apart, or predicted chances from what came true."""
    return bool(mapping.decisions.groups) or _has_scores(mapping)


def _has_scores(mapping: LogMapping) -> bool:
    return mapping.decisions.score is not None and mapping.decisions.truth is not None


def _tenth(mapping: LogMapping) -> str:
    """The tenth of a score that has a truth; what is no chance stands apart."""
    if not _has_scores(mapping):
        return "CAST(NULL AS INTEGER)"
    return (
        f"CASE WHEN y IS NULL OR p IS NULL THEN NULL WHEN NOT isfinite(p) THEN {NO_CHANCE} "
        f"WHEN p < 0 OR p > 1 THEN {NO_CHANCE} "
        f"ELSE least(CAST(floor(p * {TENTHS}) AS INTEGER), {TENTHS - 1}) END"
    )


def _scored(mapping: LogMapping) -> str:
    """How many there are, how many of them are true, and the sum of their scores."""
    if not _has_scores(mapping):
        return "0 AS a, 0 AS b, 0.0 AS e"
    return (
        "count(*) AS a, coalesce(count_if(y), 0) AS b, "
        "sum(CASE WHEN isfinite(p) THEN p ELSE 0 END) AS e"
    )
