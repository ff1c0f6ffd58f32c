"""The ways in which an AI system fails: twelve, each with what it means and what it asks of a plan.

A plan says against which of them it stands; a detector may say for which of them it watches. ATLAS
knows only what an adversary does: drift, unfairness and hallucination have no technique there.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

import msgspec

TECHNIQUE = re.compile(r"AML\.T[0-9]{4}(\.[0-9]{3})?")
"""How ATLAS writes the id of a technique, and of a case of one."""


class Trait(enum.Enum):
    """What is peculiar to a failure mode and asks something of every plan against it."""

    ADVERSARIAL = "adversarial"
    """Somebody wills it: evidence of him is kept, and what he sees of the answer matters."""

    HARMS_PEOPLE = "harms-people"
    """Single answers or acts hurt people: who they are must be listed, and they are told."""

    NEEDS_REDECISION = "needs-redecision"
    """Decisions about people were wrong: they must be taken again."""

    NEEDS_RETRAINING_BRANCH = "needs-retraining-branch"
    """An older version does not cure it for ever: a branch retrains or mitigates."""

    NEEDS_TRAINING_DATA = "needs-training-data"
    """The cause may lie in the training data: they are sealed before anybody touches them."""

    NEEDS_FAIRNESS_CHECK = "needs-fairness-check"
    """The cure must be shown to be fair before the system serves again."""

    NEEDS_VENDOR = "needs-vendor"
    """A vendor must act: the plan names contact and contract clause."""

    NEEDS_COUNSEL = "needs-counsel"
    """Counsel decides before words leave the house, and often before the inquiry begins."""


class FailureMode(enum.Enum):
    """How an AI system fails, by what is seen of it; the cause may be another one's."""

    DEGRADATION = "degradation"
    DRIFT = "drift"
    DATA_POISONING = "data-poisoning"
    ADVERSARIAL_INPUT = "adversarial-input"
    PROMPT_INJECTION = "prompt-injection"
    HALLUCINATION = "hallucination"
    UNFAIR_OUTCOME = "unfair-outcome"
    PRIVACY_LEAK = "privacy-leak"
    MODEL_THEFT = "model-theft"
    AGENT_RUN_AMOK = "agent-run-amok"
    VENDOR_COMPROMISE = "vendor-compromise"
    REGULATORY_INQUIRY = "regulatory-inquiry"

    @property
    def meaning(self) -> str:
        """What it is, in one line that needs no knowledge of AI."""
        return KNOWN[self].meaning

    @property
    def related(self) -> str:
        """How it stands to the words of NIST and ATLAS, in ours."""
        return KNOWN[self].related

    @property
    def techniques(self) -> tuple[str, ...]:
        """The ATLAS techniques that lead to it most plainly, of several releases; often none."""
        return KNOWN[self].techniques

    @property
    def traits(self) -> frozenset[Trait]:
        """What it asks of every plan against it."""
        return KNOWN[self].traits


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one failure mode."""

    meaning: str
    related: str
    techniques: tuple[str, ...] = ()
    traits: frozenset[Trait] = frozenset()


def mode_named(word: str) -> FailureMode | None:
    """The failure mode that is written so, or None."""
    return _BY_WORD.get(word)


_BY_WORD = {mode.value: mode for mode in FailureMode}

KNOWN: Mapping[FailureMode, Knowledge] = {
    FailureMode.DEGRADATION: Knowledge(
        meaning='it answers worse than it did: more errors, more "I don\'t know", slower',
        related="NIST AI RMF: no longer valid and reliable (MEASURE 2.4, 4.3). ATLAS: only what"
        " an adversary brings about: denial of service, chaff, eroded integrity.",
        techniques=("AML.T0029", "AML.T0031", "AML.T0034", "AML.T0046"),
    ),
    FailureMode.DRIFT: Knowledge(
        meaning="the world has changed and the model has not: its numbers mean less than before",
        related="NIST AI RMF: not valid for the context it now works in (MEASURE 2.4, MANAGE 4.1)."
        " ATLAS: no technique, for nobody attacks.",
        traits=frozenset({Trait.NEEDS_RETRAINING_BRANCH, Trait.NEEDS_TRAINING_DATA}),
    ),
    FailureMode.DATA_POISONING: Knowledge(
        meaning="somebody put false data where the model learns or looks things up",
        related="NIST AI 100-2: poisoning. ATLAS: training data, datasets and retrieval poisoned.",
        techniques=("AML.T0018", "AML.T0019", "AML.T0020", "AML.T0059", "AML.T0070", "AML.T0071"),
        traits=frozenset(
            {Trait.ADVERSARIAL, Trait.NEEDS_RETRAINING_BRANCH, Trait.NEEDS_TRAINING_DATA}
        ),
    ),
    FailureMode.ADVERSARIAL_INPUT: Knowledge(
        meaning="inputs made on purpose so that the model judges them wrongly",
        related="NIST AI 100-2: evasion. ATLAS: adversarial data crafted, the model evaded.",
        techniques=("AML.T0015", "AML.T0043"),
        traits=frozenset({Trait.ADVERSARIAL}),
    ),
    FailureMode.PROMPT_INJECTION: Knowledge(
        meaning="words in a question or a document give the model orders that are not its owner's",
        related="NIST AI 100-2: direct and indirect prompt injection, misuse. ATLAS: prompt"
        " injection, jailbreak, and words infiltrated through what the model reads.",
        techniques=("AML.T0051", "AML.T0054", "AML.T0061", "AML.T0068", "AML.T0093", "AML.T0094"),
        traits=frozenset({Trait.ADVERSARIAL}),
    ),
    FailureMode.HALLUCINATION: Knowledge(
        meaning="it states what is not so, with confidence, such as a crime somebody never did",
        related="NIST AI 600-1: confabulation, information integrity. ATLAS: only that others"
        " look for such inventions and use them.",
        techniques=("AML.T0060", "AML.T0062"),
        traits=frozenset({Trait.HARMS_PEOPLE, Trait.NEEDS_COUNSEL}),
    ),
    FailureMode.UNFAIR_OUTCOME: Knowledge(
        meaning="people of one group fare worse by its decisions than they should",
        related="NIST AI RMF: fair, with harmful bias managed (MEASURE 2.11). ATLAS: no technique.",
        traits=frozenset(
            {
                Trait.HARMS_PEOPLE,
                Trait.NEEDS_REDECISION,
                Trait.NEEDS_RETRAINING_BRANCH,
                Trait.NEEDS_TRAINING_DATA,
                Trait.NEEDS_FAIRNESS_CHECK,
                Trait.NEEDS_COUNSEL,
            }
        ),
    ),
    FailureMode.PRIVACY_LEAK: Knowledge(
        meaning="it tells what it should not know of people, or must not say",
        related="NIST AI RMF: privacy-enhanced (MEASURE 2.10); NIST AI 100-2: privacy attacks."
        " ATLAS: membership inferred, the model inverted, data leaked or carried off.",
        techniques=(
            "AML.T0024.000",
            "AML.T0024.001",
            "AML.T0036",
            "AML.T0057",
            "AML.T0077",
            "AML.T0085",
        ),
        traits=frozenset({Trait.HARMS_PEOPLE, Trait.NEEDS_COUNSEL}),
    ),
    FailureMode.MODEL_THEFT: Knowledge(
        meaning="somebody copies the model or what it was made of",
        related="NIST AI 100-2: model extraction. ATLAS: extraction, replication, artefacts taken.",
        techniques=(
            "AML.T0005.001",
            "AML.T0024.002",
            "AML.T0025",
            "AML.T0035",
            "AML.T0044",
            "AML.T0048.004",
        ),
        traits=frozenset({Trait.ADVERSARIAL, Trait.NEEDS_COUNSEL}),
    ),
    FailureMode.AGENT_RUN_AMOK: Knowledge(
        meaning="an agent uses its tools to do what nobody wanted, by mistake or led astray",
        related="NIST AI RMF: safe, and can be disengaged (MANAGE 2.4). ATLAS: agents' tools,"
        " memory and configuration turned against their owner.",
        techniques=(
            "AML.T0053",
            "AML.T0080",
            "AML.T0081",
            "AML.T0086",
            "AML.T0098",
            "AML.T0099",
            "AML.T0101",
            "AML.T0103",
            "AML.T0108",
            "AML.T0110",
        ),
        traits=frozenset({Trait.HARMS_PEOPLE}),
    ),
    FailureMode.VENDOR_COMPROMISE: Knowledge(
        meaning="what a supplier delivers has been tampered with, or the supplier himself",
        related="NIST AI 600-1: value chain and component integration; NIST AI RMF GOVERN 6.2."
        " ATLAS: the supply chain compromised, packages, models and tools poisoned.",
        techniques=(
            "AML.T0010",
            "AML.T0011",
            "AML.T0058",
            "AML.T0104",
            "AML.T0109",
            "AML.T0111",
            "AML.T0115",
        ),
        traits=frozenset({Trait.ADVERSARIAL, Trait.NEEDS_VENDOR, Trait.NEEDS_COUNSEL}),
    ),
    FailureMode.REGULATORY_INQUIRY: Knowledge(
        meaning="an authority asks how the system works, whom it harmed and what was done",
        related="NIST AI RMF: accountable and transparent (MEASURE 2.8, MANAGE 4.3). ATLAS: none.",
        traits=frozenset({Trait.NEEDS_COUNSEL}),
    ),
}
