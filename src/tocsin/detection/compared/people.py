"""Groups of people in windows: by each column alone and by all together, with whom each compares.

A group whose value is missing in a column, or is among the rare ones that stand together, is never
judged. Whom the others are compared with is declared, or the largest group so far: chosen by its
size, never by how it fares, so that the data do not choose their own test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tocsin.detection.compared.two_shares import Seen
from tocsin.facts.summaries import OTHER_GROUPS, GroupCell, ScoreCell

NOTHING = Seen()
Group = tuple[str | None, ...]


def column_sets(groups: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """By what people are told apart: each column alone, and all together."""
    alone = tuple((name,) for name in groups)
    return (*alone, tuple(groups)) if len(groups) > 1 else alone


def named(columns: Sequence[str], values: Sequence[str | None]) -> str:
    """A group as people read it: `sex=Female, race=Other`."""
    pairs = zip(columns, values, strict=True)
    return ", ".join(f"{column}={_said(value)}" for column, value in pairs)


def columns_of(group: str, groups: Sequence[str]) -> str:
    """By which of these columns a group with this name is told apart."""
    alone = [c for c in groups if group.startswith(f"{c}=")]
    every = len(groups) > 1 and all(f", {c}=" in group for c in groups[1:])
    return ", ".join(groups if every else alone[:1])


def within(group: Group, columns: Sequence[str], declared: Sequence[str]) -> Group | None:
    """The values of these columns only; None for a group that is not judged by them.

    Args:
        declared: all columns of groups, in the order of the cells' values.
    """
    values = tuple(group[declared.index(column)] for column in columns)
    return None if None in values or OTHER_GROUPS in values else values


def seen(
    cells: Iterable[GroupCell], rate: str, columns: Sequence[str], declared: Sequence[str]
) -> dict[str, Seen]:
    """How many people of each group were judged by a rate, and how many count, by its name."""
    found: dict[str, Seen] = {}
    for cell in cells:
        values, judged = within(cell.group, columns, declared), cell.judged.get(rate, 0)
        if values is not None and judged:
            more = Seen(judged=judged, counted=cell.counted.get(rate, 0))
            name = named(columns, values)
            found[name] = found.get(name, NOTHING).plus(more)
    return found


def not_told_apart(
    cells: Iterable[GroupCell], rate: str, columns: Sequence[str], declared: Sequence[str]
) -> int:
    """How many were judged whose group is missing or too rare to be told by these columns."""
    return sum(
        cell.judged.get(rate, 0) for cell in cells if within(cell.group, columns, declared) is None
    )


def scores_of(
    cells: Iterable[ScoreCell], columns: Sequence[str], declared: Sequence[str]
) -> dict[str, list[ScoreCell]]:
    """The scores of each group, by its name."""
    found: dict[str, list[ScoreCell]] = {}
    for cell in cells:
        values = within(cell.group, columns, declared)
        if values is not None:
            found.setdefault(named(columns, values), []).append(cell)
    return found


def compared_with(
    sizes: Mapping[str, float], columns: Sequence[str], declared: str | None
) -> str | None:
    """The group that the others of these columns are compared with; None when there is none.

    Args:
        sizes: how many people each group has had so far.
        declared: the name of a group of these columns, of more of them (of which these are taken),
            or, of a single column, only its value. Where it says nothing of these columns the
            largest is taken; of two as large that which comes first in the alphabet.
    """
    if declared is not None:
        said = declared if declared in sizes else _declared(columns, declared)
        if said is not None:
            return said
    return min(sizes, key=lambda name: (-sizes[name], name), default=None)


def _declared(columns: Sequence[str], declared: str) -> str | None:
    pairs = [part.strip().partition("=") for part in declared.split(",")]
    if all(not sign for _, sign, _ in pairs):
        return f"{columns[0]}={declared}" if len(columns) == 1 else None
    said = {column.strip(): value.strip() for column, _, value in pairs}
    if not set(columns) <= set(said):
        return None
    return named(columns, [said[column] for column in columns])


def _said(value: str | None) -> str:
    if value is None:
        return "(missing)"
    return "(rare)" if value == OTHER_GROUPS else value
