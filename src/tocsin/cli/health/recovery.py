"""What `tocsin doctor` says of coming back: gates not in force, sign-offs that are over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.health.finding import Finding
from tocsin.desk.recovery.comeback import standing_gate
from tocsin.desk.recovery.signed_off import lacking
from tocsin.detection.declared.read_gate import read_gate
from tocsin.facts import Refused, Unreachable

GATES = "gates"


def coming_back(opened: wiring.Opened) -> Iterator[Finding]:
    """One finding for each gate of the home, and for each sign-off that is asked and lacking."""
    try:
        yield from _gates(opened)
        for system, why in lacking(opened.desk):
            yield Finding(
                what=f"sign-off of {system}",
                ok=False,
                seen=f"{why}; without one it does not come back through a gate",
                remedy="a validator signs a version off: tocsin model signoff MODEL VERSION",
            )
    except (Refused, Unreachable) as bad:
        yield Finding(what="coming back", ok=False, seen=str(bad), remedy="mend that first")


def _gates(opened: wiring.Opened) -> Iterator[Finding]:
    folder = opened.home / GATES
    for file in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        yield _gate(opened, file)


def _gate(opened: wiring.Opened, file: Path) -> Finding:
    what = f"gate {file.name}"
    gate, mistakes = read_gate(plain_bytes(file, "a gate's file"), f"{GATES}/{file.name}")
    if gate is None:
        seen = f"{len(mistakes)} mistakes, the first: {mistakes[0]}"
        return Finding(what=what, ok=False, seen=seen, remedy=f"tocsin recovery lint {file}")
    standing = standing_gate(opened.desk, gate.system)
    if standing is None or standing.fact.digest != gate.digest:
        seen = "no gate stands" if standing is None else "another gate stands"
        return Finding(
            what=what,
            ok=False,
            seen=f"{seen} for {gate.system}; this file binds nobody until it is registered",
            remedy=f"tocsin recovery register --standing --gate {file}",
        )
    return Finding(what=what, ok=True, seen=f"stands for {gate.system} in every incident")
