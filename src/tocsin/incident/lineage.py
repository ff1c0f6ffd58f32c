"""What can be said of each item of a lineage: a verdict and a level, never yes or no. Pure.

Levels: 0, a pointer is on record; 1, the bytes are at hand and equal to a digest that was recorded
at training; 2, the exact table after query, filter and split; 3, training again gives the same.
MLflow records nothing that would reach 2 or 3, and that is said.

Source: the digest of MLflow 3 (first 10,000 rows, columns of texts and numbers alone, 32 bits);
measured on 3.17, see decisions/0034.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from tocsin.facts.analysis import LineageItem, LineageVerdict
from tocsin.facts.lineage import AtHand, DataUsed, Origin, RunState

PROVEN, DISPROVEN = LineageVerdict.PROVEN, LineageVerdict.DISPROVEN
UNPROVABLE, AT_RISK = LineageVerdict.UNPROVABLE, LineageVerdict.AT_RISK
SHORT_DIGEST = (
    "MLflow's own digest has 32 bits and covers texts and numbers of the first 10,000 rows alone, "
    "so it proves nothing"
)
NOT_THE_TABLE = "which rows of it were used, after filter and split, is not on record"
MUTABLE = "tags of a run can be changed after it has ended"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One item and what can be said of it, as in `lineage-judged`."""

    item: LineageItem
    name: str
    digest: str | None
    verdict: LineageVerdict
    level: int | None
    because: str


def judged(origin: Origin, at_hand: Mapping[str, AtHand]) -> list[Judged]:
    """Every item of an origin.

    Args:
        at_hand: what was found of the data sets' bytes, by `DataUsed.shown`; nothing of one that
            nobody looked for.
    """
    found = [_alias(origin)] if origin.alias is not None else []
    found += [_version(origin), _weights(origin), _run(origin)]
    found += [_data(origin, one, at_hand.get(one.shown)) for one in origin.data]
    if not origin.data:
        found.append(_no_data(origin))
    return [*found, _code(origin), _parameters(origin), *_parents(origin)]


def source_path(one: DataUsed) -> str:
    """Where a data set lay, if its source is a place at all; empty where there is nothing to load.

    A source is JSON such as `{"uri": "/data/train.csv"}`; of kind `code` it names a script alone.
    """
    if one.source_type == "code":
        return ""
    try:
        said = json.loads(one.source)
    except (ValueError, RecursionError):
        return one.source
    if not isinstance(said, dict):
        return str(said)
    return next((str(said[key]) for key in ("uri", "url", "path") if said.get(key)), "")


def _alias(origin: Origin) -> Judged:
    return Judged(
        item=LineageItem.ALIAS, name=f"{origin.model}@{origin.alias}", digest=None,
        verdict=PROVEN, level=0,
        because=f"it named version {origin.version} at {_shown(origin.read_at)}; an alias can be "
        "moved at any moment, and MLflow keeps no history of it",
    )  # fmt: skip


def _version(origin: Origin) -> Judged:
    who = f"registered by {origin.registered_by}" if origin.registered_by else "by nobody named"
    when = f" at {_shown(origin.registered_at)}" if origin.registered_at else ""
    source = origin.source or "no source"
    ready = "" if origin.status == "READY" else f"; its status is {origin.status or 'unknown'}"
    return Judged(
        item=LineageItem.VERSION, name=f"{origin.model} version {origin.version}", digest=None,
        verdict=AT_RISK if ready else PROVEN, level=0,
        because=f"{who}{when}; it lies at {source}{ready}",
    )  # fmt: skip


def _weights(origin: Origin) -> Judged:
    verdict, level, because = UNPROVABLE, 0, ""
    manifested = origin.weights_basis.startswith("the manifest")
    if origin.weights is None:
        because = "its files were not read (--weights), and MLflow keeps no digest of them"
    elif origin.weights:
        verdict, because = DISPROVEN, "; ".join(origin.weights)
        level = 1 if manifested else 0
    elif manifested:
        verdict, level = PROVEN, 1
        because = f"{len(origin.files)} files are those of {origin.weights_basis}"
    else:
        because = (
            f"{len(origin.files)} files read at {_shown(origin.read_at)}; no manifest was written "
            "at registration, and MLflow keeps no digest of them"
        )
    return Judged(
        item=LineageItem.WEIGHTS, name=f"files of version {origin.version}", digest=None,
        verdict=verdict, level=level, because=because,
    )  # fmt: skip


