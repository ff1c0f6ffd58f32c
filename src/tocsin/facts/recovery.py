"""Facts about coming back: the gate and what was measured, the stages, the work, the sign-offs.

A gate is named by its place in the record ("incident/7K3.../12", or "recovery/3" for one that
stands for a system in every incident). Numbers stand as decimal text; shares in ten-thousandths.
What a gate asks lies in the vault under its digest, to the byte as it was registered.
"""

from __future__ import annotations

import enum
import re
from decimal import Decimal

from tocsin.facts.kinds import DESK, Digest, Instant, Kind, Words

SHARE_WHOLE = 10_000
"""The share of all."""

RECOVERY_LOG, MODELS_LOG = "recovery", "models"
"""The logs of gates that stand for a system in every incident, and of sign-offs of models."""


_SHARE = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,2})?) ?%")


def share_words(share: int) -> str:
    """A share as people write it, and as a switch is asked for it: `1 %`."""
    return f"{(Decimal(share * 100) / SHARE_WHOLE).normalize():f} %"


def share_of(text: str) -> int | None:
    """The share that is written, in ten-thousandths; None unless it is more than none, and less
    than all."""
    parts = _SHARE.fullmatch(text)
    share = int(Decimal(parts[1]) * SHARE_WHOLE / 100) if parts else 0
    return share or None


class Passing(enum.Enum):
    """How a criterion or a watch period ended. Only the first lets anything come back."""

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"  # too little was seen to say either


class WorkKind(enum.Enum):
    """What is done so that it does not fail again."""

    RETRAINING = "retraining"
    DATA_REPAIR = "data-repair"
    BIAS_PRE = "bias-pre-processing"
    BIAS_IN = "bias-in-processing"
    BIAS_POST = "bias-post-processing"
    THRESHOLD_CHANGE = "threshold-change"
    PROMPT_CHANGE = "prompt-change"
    VENDOR_FIX = "vendor-fix"


class GateRegistered(Kind, frozen=True, tag="gate-registered"):
    """What a candidate must show before a system comes back was fixed, before it was measured.

    A later one for the same system takes its place and voids what was measured by it.

    Args:
        criteria: their names in the gate.
        baseline: the version that the candidate is compared with.
        shares: of requests, one a stage, growing.
        watch_seconds: how long each stage is watched.
        vendors: who must attest first.
        because: why it takes the place of another; empty for the first.
    """

    asserted_by = DESK
    system: str
    digest: Digest
    criteria: tuple[str, ...]
    baseline: str
    shares: tuple[int, ...]
    watch_seconds: tuple[int, ...]
    vendors: tuple[str, ...]
    because: Words


class CriterionMeasured(Kind, frozen=True, tag="criterion-measured"):
    """A candidate was held against one criterion of a gate.

    Args:
        look: which measurement by this criterion of this candidate it is, from 1.
        difference, bound, margin: what was found, how bad it may be at `confidence`, and how bad
            it may be by the gate; empty where no number could be had.
        sample: what was judged, of the candidate.
        short_by: how much more must be judged before anything can be said; 0 where enough was.
        evidence: what lies in the vault of it: logs, results.
    """

    asserted_by = DESK
    gate: str
    system: str
    criterion: str
    candidate: str
    look: int
    result: Passing
    difference: str
    bound: str
    margin: str
    confidence: str
    sample: int
    short_by: int
    said: Words
    evidence: tuple[Digest, ...]


class AttestationReceived(Kind, frozen=True, tag="attestation-received"):
    """A vendor attested that its part is sound again; the paper lies in the vault."""

    gate: str
    vendor: str
    digest: Digest
    says: Words


class StageStarted(Kind, frozen=True, tag="stage-started"):
    """A share of requests shall be served by the candidate; the run of this name sees to it."""

    asserted_by = DESK
    gate: str
    system: str
    stage: int  # from 1
    share: int
    candidate: str
    run: str


class WatchBegan(Kind, frozen=True, tag="watch-began"):
    """The share was seen to be served; until this instant its detectors decide whether it stays."""

    asserted_by = DESK
    gate: str
    system: str
    stage: int
    until: Instant
    detectors: tuple[str, ...]


class WatchEnded(Kind, frozen=True, tag="watch-ended"):
    """A watch period is over. One without data shows nothing.

    Args:
        finding: what was found in it; None where nothing was.
        requests: what was seen of the candidate in it.
        stopped_by: the run that turned it off again; None where none did.
    """

    asserted_by = DESK
    gate: str
    system: str
    stage: int
    result: Passing
    finding: str | None
    requests: int
    stopped_by: str | None
    because: Words


class ShortcutTaken(Kind, frozen=True, tag="shortcut-taken"):
    """A proven person lets a system come back without something that its gate asks.

    Args:
        skipped: a criterion, "stage 2", "watch 1" or "attestation VENDOR".
        expires_at: until when it is to be done properly.
    """

    gate: str
    system: str
    skipped: str
    candidate: str
    expires_at: Instant
    because: Words


class ShortcutMadeGood(Kind, frozen=True, tag="shortcut-made-good"):
    """What a shortcut had skipped was done after all, or the system is off again."""

    asserted_by = DESK
    gate: str
    system: str
    skipped: str
    because: Words


class WorkAdded(Kind, frozen=True, tag="work-added"):
    """Somebody will repair something by an instant.

    Args:
        measure, before: what shall become better, and where it stands.
    """

    work: str
    system: str
    work_kind: WorkKind
    title: Words
    owner: str
    due_at: Instant
    measure: str
    before: str


class WorkShown(Kind, frozen=True, tag="work-shown"):
    """What shows that the work helps, or how far it is; the file lies in the vault."""

    work: str
    digest: Digest
    before: str
    after: str
    says: Words


class WorkDone(Kind, frozen=True, tag="work-done"):
    """The work is done, as its evidence shows."""

    work: str
    because: Words


class ModelSignedOff(Kind, frozen=True, tag="model-signed-off"):
    """A validator who did not build it lets a version of a model be used, for a while, for this.

    Args:
        developers: who built it.
        restriction: for what it may be used alone; empty where for all.
        evidence: the validation report in the vault; None where none was handed in.
    """

    model: str
    version: str
    tier: int
    validator: str
    owner: str
    developers: tuple[str, ...]
    findings: Words
    restriction: Words
    expires_at: Instant
    evidence: Digest | None


class ModelSignOffWithdrawn(Kind, frozen=True, tag="model-sign-off-withdrawn"):
    """A version of a model may be used no more as far as its validators are concerned."""

    model: str
    version: str
    because: Words


RecoveryFact = (
    GateRegistered
    | CriterionMeasured
    | AttestationReceived
    | StageStarted
    | WatchBegan
    | WatchEnded
    | ShortcutTaken
    | ShortcutMadeGood
    | WorkAdded
    | WorkShown
    | WorkDone
    | ModelSignedOff
    | ModelSignOffWithdrawn
)
