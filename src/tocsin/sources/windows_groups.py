"""What windows hold of groups of people and of predicted chances, read back from profiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

import msgspec

from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import GroupCell, ScoreCell, WindowSummary
from tocsin.sources.engine import Engine

_Windows = dict[tuple[int, int], WindowSummary]
_Group = tuple[str | None, ...]


def tells_people_apart(mapping: LogMapping) -> bool:
    """Whether the windows of the profile's length hold groups or scores."""
    decisions = mapping.decisions
    return bool(decisions.groups) or (decisions.score is not None and decisions.truth is not None)


def with_groups(
    engine: Engine, table: str, mapping: LogMapping, found: Mapping[tuple[int, int], WindowSummary]
) -> _Windows:
    """The windows, by begin in microseconds and length, with their groups and scores."""
    if not tells_people_apart(mapping):
        return dict(found)
    groups, scores = _groups(engine, table), _scores(engine, table)
    long = mapping.profile_seconds
    return {
        key: window
        if key[1] != long
        else msgspec.structs.replace(
            window, groups=tuple(groups[key[0]]), scores=tuple(scores[key[0]])
        )
        for key, window in found.items()
    }


def _groups(engine: Engine, table: str) -> dict[int, list[GroupCell]]:
    judged: dict[tuple[int, str | None, str], dict[str, int]] = defaultdict(dict)
    counted: dict[tuple[int, str | None, str], dict[str, int]] = defaultdict(dict)
    for row in engine.rows(
        "SELECT w, v, value, name, sum(n)::BIGINT, sum(hits)::BIGINT "
        f"FROM {table} WHERE kind = 'group' GROUP BY ALL ORDER BY w, v NULLS FIRST, value, name"
    ):
        at, version, value, name, n, hits = cast("tuple[int, str | None, str, str, int, int]", row)
        judged[at, version, value][name] = n
        counted[at, version, value][name] = hits
    found: dict[int, list[GroupCell]] = defaultdict(list)
    for (at, version, value), of in judged.items():
        found[at].append(
            GroupCell(
                version=version,
                group=_group(value),
                judged=of,
                counted=counted[at, version, value],
            )
        )
    return found


def _scores(engine: Engine, table: str) -> dict[int, list[ScoreCell]]:
    found: dict[int, list[ScoreCell]] = defaultdict(list)
    for row in engine.rows(
        "SELECT w, v, value, CAST(name AS INTEGER) AS tenth, sum(n)::BIGINT, sum(hits)::BIGINT, "
        f"sum(total) FROM {table} WHERE kind = 'score' GROUP BY ALL "
        "ORDER BY w, v NULLS FIRST, value, tenth"
    ):
        at, version, value, tenth, n, hits, total = cast(
            "tuple[int, str | None, str, int, int, int, float]", row
        )
        found[at].append(
            ScoreCell(
                version=version,
                group=_group(value),
                tenth=tenth,
                labelled=n,
                true=hits,
                expected=total,
            )
        )
    return found


def _group(value: str) -> _Group:
    return msgspec.json.decode(value.encode(), type=tuple[str | None, ...])
