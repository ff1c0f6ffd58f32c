"""Tells what is wrong with the plans of a home before an alarm needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.desk.loaded.home_files import detectors_of, plans_of
from tocsin.facts import Refused
from tocsin.playbook import House, Plan, draft_plan, unfitting
from tocsin.playbook.knowledge import not_in_release
from tocsin.playbook.lint import Linted, Rehearsal, Subject, judged, linted
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.register.model import Register
from tocsin.wiring.equipment import declared
from tocsin.wiring.knowledge import kept_release, named_by_detectors, named_by_plans
from tocsin.wiring.places import origin_of
from tocsin.wiring.tools import acts, looks
from tocsin.world import Clock


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


def linted_plans(home: Path, register: Register, clock: Clock) -> tuple[int, list[Mistake]]:
    """How many plans are in HOME/playbooks, and every mistake in any of them; advice is left out.

    Where the home keeps a release of ATLAS, the techniques of plans and detectors are sought in it.
    """
    plans, mistakes = plans_of(home)
    unread = {mistake.file for mistake in mistakes}
    house, today = house_of(home, register), clock.now().date()
    for one in plans:
        mistakes += unfitting(one.plan, house, one.file)
        if one.file not in unread:
            others = [other.plan for other in plans if other is not one]
            mistakes += mistakes_only(judged(Subject(one.plan, today, house, others), one.file))
    atlas, of_release = kept_release(home)
    mistakes += of_release
    if atlas is not None:
        detectors, _ = detectors_of(home)
        named = [*named_by_plans(plans), *named_by_detectors(detectors)]
        mistakes += not_in_release(named, atlas)
    return len(plans), sorted(mistakes)


def linted_files(
    home: Path, files: Sequence[tuple[str, bytes]], clock: Clock
) -> tuple[list[Linted], str | None]:
    """What the rules say of each file, by name and bytes, and why no home could be asked.

    The other plans are those in HOME/playbooks and those of the other files.
    """
    house, near, unhomed = None, dict[str, Plan](), None
    try:
        origin_of(home)
        house = house_of(home, declared(home, clock)[0])
        near = {one.plan.id: one.plan for one in plans_of(home)[0]}
    except Refused as bad:
        unhomed = str(bad)
    drafts = [draft_plan(data, name)[0] for name, data in files]
    near |= {plan.id: plan for plan in drafts if plan is not None and len(files) > 1}
    found = []
    for (name, data), draft in zip(files, drafts, strict=True):
        others = [plan for id, plan in near.items() if draft is None or id != draft.id]
        known = others if house is not None or len(files) > 1 else None
        # A home keeps no record of drills yet: nothing was drilled in it.
        rehearsed: Mapping[str, Rehearsal] | None = {} if house is not None else None
        found.append(linted(data, name, clock.now().date(), house, known, rehearsed))
    return found, unhomed
