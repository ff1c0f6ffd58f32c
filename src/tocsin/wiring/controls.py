"""What a home holds that controls ask for: facts by kind, steps of plans, what is declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tocsin.desk.loaded.home_files import HomePlan, detectors_of, plans_of
from tocsin.dossier.controls import Recorded, Seen
from tocsin.facts.entry import Entry
from tocsin.playbook.steps import Step
from tocsin.register.model import Register
from tocsin.wiring.knowledge import drills_in
from tocsin.wiring.law import texts_in
from tocsin.wiring.live import Opened

LOGS_TOLD = 3
"""So many logs are named for each kind of fact; `tocsin log` shows them all."""

CONTROLS = "controls"
"""Where a home keeps mappings of its own."""


def own_files(home: Path) -> list[tuple[str, str]]:
    """The home's own mappings: name and text. Raises Unreachable with all that cannot be read."""
    return [(f"{CONTROLS}/{name}", text) for name, text in texts_in(home / CONTROLS).items()]


def seen_in(opened: Opened) -> Seen:
    """All of a home: its record, its register in force, its plans and detectors."""
    plans, _ = plans_of(opened.home)
    detectors, _ = detectors_of(opened.home)
    declared = _declared(opened.in_force)
    declared |= {
        "detectors": sum(len(one.declared.detectors) for one in detectors.values()),
        "plans": len(plans),
        "drills": len(drills_in(opened.home)),
    }
    entries = (e for log in opened.store.logs("") for e in opened.store.read(log))
    return Seen(facts=recorded(entries), steps=_steps(plans), declared=declared)


def recorded(entries: Iterable[Entry]) -> dict[str, Recorded]:
    """By kind of fact: how many, when the last happened, and in which logs."""
    counts: dict[str, int] = defaultdict(int)
    latest: dict[str, dict[str, datetime]] = defaultdict(dict)
    for entry in entries:
        kind = str(type(entry.fact).__struct_config__.tag)
        counts[kind] += 1
        before = latest[kind].get(entry.log, entry.happened_at)
        latest[kind][entry.log] = max(before, entry.happened_at)
    return {
        kind: Recorded(
            count=count,
            latest_at=max(latest[kind].values()),
            logs=tuple(sorted(latest[kind], key=lambda log: latest[kind][log], reverse=True))[
                :LOGS_TOLD
            ],
        )
        for kind, count in counts.items()
    }


def _declared(register: Register) -> dict[str, int]:
    systems = register.systems.values()
    return {
        "systems": len(register.systems),
        "versions": sum(len(one.versions) for one in systems),
        "people": len(register.people),
        "roles": len({role for one in register.people.values() for role in one.roles}),
        "switches": sum(one.switch is not None for one in systems),
        "fallbacks": sum(one.fallback is not None for one in systems),
        "vendor-clauses": sum(bool(v.clause) for one in systems for v in one.vendors),
    }


def _steps(plans: Iterable[HomePlan]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in plans:
        for step in one.plan.steps.values():
            for name in _names(step):
                found[name].add(one.plan.id)
    return {name: tuple(sorted(plans)) for name, plans in found.items()}


def _names(step: Step) -> Iterable[str]:
    yield type(step).__name__.lower()
    yield from (one.value for one in step.purpose)
