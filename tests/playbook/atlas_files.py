"""Small releases of ATLAS in each layout, written here: ids are as in ATLAS, words are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

LISTED = b"""\
---
id: ATLAS
name: Small ATLAS
version: 5.9.0
matrices:
- id: ATLAS
  name: Matrix
  tactics:
  - id: AML.TA0003
    name: Preparing
    object-type: tactic
  - id: AML.TA0005
    name: Running
    object-type: tactic
  techniques:
  - id: AML.T0020
    name: Poison the data
    object-type: technique
    tactics:
    - AML.TA0003
    created_date: 2024-01-24
    maturity: realized
  - id: AML.T0051
    name: Inject a prompt
    tactics:
    - AML.TA0005
    maturity: demonstrated
  - id: AML.T0051.001
    name: Indirectly
    subtechnique-of: AML.T0051
    maturity: feasible
  mitigations:
  - id: AML.M0007
    name: Clean the data
    techniques:
    - id: AML.T0020
      use: 'look
        at it'
case-studies:
- id: AML.CS0000
  name: The mail that spoke
  summary: Somebody wrote
    to a machine.
  incident-date: 2025-06-01
  case-study-type: incident
  target: a mailbox
  procedure:
  - tactic: AML.TA0003
    technique: AML.T0020
    description: first
  - tactic: AML.TA0005
    technique: AML.T0051.001
    description: then
- id: AML.CS0001
  name: A paper
  case-study-type: exercise
  procedure:
  - tactic: AML.TA0005
    technique: AML.T0051
    description: shown
"""
"""The layout of format 4 and 5."""

KEYED = b"""\
format-version: 6.0.0
collection:
  id: ATLAS-collection
  version: '2026.09'
  object-type: collection
matrix:
  id: ATLAS-matrix
  name: ATLAS
tactics:
  AML.TA0005:
    name: Running
    id: AML.TA0005
    object-type: tactic
  AML.TA0003:
    name: Preparing
    id: AML.TA0003
techniques:
  AML.T0020:
    name: Poison the data
    platforms: [Predictive AI]
    id: AML.T0020
    maturity: Realized
  AML.T0051:
    name: Inject a prompt
    id: AML.T0051
    maturity: Demonstrated
  AML.T0051.001:
    name: Indirectly
    id: AML.T0051.001
    maturity: Feasible
mitigations:
  AML.M0007:
    name: Clean the data
    id: AML.M0007
case-studies:
  AML.CS0000:
    name: The mail that spoke
    description: Somebody wrote to a machine.
    type: Incident
    target: a mailbox
    date: '2025-06-01'
    date-granularity: Day
    id: AML.CS0000
  AML.CS0001:
    name: A paper
    type: Exercise
    id: AML.CS0001
relationships:
  ATLAS-matrix:
    sequences:
    - {source: ATLAS-matrix, target: AML.TA0005, relationship-type: sequences, position: 2}
    - {source: ATLAS-matrix, target: AML.TA0003, relationship-type: sequences, position: 1}
  AML.T0020:
    achieves:
    - {source: AML.T0020, target: AML.TA0003, relationship-type: achieves}
  AML.T0051:
    achieves:
    - {source: AML.T0051, target: AML.TA0005, relationship-type: achieves}
  AML.T0051.001:
    specializes:
    - {source: AML.T0051.001, target: AML.T0051, relationship-type: specializes}
  AML.M0007:
    mitigates:
    - {source: AML.M0007, target: AML.T0020, relationship-type: mitigates, description: look}
  AML.CS0000:
    employs:
    - source: AML.CS0000
      target: AML.T0051.001
      tactic: AML.TA0005
      step-id: S01
      leads-to: []
      description: then
    - source: AML.CS0000
      target: AML.T0020
      relationship-type: employs
      tactic: AML.TA0003
      step-id: S00
      leads-to: [S01]
      description: first
  AML.CS0001:
    employs:
    - {source: AML.CS0001, target: AML.T0051, tactic: AML.TA0005, description: shown}
"""
"""The layout of format 6: objects under their ids, and what relates them apart."""

FLAT = b"""\
tactics:
- {id: AML.TA002, name: Looking}
- {id: AML.TA0005, name: Running}
techniques:
- {id: AML.T0051, name: Inject a prompt, tactics: [AML.TA0005, AML.TA002], references: null}
case-studies:
- id: AML.CS0000
  name: Of unsaid kind
  procedure:
  - {tactic: AML.TA0005, technique: AML.T0051, description: shown}
  - {tactic: AML.TA0005, technique: AML.T0052, description: of what is not there}
"""
"""The layout before 4.0: no matrices, no maturity, no kind of case study, and flaws."""


def official_bytes() -> bytes:
    """The official file, read where it lies; the test is skipped, loudly, where it does not."""
    for above in Path(__file__).resolve().parents:
        for place in (above / "shared", above / "work" / "shared"):
            path = place / "data" / "atlas" / "ATLAS.yaml"
            if path.is_file():
                return path.read_bytes()
    pytest.skip("NO OFFICIAL ATLAS FILE HERE: the reader was tried on small files of ours only")
