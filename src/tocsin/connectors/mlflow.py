"""The hand that lets an alias of an MLflow registry name another version, and secures that version.

MLflow has no compare-and-set. Whoever moves the alias in the moment between our look and our act is
overwritten, and nothing can tell; whoever moves it just after is seen and told (decision 0014).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.connectors.mlflow_manifest import checked
from tocsin.connectors.mlflow_registry import DatasetInput, MlflowRegistry, Version
from tocsin.connectors.targets import did_you_mean, plain, target_checked
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Produced, Receipt

READ_BACK_TWICE_AFTER_SECONDS = 0.2
MODEL, LINEAGE = "model", "lineage"


class MlflowSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to use a registry.

    Args:
        place: its address.
        secret: a reference to what proves us: "NAME:PASSWORD", or a bearer token.
        target: the alias whose version is secured as evidence, as "MODEL@ALIAS".
    """

    place: str
    secret: str = ""
    target: str = ""


class MlflowAlias:
    """A connector to the aliases of a registry. A target is "MODEL@ALIAS", a state "version:N".

    Args:
        target: the alias whose version is secured as evidence; empty where it secures none.
    """

    def __init__(self, registry: MlflowRegistry, target: str, clock: Clock) -> None:
        self._registry, self._target, self._clock = registry, target, clock

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.IDEMPOTENT

    def look(self, target: str) -> str:
        name, alias = parted(target)
        version = self._registry.alias(name, alias)
        if version is None:
            known = did_you_mean(alias, self._registry.aliases(name))
            raise _refusal(f"{name} has no alias {plain(alias)!r}; {known}")
        return state_of(version)

    def act(self, order: Order) -> Receipt:
        name, alias = parted(order.target)
        number = numbered(order.wanted)
        wanted = self._registry.version(name, number)
        if wanted is None or wanted.status != "READY":
            status = wanted.status if wanted else "not there"
            raise _refusal(f"version {number} of {name} is {status}; name a version that is READY")
        before = self.look(order.target)
        if before == order.wanted:
            return Receipt(key=order.key, outcome=Outcome.ALREADY, before=before, after=before)
        try:
            self._registry.repoint(name, alias, number)
        except ConnectorError as bad:
            # Whoever finds it moved later must be able to tell what it named before.
            raise ConnectorError(
                f"{bad}; before, {order.target} named {before}",
                may_have_acted=bad.may_have_acted,
                retry=bad.retry,
                retry_after_seconds=bad.retry_after_seconds,
            ) from None
        after = self._read_back(order)
        return Receipt(key=order.key, outcome=Outcome.DONE, before=before, after=after)

    def find(self, order: Order) -> Receipt | None:
        """ALREADY while the alias names the wanted version; else None: setting it again is safe."""
        seen = self.look(order.target)
        if seen != order.wanted:
            return None
        return Receipt(key=order.key, outcome=Outcome.ALREADY, before=seen, after=seen)

    def produce(self, item: str, seconds: float) -> Produced:
        """The version that the alias names now, or the lineage of its training, as a document."""
        make = {MODEL: self._model, LINEAGE: self._lineage}.get(item)
        if make is None or not self._target:
            why = f"an MLflow registry secures {MODEL} and {LINEAGE}, of the alias in its settings"
            return _insufficient(item, why)
        registry = self._registry.within(seconds, self._clock)
        try:
            version = registry.alias(*parted(self._target))
            if version is None:
                return _insufficient(item, f"{self._target} names no version")
            return make(registry, item, version)
        except ConnectorError as unseen:
            return _insufficient(item, str(unseen))

    def _read_back(self, order: Order) -> str:
        for pause in (0.0, READ_BACK_TWICE_AFTER_SECONDS):
            self._clock.sleep(pause)
            try:
                seen = self.look(order.target)
            except ConnectorError as unseen:
                raise ConnectorError(
                    f"{order.target} was set to {order.wanted}, but not read back: {unseen}",
                    may_have_acted=True,
                ) from None
            if seen != order.wanted:
                raise ConnectorError(
                    f"{order.target} was set to {order.wanted}, yet names {seen}: obeyed in word "
                    "only, or somebody else moved it at the same moment; find out who",
                    may_have_acted=True,
                )
        return seen

    def _model(self, registry: MlflowRegistry, item: str, version: Version) -> Produced:
        held = checked(registry, version)
        again = {file.path: file.sha256 for file in registry.files(version)}
        changing = [f.path for f in held.files if again.get(f.path) != f.sha256]
        wrong = [*held.wrong, *(f"{path} changed while it was read" for path in changing)]
        document = {
            "alias": self._target,
            "version": msgspec.to_builtins(version),
            "files": [msgspec.to_builtins(file) for file in held.files],
            "held_against": held.basis,
            "wrong": wrong,
        }
        good = len(held.files) - len(wrong)
        why = "; ".join(wrong) or f"{len(held.files)} files read twice; {held.basis}"
        return Produced(
            item=item, producer="the MLflow registry", name="model.json",
            data=_json(document), count=max(good, 0), wanted=max(len(held.files), 1),
            sufficient=not wrong and bool(held.files), why=why,
        )  # fmt: skip

    def _lineage(self, registry: MlflowRegistry, item: str, version: Version) -> Produced:
        inputs = registry.inputs(version.run_id) if version.run_id else ()
        told = [_verdict(one) for one in inputs]
        document = {
            "version": version.version,
            "run": version.run_id,
            "inputs": [msgspec.to_builtins(one) for one in inputs],
            "verdicts": told,
        }
        proven = sum("L1" in one for one in told)
        why = "; ".join(told) or "UNPROVABLE: the run recorded no data set"
        return Produced(
            item=item, producer="the MLflow registry", name="lineage.json",
            data=_json(document), count=proven, wanted=max(len(inputs), 1),
            sufficient=bool(inputs) and proven == len(inputs), why=why,
        )  # fmt: skip


def parted(target: str) -> tuple[str, str]:
    """Model and alias of a target "MODEL@ALIAS". Raises ConnectorError."""
    name, at, alias = target_checked(target).rpartition("@")
    if not at or not name or not alias:
        raise _refusal(f'{plain(target)!r} is no target; write "MODEL@ALIAS"')
    return name, alias


def numbered(state: str) -> int:
    """The number in "version:N". Raises ConnectorError."""
    word, _, number = state.partition(":")
    if word != "version" or not number.isdecimal() or len(number) > 9:
        raise _refusal(f'{plain(state)!r} is no state of an alias; write "version:N"')
    return int(number)


def state_of(version: Version) -> str:
    """What an alias that names this version is: "version:N"."""
    return f"version:{version.version}"


def _verdict(one: DatasetInput) -> str:
    """How well the training data can be proven, never whether. Source: levels L0 and L1.

    MLflow's own digest covers the first 10,000 rows in 32 bits, so that it proves nothing.
    """
    tags = {tag.key: tag.value for tag in one.tags}
    name = one.dataset.name or "a data set without a name"
    digest = next((v for k, v in tags.items() if k.endswith("sha256") and len(v) == 64), None)
    if digest is not None:
        return f"{name}: L1 pointer and SHA-256 {digest[:12]} on record, recorded at training"
    return f"{name}: UNPROVABLE, only MLflow's 32-bit digest {one.dataset.digest or 'of nothing'}"


def _insufficient(item: str, why: str) -> Produced:
    return Produced(
        item=item, producer="the MLflow registry", name=f"{item}.json", data=b"",
        count=0, wanted=1, sufficient=False, why=why,
    )  # fmt: skip


def _json(document: Mapping[str, object]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


def _refusal(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
