"""What whoever analyses a failure asks beside the record: logs by hand, versions that serve for
tests, and registries of models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from tocsin.connectors import kinds
from tocsin.connectors.http_model import PURPOSE, HttpModel
from tocsin.connectors.mlflow_lineage import origin_at, origin_of, trained_on, with_weights
from tocsin.connectors.mlflow_registry import ANSWER_BYTES_MAX, MlflowRegistry
from tocsin.connectors.references import proving, secret_at
from tocsin.desk.evidence.held_outside import Ask as AskHeld
from tocsin.desk.evidence.querying import Ask
from tocsin.desk.evidence.replaying import Target
from tocsin.facts import Refused
from tocsin.facts.analysis import LineageRead
from tocsin.facts.lineage import Origin
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Integration, Register
from tocsin.sources.log import LogSource
from tocsin.wiring.live import Opened
from tocsin.wiring.tools import Building, Equipment, build
from tocsin.world import Clock

MODEL = "http-model"
REGISTRY = "mlflow"


class RegistryAt(msgspec.Struct, frozen=True, kw_only=True):
    """A registry of models that the register names.

    Args:
        model, alias: that the integration's `target` names; None where it names none.
    """

    id: str
    registry: MlflowRegistry
    model: str | None
    alias: str | None
    clock: Clock

    def origin(self, model: str, alias: str | None, version: int | None) -> Origin:
        """Where a version comes from, or the one that an alias names. Raises ConnectorError."""
        now = self.clock.now()
        if version is not None:
            return origin_of(self.registry, model, version, now)
        return origin_at(self.registry, model, alias or "", now)

    def with_weights(self, origin: Origin) -> Origin:
        """The same, with its files read. Raises ConnectorError."""
        return with_weights(self.registry, origin)

    def trained_on(self, model: str, name: str, digest: str) -> tuple[list[str], list[str]]:
        """Versions that used a data set, and those of which nobody can tell."""
        return trained_on(self.registry, model, name, digest)


def registry_at(opened: Opened, system: str, named: str | None) -> RegistryAt:
    """The registry that holds a system's model.

    Args:
        named: the integration, where a person names one.

    Raises:
        Refused: none, or several, are meant.
    """
    register = opened.in_force
    known = {one.id: one for one in register.integrations.values() if one.kind == REGISTRY}
    if named is None:
        declared = register.systems.get(system)
        own = set(declared.integrations) | set(declared.evidence.values()) if declared else set()
        meant = sorted(known.keys() & own) or sorted(known)
    else:
        meant = [named] if named in known else []
    if len(meant) != 1:
        there = ", ".join(known) or f'none; declare one: kind = "{REGISTRY}"'
        raise Refused(f"{len(meant)} registries are meant; name one by --registry: {there}")
    one = known[meant[0]]
    headers = proving(one.secret or "", secret_at)
    caller = kinds.caller_of({"answer_bytes_max": str(ANSWER_BYTES_MAX), **one.settings})
    model, at, alias = one.settings.get("target", "").rpartition("@")
    return RegistryAt(
        id=one.id,
        registry=MlflowRegistry(one.place, caller, headers),
        model=model if at else None,
        alias=alias if at else None,
        clock=opened.world.clock,
    )


def log_asked(opened: Opened, system: str) -> Ask:
    """How a question is put to the log of a system. Raises Refused."""
    return _log_of(opened, system).answer


def request_column(opened: Opened, system: str) -> str:
    """The column by which the log of a system names a request. Raises Refused."""
    column = _log_of(opened, system).mapping.request
    if column is None:
        raise Refused(
            f"the log of {system} does not say which column names a request; write `request:` "
            "under `log:` in its detectors' file"
        )
    return column


def _log_of(opened: Opened, system: str) -> LogSource:
    source = opened.world.sources.get(system)
    if isinstance(source, LogSource):
        return source
    known = ", ".join(sorted(opened.world.sources)) or "none"
    raise Refused(
        f"no log is set up for {system} here; logs are read of: {known}; write `log = ...` under "
        f"[systems.{system}] in HOME/register/ and adopt it"
    )


def targets_at(opened: Opened, against: list[str]) -> list[Target]:
    """The versions that are meant, each at an address of the register that serves for tests.

    Args:
        against: "NAME", "NAME@VERSION", a version where one integration serves models, or the
            address of one.

    Raises:
        Refused: no such integration, or one that does not say that it serves for tests.
    """
    register = opened.in_force
    models = {one.id: one for one in register.integrations.values() if one.kind == MODEL}
    return [_target(opened, register, models, one) for one in against]


def _target(
    opened: Opened, register: Register, models: Mapping[str, Integration], typed: str
) -> Target:
    one, version = _meant(models, typed)
    if one.settings.get("purpose") != PURPOSE:
        raise Refused(
            f"{one.id} is not for replays, which never go to live users; if nobody is served at "
            f'{one.place}, write `purpose = "{PURPOSE}"` under [integrations.{one.id}] and adopt it'
        )
    live = [
        other.id
        for other in register.integrations.values()
        if other.place.rstrip("/") == one.place.rstrip("/") and other.kind != MODEL
    ]
    if live:
        raise Refused(f"{one.id} has the same address as {live[0]}, which looks at live users")
    model = _built(opened, one)
    if version is not None and not (model.chooses or model.tells):
        raise Refused(
            f'{one.id} can neither be asked for a version ("{{version}}" in `body`) nor say which '
            f"it is (`version`); so nothing could be said of version {version}"
        )
    return Target(
        against=one.id if version is None else f"{one.id}@{version}",
        ask=partial(model.ask, version=version),
        concurrency=model.settings.concurrency,
        pause_seconds=60 / model.settings.per_minute if model.settings.per_minute else 0.0,
    )


def _meant(models: Mapping[str, Integration], typed: str) -> tuple[Integration, str | None]:
    name, _, version = typed.partition("@")
    if name in models:
        return models[name], version or None
    if "://" in typed:
        at = [one for one in models.values() if one.place.rstrip("/") == typed.rstrip("/")]
        if len(at) == 1:
            return at[0], None
        raise Refused(
            f"no integration of kind {MODEL} has the address {typed}; a replay goes only to "
            "addresses that the register names"
        )
    if len(models) == 1 and "@" not in typed and typed.isalnum():
        return next(iter(models.values())), typed
    remedy = f'declare one: kind = "{MODEL}", url = "...", purpose = "{PURPOSE}"'
    known = ", ".join(models) or "none"
    raise Refused(
        f"nothing serves {typed!r} for a replay; there are: {known}; "
        f"{did_you_mean(name, models, remedy)}"
    )


def _built(opened: Opened, one: Integration) -> HttpModel:
    made = Equipment()
    world = opened.world
    build(Building(made=made, one=one, home=opened.home, clock=world.clock, open=world.vault.open))
    return made.models[one.id]


def held_in_registries(opened: Opened) -> AskHeld:
    """Asks the registry in which a version was read for that version again."""

    def ask(read: LineageRead) -> Origin | None:
        registry = registry_at(opened, read.system, read.integration)
        if registry.registry.version(read.model, int(read.version)) is None:
            return None
        return registry.origin(read.model, None, int(read.version))

    return ask
