"""A detector may say what its findings point to; what is no failure mode is told."""

from __future__ import annotations

import pytest

from tocsin.detection import read_declaration
from tocsin.facts.failure_modes import FailureMode

GOOD = """\
system: chat
detectors:
  quiet: {no-data: 2m}
  bad:
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 1000}
    failure_mode: [degradation, prompt-injection]
    techniques: [AML.T0051, AML.T0051.001]
  other:
    drift: intent
    tolerance: 10%
    baseline: {first: 1000}
    failure_mode: drift
"""


def test_one_or_several_failure_modes_and_techniques_are_read() -> None:
    declared, mistakes = read_declaration(GOOD.encode())
    assert declared is not None, mistakes
    quiet, bad, other = declared.detectors
    assert (quiet.failure_modes, quiet.techniques) == ((), ())
    assert bad.failure_modes == (FailureMode.DEGRADATION, FailureMode.PROMPT_INJECTION)
    assert bad.techniques == ("AML.T0051", "AML.T0051.001")
    assert other.failure_modes == (FailureMode.DRIFT,)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("failure_mode: drift", "failure_mode: drifts", "other.failure_mode: 'drifts'; did you"),
        ("failure_mode: drift", "failure_mode: []", "not a word or a list of words"),
        ("failure_mode: drift", "failure_mode: {a: b}", "not a word or a list of words"),
        ("AML.T0051,", "T0051,", "write an id of ATLAS such as AML.T0020"),
        ("failure_mode: drift", "failure_modes: drift", 'did you mean "failure_mode"?'),
    ],
)
def test_what_is_none_is_told_with_its_line(good: str, bad: str, told: str) -> None:
    declared, mistakes = read_declaration(GOOD.replace(good, bad).encode(), "d.yaml")
    assert declared is None and len(mistakes) == 1
    line = next(n for n, t in enumerate(GOOD.splitlines(), 1) if good in t)
    assert mistakes[0].line == line and told in str(mistakes[0])
