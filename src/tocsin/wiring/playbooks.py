"""Tells what is wrong with the plans of a home before an alarm needs them."""

from __future__ import annotations

from pathlib import Path

from tocsin.desk.home_files import detectors_of, plans_of
from tocsin.playbook import House, unfitting
from tocsin.playbook.knowledge import not_in_release
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.wiring.knowledge import kept_release, named_by_detectors, named_by_plans
from tocsin.wiring.tools import acts, looks


def house_of(home: Path, register: Register) -> House:
    """What the files of this home give a plan to rely on."""
    found, told = detectors_of(home)
    kinds = {one.id: one.kind for one in register.integrations.values()}
    return House(
        register=register,
        hands=frozenset(name for name, kind in kinds.items() if acts(kind)),
        eyes=frozenset(name for name, kind in kinds.items() if looks(kind)),
        detectors=None
        if told
        else {
            system: frozenset(detector.id for detector in of.declared.detectors)
            for system, of in found.items()
        },
    )


def linted_plans(home: Path, register: Register) -> tuple[int, list[Mistake]]:
    """How many plans are in HOME/playbooks, and every mistake in any of them.

    Where the home keeps a release of ATLAS, the techniques of plans and detectors are sought in it.
    """
    plans, mistakes = plans_of(home)
    house = house_of(home, register)
    for one in plans:
        mistakes += unfitting(one.plan, house, one.file)
    atlas, of_release = kept_release(home)
    mistakes += of_release
    if atlas is not None:
        detectors, _ = detectors_of(home)
        named = [*named_by_plans(plans), *named_by_detectors(detectors)]
        mistakes += not_in_release(named, atlas)
    return len(plans), sorted(mistakes)
