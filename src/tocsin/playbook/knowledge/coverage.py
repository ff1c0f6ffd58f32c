"""Which failure modes and techniques have a playbook, a detector, a drill; and which have none.

Only what is said counts: a playbook covers the failure mode that it names, the techniques that it
names, and the cases of those. A detector covers what it names and what the playbooks that it
starts cover; a drill covers what the playbook covers that it rehearsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from tocsin.facts.failure_modes import FailureMode
from tocsin.playbook.knowledge.atlas import Atlas
from tocsin.playbook.knowledge.naming import present


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan says it is for.

    Args:
        shipped: it travels with Tocsin and is not in the home, so that no finding starts it.
    """

    id: str
    mode: FailureMode | None = None
    techniques: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    shipped: bool = False


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector says it watches for."""

    id: str
    system: str
    modes: tuple[FailureMode, ...] = ()
    techniques: tuple[str, ...] = ()

    def starts(self, playbook: Playbook) -> bool:
        """Whether a finding of this detector puts the playbook to work."""
        fits = not playbook.systems or self.system in playbook.systems
        return not playbook.shipped and self.id in playbook.triggers and fits


_Naming = TypeVar("_Naming", Playbook, Watcher)


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal that took place: of which playbook."""

    id: str
    playbook: str


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """The names of all that stands against something. `shipped` playbooks are not in the home."""

    playbooks: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()
    detectors: tuple[str, ...] = ()
    drills: tuple[str, ...] = ()

    @property
    def planned(self) -> bool:
        """Whether there is any playbook, in the home or only shipped."""
        return bool(self.playbooks or self.shipped)


class ModeCovered(msgspec.Struct, frozen=True, kw_only=True):
    """What stands against one failure mode."""

    mode: FailureMode
    covered: Covered


class TechniqueCovered(msgspec.Struct, frozen=True, kw_only=True):
    """What stands against one technique.

    Args:
        incidents: the case studies of real incidents in which it was used.
        near: failure modes to which it leads and against which there is a playbook; that playbook
            does not name it.
    """

    technique: str
    name: str
    incidents: tuple[str, ...]
    covered: Covered
    near: tuple[FailureMode, ...] = ()


class IncidentCovered(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a real incident the playbooks know: its techniques, and those no one names."""

    study: str
    name: str
    techniques: tuple[str, ...]
    unplanned: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What is covered and what is not. Techniques and incidents only where a release was given."""

    modes: tuple[ModeCovered, ...]
    techniques: tuple[TechniqueCovered, ...] = ()
    incidents: tuple[IncidentCovered, ...] = ()

    @property
    def seen_in_incidents(self) -> tuple[TechniqueCovered, ...]:
        """The techniques used in real incidents, the most frequent first."""
        seen = [one for one in self.techniques if one.incidents]
        return tuple(sorted(seen, key=lambda one: (-len(one.incidents), one.technique)))


def coverage_of(
    playbooks: Sequence[Playbook],
    watchers: Sequence[Watcher],
    drills: Sequence[Drill],
    atlas: Atlas | None,
) -> Coverage:
    """What these playbooks, detectors and drills cover of the failure modes and of a release."""
    if atlas is not None:
        playbooks = [_known(one, atlas) for one in playbooks]
        watchers = [_known(one, atlas) for one in watchers]
    every = _Everything(playbooks, watchers, drills)
    modes = tuple(
        ModeCovered(
            mode=mode, covered=every.against(_for_mode(mode, playbooks), _on(mode, watchers))
        )
        for mode in FailureMode
    )
    if atlas is None:
        return Coverage(modes=modes)
    planned = {one.mode for one in modes if one.covered.planned}
    seen_in = _seen_in(atlas)
    techniques = tuple(
        every.technique(id, atlas, planned, seen_in.get(id, ())) for id in atlas.techniques
    )
    known = {one.technique for one in techniques if one.covered.planned}
    incidents = tuple(
        IncidentCovered(
            study=study.id,
            name=study.name,
            techniques=study.techniques,
            unplanned=tuple(t for t in study.techniques if t not in known),
        )
        for study in atlas.incidents
    )
    return Coverage(modes=modes, techniques=techniques, incidents=incidents)


def _known(one: _Naming, atlas: Atlas) -> _Naming:
    """The same with its techniques under the ids that this release has for them."""
    ids = dict.fromkeys(id for name in one.techniques for id in present(name, atlas))
    return msgspec.structs.replace(one, techniques=tuple(ids))


def _seen_in(atlas: Atlas) -> dict[str, tuple[str, ...]]:
    """By technique the real incidents in which it was used."""
    seen: dict[str, list[str]] = {}
    for study in atlas.incidents:
        for technique in study.techniques:
            seen.setdefault(technique, []).append(study.id)
    return {technique: tuple(studies) for technique, studies in seen.items()}


def _for_mode(mode: FailureMode, playbooks: Iterable[Playbook]) -> list[Playbook]:
    return [one for one in playbooks if one.mode is mode]


def _on(mode: FailureMode, watchers: Iterable[Watcher]) -> list[Watcher]:
    return [one for one in watchers if mode in one.modes]


class _Everything:
    def __init__(
        self, playbooks: Sequence[Playbook], watchers: Sequence[Watcher], drills: Sequence[Drill]
    ) -> None:
        self._playbooks, self._watchers, self._drills = playbooks, watchers, drills

    def against(self, playbooks: Sequence[Playbook], declared: Sequence[Watcher]) -> Covered:
        """All that stands beside these playbooks, and the detectors that say it themselves."""
        starting = [w for w in self._watchers if any(w.starts(one) for one in playbooks)]
        names = {one.id for one in playbooks}
        return Covered(
            playbooks=_sorted(one.id for one in playbooks if not one.shipped),
            shipped=_sorted(one.id for one in playbooks if one.shipped),
            detectors=_sorted(f"{one.system}/{one.id}" for one in [*starting, *declared]),
            drills=_sorted(one.id for one in self._drills if one.playbook in names),
        )

    def technique(
        self, id: str, atlas: Atlas, planned: set[FailureMode], incidents: tuple[str, ...]
    ) -> TechniqueCovered:
        meant = {id, atlas.techniques[id].parent}
        covered = self.against(
            [one for one in self._playbooks if meant & {*one.techniques}],
            [one for one in self._watchers if meant & {*one.techniques}],
        )
        near = [] if covered.planned else [m for m in planned if meant & {*m.techniques}]
        return TechniqueCovered(
            technique=id,
            name=atlas.named(id),
            incidents=incidents,
            covered=covered,
            near=tuple(sorted(near, key=lambda mode: mode.value)),
        )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
