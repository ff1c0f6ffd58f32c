"""A judge model and the exchanges it is asked about, for whoever runs `tocsin judge`.

A judge is declared in the register (kind "judge"), or named by its address on the command line. An
address that a person writes is the only place its calls may go: its port, and where it is written
in digits its network, are allowed by that.
"""

from __future__ import annotations

import contextlib
import ipaddress
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tocsin.facts import Refused, Unreachable
from tocsin.facts.logs import LogMapping
from tocsin.facts.opinions import Exchange
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Integration
from tocsin.sources.columns import CannotRead
from tocsin.sources.engine import Engine
from tocsin.sources.exchanges import exchanges
from tocsin.sources.verdicts import Judging, Verdict, judge_into, labels_in, verdicts_in
from tocsin.vault.folder import FolderVault
from tocsin.wiring.equipment import declared
from tocsin.wiring.tools import Building, Equipment, build
from tocsin.world import Clock, Judge

__all__ = ["Judging", "Verdict", "judge_at", "judge_into", "judge_named", "labels_in", "sample_of"]
__all__ += ["verdicts_in"]

KIND = "judge"


def judge_named(name: str, home: Path, clock: Clock) -> Judge:
    """The judge that the files of the register declare under this id. Raises Refused."""
    register, _ = declared(home, clock)
    known = [one.id for one in register.integrations.values() if one.kind == KIND]
    if name not in known:
        remedy = f'declare it in {home / "register"}: kind = "judge", or write its address'
        raise Refused(f"no judge {name!r} is declared; {did_you_mean(name, known, remedy)}")
    return _built(register.integrations[name], home, clock)


def judge_at(url: str, model: str, secret: str | None, home: Path, clock: Clock) -> Judge:
    """The judge at an address that a person wrote. Raises Refused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as bad:
        raise Refused(f"{url!r} is no address: {bad}") from None
    settings = {"model": model}
    if port is not None:
        settings["ports"] = str(port)
    with contextlib.suppress(ValueError):  # a name must lead to public addresses, by TLS
        settings["networks"] = str(ipaddress.ip_network(host))
    return _built(
        Integration(id=KIND, kind=KIND, place=url, secret=secret, settings=settings), home, clock
    )


def sample_of(log: str, mapping: LogMapping, most: int) -> tuple[list[Exchange], int]:
    """So many exchanges of a log, and of how many they are.

    Raises:
        Refused: the log is not what the mapping says, or not there.
        Unreachable: its folder cannot be listed.
    """
    place = Path(log)
    if not any(letter in log for letter in "*?[") and not place.exists():
        raise Refused(f"there is no {log}; name a file, a folder or a pattern")
    with tempfile.TemporaryDirectory() as spill:
        engine = Engine(Path(spill))
        try:
            return exchanges(place, mapping, engine, most)
        except CannotRead as bad:
            raise Refused(f"{log}: {bad}") from None
        except OSError as bad:
            raise Unreachable(f"cannot read {log}: {bad.strerror}") from None
        finally:
            engine.close()


def _built(one: Integration, home: Path, clock: Clock) -> Judge:
    made = Equipment()
    kept: Callable[[str], object] = FolderVault(home / "vault").open
    build(Building(made=made, one=one, home=home, clock=clock, open=kept))  # type: ignore[arg-type]
    return made.judges[one.id]
