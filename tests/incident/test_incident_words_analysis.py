"""Facts of the analysis say the essential in one line, and no name of outside can break it."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.facts.analysis import (
    Bearing,
    Conclusion,
    EvidenceWeighed,
    HypothesisConcluded,
    HypothesisRaised,
    LineageItem,
    LineageJudged,
    LineageRead,
    LineageVerdict,
    QueryAsked,
    Replayed,
    Strength,
)
from tocsin.facts.failure_modes import FailureMode
from tocsin.incident.words_analysis import analysis_words

D = "ab" * 32
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)


def test_a_hypothesis_says_its_kind_and_under_which_it_stands() -> None:
    fact = HypothesisRaised(
        hypothesis="H2", statement="the feed was poisoned", mode=FailureMode.DATA_POISONING,
        under="H1",
    )  # fmt: skip
    said = analysis_words(fact)
    assert said == "Hypothesis H2, under H1 (data-poisoning): the feed was poisoned"


def test_weighing_names_the_entry_or_the_evidence_and_how_strong() -> None:
    weighed = EvidenceWeighed(
        hypothesis="H1", evidence=None, entry=7, bearing=Bearing.CONTRADICTS,
        strength=Strength.STRONG, because="v6 answers the same",
    )  # fmt: skip
    assert analysis_words(weighed) == "Entry 7 contradicts H1 (strong): v6 answers the same"


def test_a_conclusion_says_despite_what() -> None:
    fact = HypothesisConcluded(
        hypothesis="H1", conclusion=Conclusion.SUPPORTED, because="three replays", despite="noise"
    )
    said = analysis_words(fact)
    assert said == "H1 is supported: three replays; despite what stands against it: noise"


def test_a_cut_answer_is_told_as_cut() -> None:
    fact = QueryAsked(
        query="Q1", system="assistant", text=D, result=D, content=D, rows=1, cut=True,
        engine="DuckDB 1.4.2", read=D, files=1, reproducible=False,
    )  # fmt: skip
    assert "1 row, CUT at a limit" in analysis_words(fact)
    assert "depends on the moment" in analysis_words(fact)


def test_names_from_outside_cannot_begin_a_line() -> None:
    replayed = Replayed(
        replay="R1", set=D, against="staging@7", served="7\nall is well", result=D, items=3,
        held=2, failed=1, unanswered=0, low="0.09", high="0.99",
    )  # fmt: skip
    read = LineageRead(
        document=D, system="s", integration="models", model="m\nx", version="1", alias=None,
        run=None, read_at=AT,
    )  # fmt: skip
    judged = LineageJudged(
        document=D, item=LineageItem.DATA, name="raw\n.csv", digest=None,
        verdict=LineageVerdict.AT_RISK, level=0, because="the run is deleted",
    )  # fmt: skip
    assert all("\n" not in analysis_words(one) for one in (replayed, read, judged))
    assert "AT-RISK (L0)" in analysis_words(judged)
