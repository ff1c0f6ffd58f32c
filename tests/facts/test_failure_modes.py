"""The twelve failure modes are spelled as people write them, and each is explained."""

from __future__ import annotations

import re

from tocsin.facts.failure_modes import KNOWN, FailureMode, Trait, mode_named

SPELLED = (
    "degradation drift data-poisoning adversarial-input prompt-injection hallucination"
    " unfair-outcome privacy-leak model-theft agent-run-amok vendor-compromise regulatory-inquiry"
)


def test_the_twelve_are_spelled_as_plans_write_them() -> None:
    assert [mode.value for mode in FailureMode] == SPELLED.split()
    assert [mode_named(word) for word in SPELLED.split()] == list(FailureMode)
    assert mode_named("Drift") is None


def test_each_is_explained_in_one_line_and_set_beside_nist_and_atlas() -> None:
    assert set(KNOWN) == set(FailureMode)
    for mode in FailureMode:
        assert 20 <= len(mode.meaning) <= 90 and "\n" not in mode.meaning, mode
        assert "NIST" in mode.related and "ATLAS" in mode.related, mode
        assert "  " not in mode.related, mode


def test_techniques_are_written_as_atlas_writes_them_and_only_once() -> None:
    named = [technique for mode in FailureMode for technique in mode.techniques]
    assert len(named) == len(set(named))
    assert all(re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", technique) for technique in named)


def test_every_trait_marks_some_failure_mode_and_none_marks_all() -> None:
    for trait in Trait:
        marked = {mode for mode in FailureMode if trait in mode.traits}
        assert marked and marked != set(FailureMode), trait


def test_the_unfair_outcome_asks_the_most_of_a_plan() -> None:
    """Retraining, mitigation shown to be fair, and a new decision for whom it harmed."""
    asked = FailureMode.UNFAIR_OUTCOME.traits
    assert {Trait.NEEDS_RETRAINING_BRANCH, Trait.NEEDS_REDECISION} <= asked
    assert {Trait.NEEDS_FAIRNESS_CHECK, Trait.HARMS_PEOPLE} <= asked
    assert Trait.ADVERSARIAL not in asked
