"""What `tocsin detect` answers as one document: findings, groups of them, what nobody judged.

Numbers are numbers; what is a moment is an instant, or a row where the log tells no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tocsin.cli.detection.finding import told
from tocsin.detection.compared.parity import is_outside, said, standings
from tocsin.detection.declared.declaration import Declaration, Fairness
from tocsin.detection.engine.replay import Replay
from tocsin.detection.findings.grouping import Group, grouped, ranked
from tocsin.detection.findings.sentences import sentence
from tocsin.detection.moments import Moments
from tocsin.facts.findings import Found
from tocsin.facts.summaries import WindowSummary

Profiles = Callable[[Found], tuple[str, ...]]
"""The digests of the profiles that a finding rests on: of the log, and of the reference."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How the two logs were read.

    Args:
        columns: what each column was taken for, and why.
        remarks: what someone should know before they believe any of it.
        reference: None where nothing is compared with one.
    """

    log: str
    reference: str | None
    columns: tuple[dict[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    chosen: str = ""


class Detected(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run of `tocsin detect` knows."""

    declared: Declaration
    replay: Replay
    windows: Sequence[WindowSummary]
    moments: Moments
    before: Moments | None
    reading: Reading
    profiles: Profiles
    same: bool


def document(run: Detected) -> dict[str, object]:
    """The answer, for scripts."""
    order, asked = ranked(run.replay.judged), run.replay.asked or run.declared
    places = {one.found.finding: place for place, one in enumerate(order)}
    return {
        "findings": [
            told(one, asked, run.replay.state, run.moments, run.profiles(one.found))
            for one in order
        ],
        "groups": [_group(one, places, run) for one in grouped(run.replay.judged)],
        "not_judged": [_plain(one) for one in run.replay.not_judged],
        "people": [
            {
                "detector": one.id,
                "said": said(each, one.minimum),
                "outside": is_outside(each),
                **_plain(each),
            }
            for one in run.declared.detectors
            if isinstance(one, Fairness)
            for each in standings(one, run.declared.log.decisions.groups, run.windows)
        ],
        "remarks": list(run.reading.remarks),
        "windows": run.moments.windows,
        "rows": run.moments.rows,
        "window": {
            "length": run.declared.log.window_seconds,
            "unit": "rows" if run.moments.by_rows else "seconds",
            "chosen": run.reading.chosen,
        },
        "reference": _reference(run.before),
        "detectors": [
            {"id": one.id, "kind": type(one).__name__.lower(), "status": one.status.value}
            for one in run.declared.detectors
        ],
        "family_run_length": run.declared.family_run_length,
        "reading": {
            "log": run.reading.log,
            "reference": run.reading.reference,
            "columns": list(run.reading.columns),
        },
    }


def _reference(before: Moments | None) -> dict[str, int] | None:
    return None if before is None else {"windows": before.windows, "rows": before.rows}


def _group(group: Group, places: dict[str, int], run: Detected) -> dict[str, object]:
    worst = group.judged[0]
    return {
        "version": group.version,
        "segment": group.segment,
        "failure_mode": group.mode.value,
        "worst": sentence(worst.found, worst.detector, run.moments),
        "since": run.moments.begins(min(one.found.since for one in group.judged)),
        "lasts": any(one.over is None for one in group.judged),
        "findings": sorted(places[one.found.finding] for one in group.judged),
    }


def _plain(one: msgspec.Struct) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(one)
    return {name: value for name, value in plain.items() if value is not None}
