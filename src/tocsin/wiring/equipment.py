"""What a home can act, look and secure evidence with, built from a register.

One that cannot be built is a mistake told with its remedy, and never an obstacle to the others.
Acting uses the register in force alone: what merely stands in a file does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

from tocsin.connectors.references import secret_at
from tocsin.connectors.signature import check_secret
from tocsin.facts import ConnectorError, Refused
from tocsin.register.files import load_placed
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.register.model import Integration, Register
from tocsin.register.references import Places
from tocsin.vault.folder import FolderVault
from tocsin.wiring.detectors import logs_of, stamp
from tocsin.wiring.tools import OTHER_KINDS, Building, Equipment, build
from tocsin.world import Beat, Clock, Connector, Courier, Probe, Producer, Reference, Source

Tool = TypeVar("Tool")
SIGNING_KINDS = ("webhook",)

__all__ = ["OTHER_KINDS", "Equipment", "InForce", "declared", "difference", "emptying", "equipment"]


def equipment(
    register: Register, home: Path, clock: Clock, places: Places | None = None
) -> Equipment:
    """All that the integrations of a register give, and the logs of its systems.

    Args:
        places: where each stands in its file, where that is known.
    """
    made = Equipment()
    for integration in register.integrations.values():
        try:
            build(Building(made=made, one=integration, home=home, clock=clock, open=_kept_in(home)))
        except Refused as bad:
            made.unusable.append(_mistake(integration, str(bad), places or {}))
    logs = logs_of(register, home, clock)
    made.sources.update(logs.sources)
    made.references.update(logs.references)
    made.producers.update(logs.producers)
    made.unusable.extend(logs.mistakes)
    return made


def _kept_in(home: Path) -> Callable[[str], BinaryIO]:
    """Opens what the home's vault keeps; a home that is only read gets no vault by it."""
    return lambda digest: FolderVault(home / "vault").open(digest)


def declared(home: Path, clock: Clock) -> tuple[Register, list[Mistake]]:
    """The register that the files of a home declare, and all that keeps it from coming into force.

    Raises:
        Refused: the folder cannot be read.
    """
    register, told, places = load_placed(home / "register")
    if register.is_empty and not told:
        told.append(_nothing_declared(advice=True))
    unfit = list(_unfit_secrets(register, places))
    return register, sorted([*told, *equipment(register, home, clock, places).unusable, *unfit])


def _unfit_secrets(register: Register, places: Places) -> Iterator[Mistake]:
    """Signing secrets that can be read here and cannot sign; one that is not here tells nothing."""
    for integration in register.integrations.values():
        if integration.kind not in SIGNING_KINDS or not integration.secret:
            continue
        try:
            check_secret(secret_at(integration.secret))
        except ConnectorError:
            continue
        except Refused as bad:
            yield _mistake(integration, f"secret {integration.secret}: {bad}", places)


class InForce:
    """The equipment of the register that is in force at the moment of asking.

    A worker that runs for weeks acts through what was adopted since, and through nothing else.

    Args:
        register: gives the register in force; raises Refused where it cannot be read.
    """

    def __init__(self, register: Callable[[], Register], home: Path, clock: Clock) -> None:
        self._register, self._home, self._clock = register, home, clock
        self._built: tuple[Register, object, Equipment] | None = None
        self.hands: Mapping[str, Connector] = _Now(lambda: self.now().hands)
        self.eyes: Mapping[str, Probe] = _Now(lambda: self.now().eyes)
        self.producers: Mapping[str, Producer] = _Now(lambda: self.now().producers)
        self.sources: Mapping[str, Source] = _Now(lambda: self.now().sources)
        self.references: Mapping[str, Reference] = _Now(lambda: self.now().references)
        self.beats: Mapping[str, Beat] = _Now(lambda: self.now().beats)
        self.couriers: Mapping[str, Courier] = _Now(lambda: self.now().couriers)

    def now(self) -> Equipment:
        """All that can be used now; nothing where the register in force cannot be read."""
        try:
            register = self._register()
        except Refused:
            return Equipment()
        built, detectors = self._built, stamp(self._home)
        if built is None or built[0] is not register or built[1] != detectors:
            built = (register, detectors, equipment(register, self._home, self._clock))
            self._built = built
        return built[2]


class _Now(Mapping[str, Tool]):
    """What a function gives at the moment of asking, as a mapping.

    Each question asks once, as it reads the record: whoever wants several tools takes `items`.
    """

    def __init__(self, tools: Callable[[], Mapping[str, Tool]]) -> None:
        self._tools = tools

    def __getitem__(self, name: str) -> Tool:
        return self._tools()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools())

    def __len__(self) -> int:
        return len(self._tools())

    def items(self) -> ItemsView[str, Tool]:
        """All of them, as they are at this one moment."""
        return self._tools().items()


def difference(
    files: Register, mistakes: list[Mistake], in_force: Register, adopted: str | None
) -> str | None:
    """How the files differ from the register in force, and the next step; None if they do not.

    Args:
        adopted: the digest of the register in force; None before any was adopted.
    """
    wrong = mistakes_only(mistakes)
    if adopted is not None and files.is_empty and not wrong:
        nothing = _nothing_declared(advice=True)
        return f"HOME/register/: {nothing.found}; {nothing.remedy}"
    if wrong:
        told = f"; the first of {len(wrong)} mistakes: {wrong[0]}"
    elif files.digest == in_force.digest:
        return None
    else:
        told = ""
    if adopted is None:
        return (
            "no register is in force, so nothing that stands in HOME/register/ is used yet; run: "
            f"tocsin register lint, then: tocsin register adopt{told}"
        )
    return (
        f"the files in HOME/register/ are not the register in force ({adopted[:12]}), which alone "
        f"is used; run: tocsin register lint, then: tocsin register adopt{told}"
    )


def emptying(files: Register, adopted: str | None) -> Mistake | None:
    """What forbids to put these files into force: they declare nothing, and what is there does."""
    if files.is_empty and adopted not in (None, files.digest):
        return _nothing_declared(advice=False)
    return None


def _nothing_declared(*, advice: bool) -> Mistake:
    return Mistake(
        file="register",
        line=1,
        path="",
        found="no file declares anything: no system, no person, nothing to act with",
        remedy="put back the .toml files, or declare at least one person or system, "
        "then: tocsin register adopt",
        advice=advice,
    )


def _mistake(one: Integration, why: str, places: Places) -> Mistake:
    table = places.get(("integrations", one.id))
    if table is not None:
        return table.source.mistake(table.path, "cannot be used", why)
    path = f"integrations.{one.id}"
    return Mistake(file="register", line=1, path=path, found="cannot be used", remedy=why)
