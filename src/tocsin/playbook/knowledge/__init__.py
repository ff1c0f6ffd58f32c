"""What others know of failing AI, set beside our own failure modes: the official ATLAS release.

Read from bytes, of any version, with every id checked; and what of it the plans cover. Pure.
"""

from tocsin.playbook.knowledge.atlas import Atlas, CaseStudy, StudyKind, Technique
from tocsin.playbook.knowledge.coverage import (
    Coverage,
    Covered,
    Drill,
    IncidentCovered,
    ModeCovered,
    Playbook,
    TechniqueCovered,
    Watcher,
    coverage_of,
)
from tocsin.playbook.knowledge.naming import Named, not_in_release
from tocsin.playbook.knowledge.read import read_atlas

__all__ = [
    "Atlas",
    "CaseStudy",
    "Coverage",
    "Covered",
    "Drill",
    "IncidentCovered",
    "ModeCovered",
    "Named",
    "Playbook",
    "StudyKind",
    "Technique",
    "TechniqueCovered",
    "Watcher",
    "coverage_of",
    "not_in_release",
    "read_atlas",
]
