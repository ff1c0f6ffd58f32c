"""Reads where a version of a model comes from: alias, version, run, data sets, code, parameters.

Nothing is judged here. What the registry does not say is looked for where it can be: a version
without a run names a logged model in its source, and that names the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from tocsin.connectors.mlflow_manifest import checked
from tocsin.connectors.mlflow_registry import DatasetInput, MlflowRegistry, Run, Version
from tocsin.connectors.targets import did_you_mean, plain
from tocsin.facts import ConnectorError
from tocsin.facts.lineage import DataUsed, Origin, RunState

_LOGGED = re.compile(r"(?:^models:/|/models/)(m-[0-9a-f]{8,64})(?:/|$)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DELETED = "deleted"
_PARENTS = ("mlflow.parentRunId", "parent_version", "base_model", "mlflow.base_model")
VERSIONS_MAX = 500


def origin_at(registry: MlflowRegistry, model: str, alias: str, now: datetime) -> Origin:
    """Where the version comes from that an alias names now. Raises ConnectorError."""
    version = registry.alias(model, alias)
    if version is None:
        known = did_you_mean(alias, registry.aliases(model))
        raise _never(f"{plain(model)} has no alias {plain(alias)!r}; {known}")
    return _origin(registry, version, alias, now)


def origin_of(registry: MlflowRegistry, model: str, number: int, now: datetime) -> Origin:
    """Where a version comes from. Raises ConnectorError."""
    version = registry.version(model, number)
    if version is None:
        raise _never(f"{plain(model)} has no version {number}")
    return _origin(registry, version, None, now)


def with_weights(registry: MlflowRegistry, origin: Origin) -> Origin:
    """The same, with its files read and held against their manifest. Raises ConnectorError."""
    version = registry.version(origin.model, int(origin.version))
    if version is None:
        return msgspec.structs.replace(origin, weights=("the version is gone",))
    held = checked(registry, version)
    return msgspec.structs.replace(
        origin,
        weights=held.wrong,
        weights_basis=held.basis,
        files=tuple((file.path, file.sha256) for file in held.files),
    )


def trained_on(
    registry: MlflowRegistry, model: str, name: str, digest: str
) -> tuple[list[str], list[str]]:
    """The versions of a model whose runs say they used a data set, and those that nobody can tell.

    Args:
        digest: the registry's own, or the SHA-256 that was recorded with the run.
    """
    found, untold = list[str](), list[str]()
    for version in registry.versions(model)[:VERSIONS_MAX]:
        run_id, _ = _run_of(registry, version)
        run = registry.run(run_id) if run_id else None
        used = [_used(one) for one in run.inputs.dataset_inputs] if run is not None else []
        if any(one.name == name and digest in (one.digest, one.sha256) for one in used):
            found.append(version.version)
        elif not used:
            untold.append(version.version)
    return found, untold


def _origin(registry: MlflowRegistry, version: Version, alias: str | None, now: datetime) -> Origin:
    run_id, how = _run_of(registry, version)
    run = registry.run(run_id) if run_id else None
    seen = run or Run()
    return Origin(
        model=version.name,
        version=version.version,
        alias=alias,
        status=version.status,
        source=version.source,
        registered_by=version.user_id or _tag(version, "mlflow.user"),
        registered_at=_at(version.creation_timestamp),
        read_at=now,
        run=run_id or None,
        run_from=how,
        run_state=_state(run_id, run),
        run_by=seen.tag("mlflow.user") or seen.info.user_id,
        ended_at=_at(seen.info.end_time),
        data=tuple(_used(one) for one in seen.inputs.dataset_inputs),
        params=tuple(sorted((one.key, one.value) for one in seen.data.params)),
        commit=seen.tag("mlflow.source.git.commit"),
        code=seen.tag("mlflow.source.name") or "",
        parents=tuple(_parents(version, seen)),
    )


def _run_of(registry: MlflowRegistry, version: Version) -> tuple[str, str]:
    """The run that trained a version, and how that is known."""
    if version.run_id:
        return version.run_id, "the version names it"
    logged = _LOGGED.search(version.source)
    if logged is None:
        return "", "the version names none, and its source no logged model"
    run = registry.run_of_logged(logged[1])
    how = f"the version names none; its source is {logged[1]}, which that run logged"
    return (run, how) if run else ("", f"neither the version nor {logged[1]} names it")


def _state(run_id: str, run: Run | None) -> RunState:
    if not run_id:
        return RunState.UNNAMED
    if run is None:
        return RunState.ABSENT
    return RunState.DELETED if run.info.lifecycle_stage == _DELETED else RunState.ACTIVE


def _used(one: DatasetInput) -> DataUsed:
    tags = {tag.key: tag.value for tag in one.tags}
    recorded = (v.lower() for k, v in sorted(tags.items()) if k.lower().endswith("sha256"))
    return DataUsed(
        name=one.dataset.name,
        digest=one.dataset.digest,
        source_type=one.dataset.source_type,
        source=one.dataset.source,
        context=tags.get("mlflow.data.context", ""),
        sha256=next((v for v in recorded if _SHA256.fullmatch(v)), None),
    )


def _parents(version: Version, run: Run) -> Iterator[str]:
    for name in _PARENTS:
        value = version.tag(name) or run.tag(name)
        if value:
            yield f"{name}={value}"


def _tag(version: Version, name: str) -> str:
    return version.tag(name) or ""


def _at(milliseconds: int) -> datetime | None:
    if not 0 < milliseconds < 32_503_680_000_000:  # the year 3000
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _never(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