def _run(origin: Origin) -> Judged:
    name = origin.run or "no run"
    by = f", by {origin.run_by}" if origin.run_by else ""
    match origin.run_state:
        case RunState.ACTIVE:
            told: tuple[LineageVerdict, int | None, str] = (
                PROVEN, 0, f"{origin.run_from}{by}; {MUTABLE}",
            )  # fmt: skip
        case RunState.DELETED:
            told = (
                AT_RISK, 0, f"{origin.run_from}{by}; it is DELETED: what it recorded goes with the "
                "next `mlflow gc`, which asks neither for versions nor for aliases; export it now",
            )  # fmt: skip
        case RunState.ABSENT:
            told = (DISPROVEN, 0, f"{origin.run_from}, and the registry has no such run any more")
        case _:
            told = (UNPROVABLE, None, origin.run_from)
    verdict, level, because = told
    return Judged(
        item=LineageItem.RUN, name=name, digest=None, verdict=verdict, level=level, because=because
    )


def _data(origin: Origin, one: DataUsed, at_hand: AtHand | None) -> Judged:
    verdict, level, because = _data_told(one, at_hand)
    if one.context:
        because = f"used for {one.context}; {because}"
    else:
        because = f"what it was used for is not on record; {because}"
    if origin.run_state is RunState.DELETED and verdict in (PROVEN, UNPROVABLE):
        verdict = AT_RISK
        because += "; the run that says so is DELETED"
    return Judged(
        item=LineageItem.DATA, name=one.shown, digest=one.digest or None, verdict=verdict,
        level=level, because=because,
    )  # fmt: skip


def _data_told(one: DataUsed, at_hand: AtHand | None) -> tuple[LineageVerdict, int, str]:
    place = source_path(one)
    if not place and at_hand is None:
        return UNPROVABLE, 0, (
            "its source is a script, so there is nothing to load and nothing to compare"
            if one.source_type == "code"
            else "its source names no place"
        )  # fmt: skip
    if one.sha256 is None:
        return _without_digest(at_hand, place)
    recorded = f"SHA-256 {one.sha256[:12]} was recorded with the run ({MUTABLE})"
    if at_hand is None:
        return UNPROVABLE, 0, f"{recorded}; nobody compared the bytes: --verify PATH"
    if at_hand.sha256 is None:
        return DISPROVEN, 0, f"{recorded}, and the bytes are not there: {at_hand.why}"
    if at_hand.sha256 != one.sha256:
        return (
            DISPROVEN,
            1,
            (f"{recorded}, and {at_hand.place} is another: {at_hand.sha256[:12]}; {SHORT_DIGEST}"),
        )
    return PROVEN, 1, f"{recorded}, and {at_hand.place} is equal to it; {NOT_THE_TABLE}"


def _without_digest(at_hand: AtHand | None, place: str) -> tuple[LineageVerdict, int, str]:
    where = f"it came from {place}" if place else "its source names no place"
    if at_hand is not None and at_hand.sha256 is None:
        return DISPROVEN, 0, f"{where}, and the bytes are not there: {at_hand.why}"
    taken = ""
    if at_hand is not None:
        taken = (
            f"; {at_hand.place} is {at_hand.sha256} now: a digest taken now, and not at training"
        )
    return UNPROVABLE, 0, f"{where}; {SHORT_DIGEST}{taken}"


def _no_data(origin: Origin) -> Judged:
    because = "the run recorded no data set"
    if origin.run_state in (RunState.ABSENT, RunState.UNNAMED):
        because = "no run can be asked which data it used"
    return Judged(
        item=LineageItem.DATA, name="none on record", digest=None, verdict=UNPROVABLE, level=None,
        because=because,
    )  # fmt: skip


def _code(origin: Origin) -> Judged:
    verdict, level = UNPROVABLE, None if not origin.code else 0
    because = f"no commit is on record; it was started from {origin.code or 'nobody knows where'}"
    if origin.commit:
        verdict, level = PROVEN, 0
        because = (
            f"the run names this commit, not whether anything beside it was changed; {MUTABLE}"
        )
    if origin.run_state is RunState.DELETED and origin.commit:
        verdict = AT_RISK
    return Judged(
        item=LineageItem.CODE, name=origin.commit or "no commit", digest=None, verdict=verdict,
        level=level, because=because,
    )  # fmt: skip


def _parameters(origin: Origin) -> Judged:
    count = len(origin.params)
    verdict = PROVEN if count else UNPROVABLE
    if count and origin.run_state is RunState.DELETED:
        verdict = AT_RISK
    because = "as the run has them; sealed with this lineage" if count else "none are on record"
    return Judged(
        item=LineageItem.PARAMETERS, name=f"{count} parameters", digest=None, verdict=verdict,
        level=0 if count else None, because=because,
    )  # fmt: skip


def _parents(origin: Origin) -> Iterator[Judged]:
    for one in origin.parents or ("none on record",):
        known = bool(origin.parents)
        yield Judged(
            item=LineageItem.PARENT, name=one, digest=None,
            verdict=PROVEN if known else UNPROVABLE, level=0 if known else None,
            because=MUTABLE if known else "what it was made from, if anything, is not on record",
        )  # fmt: skip


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
