"""What a release of ATLAS says, as one frozen value, the same for every layout of the file."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec


class StudyKind(enum.Enum):
    """Whether it happened to somebody, or was shown by researchers."""

    INCIDENT = "incident"
    EXERCISE = "exercise"
    UNSAID = "unsaid"  # releases before 4.1 do not say it


class Tactic(msgspec.Struct, frozen=True, kw_only=True):
    """Why an adversary does something."""

    id: str
    name: str


class Technique(msgspec.Struct, frozen=True, kw_only=True):
    """How an adversary does something.

    Args:
        tactics: in the order of the file; those of its parent where it names none itself.
        parent: the technique that it is a case of.
        maturity: feasible, demonstrated or realized; empty where the release does not say it.
        deprecated: the release keeps it only so that old references find it.
    """

    id: str
    name: str
    tactics: tuple[str, ...] = ()
    parent: str | None = None
    maturity: str = ""
    deprecated: bool = False


class Mitigation(msgspec.Struct, frozen=True, kw_only=True):
    """What makes techniques harder."""

    id: str
    name: str
    techniques: tuple[str, ...] = ()


class StudyStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of what was done in a case study."""

    technique: str
    tactic: str | None
    description: str


class CaseStudy(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a system, step by step.

    Args:
        date: as the release writes it; it may mean only the month or the year.
    """

    id: str
    name: str
    kind: StudyKind
    steps: tuple[StudyStep, ...]
    summary: str = ""
    actor: str = ""
    target: str = ""
    date: str = ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """Those it shows, each once, in the order of its steps."""
        return tuple(dict.fromkeys(step.technique for step in self.steps))


class Atlas(msgspec.Struct, frozen=True, kw_only=True):
    """A release of ATLAS. Every id that stands in it is well formed, and stands for something.

    Args:
        digest: the SHA-256 of the file.
    """

    version: str
    digest: str
    tactics: Mapping[str, Tactic]
    techniques: Mapping[str, Technique]
    mitigations: Mapping[str, Mitigation]
    studies: Mapping[str, CaseStudy]

    @property
    def incidents(self) -> tuple[CaseStudy, ...]:
        """The case studies of what happened to somebody."""
        return tuple(s for s in self.studies.values() if s.kind is StudyKind.INCIDENT)

    def named(self, technique: str) -> str:
        """The name of a technique with that of its parent: "LLM Prompt Injection: Direct"."""
        one = self.techniques[technique]
        above = self.techniques.get(one.parent or "")
        return f"{above.name}: {one.name}" if above else one.name
