"""Records within records, as spans are exported: fields by dotted names, however rare they are."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.detection.conventions.convention import conventional
from tocsin.facts.looks import LogLook
from tocsin.sources.look import look_at
from written_log import START, source

ROWS = 600


def spans(path: Path, *, nested: bool, rare: int = 0, flat: bool = False) -> None:
    """Spans of a model, each with some attributes of its own among very many."""
    draw, lines = random.Random(3), []
    for place in range(ROWS):
        begin = int((START + timedelta(seconds=60 * place)).timestamp() * 1e9)
        said: dict[str, object] = {
            "gen_ai.request.model": "m-1", "gen_ai.response.model": "m-1-0926",
            "gen_ai.usage.output_tokens": draw.randint(20, 400),
            "gen_ai.response.finish_reasons": ["stop"],
        }  # fmt: skip
        if place % 10 == 0:
            said["error.type"] = "timeout"
        said |= {f"app.k{draw.randrange(rare)}": place for _ in range(2 if rare else 0)}
        row: dict[str, object] = {
            "spanId": f"{place:016x}", "startTimeUnixNano": str(begin),
            "endTimeUnixNano": str(begin + 1_000_000), "status": {"code": "STATUS_CODE_OK"},
        }  # fmt: skip
        row |= said if flat else {"attributes": _nested(said) if nested else said}
        lines.append(json.dumps(row))
    path.write_text("\n".join(lines) + "\n")


def _nested(said: dict[str, object]) -> dict[str, object]:
    whole: dict[str, object] = {}
    for name, value in said.items():
        *outer, last = name.split(".")
        within = whole
        for one in outer:
            within = within.setdefault(one, {})  # type: ignore[assignment]
        within[last] = value
    return whole


def looked(path: Path, tmp_path: Path) -> LogLook:
    return look_at(str(path), tmp_path, tmp_path / "spill")


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("rare", [0, 300])
def test_spans_are_read_and_counted_with_nothing_declared(
    tmp_path: Path, nested: bool, rare: int, flat: bool
) -> None:
    (tmp_path / "log").mkdir()
    spans(tmp_path / "log" / "spans.jsonl", nested=nested, rare=rare, flat=flat)
    found = conventional(looked(tmp_path / "log", tmp_path))
    around = "" if flat else "attributes."
    tokens = f"{around}gen_ai.usage.output_tokens"
    assert found.mapping.at == "startTimeUnixNano" and found.cost == (tokens,)
    assert found.mapping.version == f"{around}gen_ai.response.model"
    log = source(tmp_path, found.mapping)
    refreshed = log.refresh()
    assert refreshed.rejected == () and refreshed.rows == ROWS
    windows = [w for w in log.windows() if w.seconds == found.mapping.profile_seconds]
    cells = [cell for window in windows for cell in window.cells]
    assert {cell.version for cell in cells} == {"m-1-0926"}
    assert sum(cell.judged["error"] for cell in cells) == ROWS
    assert sum(cell.counted["error"] for cell in cells) == ROWS // 10
    assert sum(sum(w.numbers[tokens].counts) for w in windows) == ROWS
