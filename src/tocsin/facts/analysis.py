"""Facts about why it failed: hypotheses and what speaks for and against them, and the work on them.

What was asked of a log, replayed against a version or read of a model's lineage lies in the vault
under its digest; the facts say how it came about, so that another can do it again and compare.
"""

from __future__ import annotations

import enum

from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.kinds import DESK, RESPONDERS, Digest, Instant, Kind, Words


class Bearing(enum.Enum):
    """Which way a piece of evidence points."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    NEUTRAL = "neutral"


class Strength(enum.Enum):
    """How strongly it points there, by the judgement of whoever weighs it."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"


class Conclusion(enum.Enum):
    """What somebody holds of a hypothesis, until it is concluded anew."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    OPEN = "open"


class LineageVerdict(enum.Enum):
    """What can be said of one item of a model's lineage; never yes or no."""

    PROVEN = "proven"
    DISPROVEN = "disproven"
    UNPROVABLE = "unprovable"
    AT_RISK = "at-risk"


class LineageItem(enum.Enum):
    """What of a model's origin an item is about."""

    ALIAS = "alias"
    VERSION = "version"
    RUN = "run"
    DATA = "data"
    CODE = "code"
    PARAMETERS = "parameters"
    PARENT = "parent"
    WEIGHTS = "weights"


class HypothesisRaised(Kind, frozen=True, tag="hypothesis-raised"):
    """Somebody says why it may have failed.

    Args:
        hypothesis: its name within the incident, as H1.
        mode: the way of failing that it is, where it fits one.
        under: a broader hypothesis that it would explain; None for none.
    """

    asserted_by = RESPONDERS
    hypothesis: str
    statement: Words
    mode: FailureMode | None
    under: str | None


class EvidenceWeighed(Kind, frozen=True, tag="evidence-weighed"):
    """A piece of evidence was held against a hypothesis.

    Args:
        evidence: the piece in the vault; None where an entry of this log is meant.
        entry: the place of that entry; None where a piece in the vault is meant.
    """

    asserted_by = RESPONDERS
    hypothesis: str
    evidence: Digest | None
    entry: int | None
    bearing: Bearing
    strength: Strength
    because: Words


class ContradictionAnswered(Kind, frozen=True, tag="contradiction-answered"):
    """Somebody says why evidence against a hypothesis does not refute it.

    Args:
        weighed: the place of the entry in which that evidence was weighed.
    """

    hypothesis: str
    weighed: int
    because: Words


class HypothesisConcluded(Kind, frozen=True, tag="hypothesis-concluded"):
    """A person concluded on a hypothesis. It can be concluded anew.

    Args:
        despite: why it is held to be supported although evidence against it stands unanswered;
            empty otherwise.
    """

    hypothesis: str
    conclusion: Conclusion
    because: Words
    despite: Words


class QueryAsked(Kind, frozen=True, tag="query-asked"):
    """A question was put to a system's log, and its text and answer were sealed.

    Args:
        query: its name within the incident, as Q1; the same again where it was asked again.
        text: of the SQL, as it was run.
        result: of the answer, as it lies in the vault.
        content: of the rows without regard to their order, by which two answers are compared.
        rows: how many are in the answer.
        cut: the answer reached a limit and is not whole.
        engine: what answered, with its version.
        read: of the list of files that were read, each with its size and digest.
        files: how many those were.
        reproducible: nothing in the text depends on the moment or on chance.
    """

    asserted_by = DESK
    query: str
    system: str
    text: Digest
    result: Digest
    content: Digest
    rows: int
    cut: bool
    engine: str
    read: Digest
    files: int
    reproducible: bool


class ReplayBegan(Kind, frozen=True, tag="replay-began"):
    """A set of requests began to be put to versions at addresses for tests.

    Args:
        replay: its name within the incident, as R1.
        set: of the requests with what is expected of each answer.
        items: how many there are.
        against: the integrations that serve, with the version where one is named, as
            `staging@7`.
        purpose: what it is for, such as the attack of this incident.
    """

    asserted_by = DESK
    replay: str
    set: Digest
    items: int
    against: tuple[str, ...]
    purpose: Words


class Replayed(Kind, frozen=True, tag="replayed"):
    """All requests of a set were put to one version, each counted once.

    Args:
        set: of the requests.
        against: as in `replay-began`.
        served: the version that the far side said it is; None where it does not say.
        result: of the answers, item by item.
        held: how many answers were as expected.
        failed: how many were not.
        unanswered: how many got no answer that could be judged; in no rate.
        low, high: the exact interval of the share that held, at 95 %.
    """

    asserted_by = DESK
    replay: str
    set: Digest
    against: str
    served: str | None
    result: Digest
    items: int
    held: int
    failed: int
    unanswered: int
    low: str
    high: str


class ReplaysCompared(Kind, frozen=True, tag="replays-compared"):
    """Two versions were compared on the same requests, pair by pair.

    Args:
        before, after: the versions, as in `replay-began`.
        mended: items that failed before and held after; `broken` the other way round.
        both_held, both_failed: items on which they do not differ.
        unpaired: items on which one of them gave no answer that could be judged.
        difference: of the shares that held, after minus before; `low`, `high` its interval at 95 %.
        chance: how probable such an imbalance is if the two do not differ (McNemar, exact).
    """

    asserted_by = DESK
    replay: str
    before: str
    after: str
    mended: int
    broken: int
    both_held: int
    both_failed: int
    unpaired: int
    difference: str
    low: str
    high: str
    chance: str


class LineageRead(Kind, frozen=True, tag="lineage-read"):
    """Where a version of a model comes from was read of its registry, and sealed.

    Args:
        document: of all that was read, in the vault.
        system: whose model it is; integration: the registry that was read.
        alias: under which it was asked for; None where a version was named.
        run: that trained it; None where the registry does not say.
        read_at: when, for a registry can be changed afterwards.
    """

    asserted_by = DESK
    document: Digest
    system: str
    integration: str
    model: str
    version: str
    alias: str | None
    run: str | None
    read_at: Instant


class LineageJudged(Kind, frozen=True, tag="lineage-judged"):
    """What can be said of one item of a lineage.

    Args:
        document: of the lineage.
        name: of the item, such as a data set with the digest that the registry gives it.
        digest: the registry's own, which proves little; None where it has none.
        level: 0 a pointer is on record; 1 the bytes are at hand and equal; 2 the exact table;
            3 training again gives the same. None where not even a pointer is.
        because: in words.
    """

    asserted_by = DESK
    document: Digest
    item: LineageItem
    name: str
    digest: str | None
    verdict: LineageVerdict
    level: int | None
    because: Words


AnalysisFact = (
    HypothesisRaised
    | EvidenceWeighed
    | ContradictionAnswered
    | HypothesisConcluded
    | QueryAsked
    | ReplayBegan
    | Replayed
    | ReplaysCompared
    | LineageRead
    | LineageJudged
)
