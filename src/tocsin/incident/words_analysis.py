"""Words for every fact about why it failed."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.analysis import (
    AnalysisFact,
    Bearing,
    Conclusion,
    ContradictionAnswered,
    EvidenceWeighed,
    HypothesisConcluded,
    HypothesisRaised,
    LineageJudged,
    LineageRead,
    QueryAsked,
    ReplayBegan,
    Replayed,
    ReplaysCompared,
)
from tocsin.facts.spelt import spelt

_POINTS = {
    Bearing.SUPPORTS: "supports",
    Bearing.CONTRADICTS: "contradicts",
    Bearing.NEUTRAL: "does not bear on",
}
_CONCLUDED = {
    Conclusion.SUPPORTED: "is supported",
    Conclusion.REFUTED: "is refuted",
    Conclusion.OPEN: "is left open",
}
_Argued = HypothesisRaised | EvidenceWeighed | ContradictionAnswered | HypothesisConcluded
_Replays = ReplayBegan | Replayed | ReplaysCompared


def analysis_words(fact: AnalysisFact) -> str:
    """What a fact of the analysis says."""
    if isinstance(fact, _Argued):
        return _argued(fact)
    if isinstance(fact, _Replays):
        return _replay(fact)
    match fact:
        case QueryAsked():
            return _asked(fact)
        case LineageRead():
            which = f"{spelt(fact.model)} version {spelt(fact.version)}"
            alias = f" (alias {spelt(fact.alias)})" if fact.alias is not None else ""
            run = f"; run {spelt(fact.run)} trained it" if fact.run is not None else ""
            return (
                f"Where {which}{alias} of {fact.system} comes from was read of "
                f"{fact.integration}{run}; sealed as {fact.document[:12]}"
            )
        case LineageJudged():
            level = "no level" if fact.level is None else f"L{fact.level}"
            return (
                f"Lineage, {fact.item.value} {spelt(fact.name)}: {fact.verdict.value.upper()} "
                f"({level}): {fact.because}"
            )
        case _:
            assert_never(fact)


def _argued(fact: _Argued) -> str:
    match fact:
        case HypothesisRaised():
            mode = f" ({fact.mode.value})" if fact.mode is not None else ""
            under = f", under {fact.under}" if fact.under is not None else ""
            return f"Hypothesis {fact.hypothesis}{under}{mode}: {fact.statement}"
        case EvidenceWeighed():
            what = f"Entry {fact.entry}" if fact.entry is not None else "Evidence"
            if fact.evidence is not None:
                what = f"Evidence {fact.evidence[:12]}"
            how = "" if fact.bearing is Bearing.NEUTRAL else f" ({fact.strength.value})"
            return f"{what} {_POINTS[fact.bearing]} {fact.hypothesis}{how}: {fact.because}"
        case ContradictionAnswered():
            return (
                f"What entry {fact.weighed} holds against {fact.hypothesis} is answered: "
                f"{fact.because}"
            )
        case HypothesisConcluded():
            despite = f"; despite what stands against it: {fact.despite}" if fact.despite else ""
            said = f": {fact.because}" if fact.because else ""
            return f"{fact.hypothesis} {_CONCLUDED[fact.conclusion]}{said}{despite}"
        case _:
            assert_never(fact)


def _asked(fact: QueryAsked) -> str:
    rows = "1 row" if fact.rows == 1 else f"{fact.rows} rows"
    cut = ", CUT at a limit" if fact.cut else ""
    again = "" if fact.reproducible else "; its text depends on the moment or on chance"
    files = "1 file" if fact.files == 1 else f"{fact.files} files"
    return (
        f"Query {fact.query} on the log of {fact.system} ({files}, {fact.engine}): {rows}{cut}; "
        f"sealed as {fact.result[:12]}{again}"
    )


def _replay(fact: _Replays) -> str:
    match fact:
        case ReplayBegan():
            against = ", ".join(spelt(one) for one in fact.against)
            return (
                f"Replay {fact.replay} began: {fact.items} requests against {against}: "
                f"{fact.purpose}"
            )
        case Replayed():
            judged = fact.held + fact.failed
            silent = f"; {fact.unanswered} could not be judged" if fact.unanswered else ""
            served = f", which said it is {spelt(fact.served)}" if fact.served is not None else ""
            return (
                f"Replay {fact.replay} against {spelt(fact.against)}{served}: {fact.held} of "
                f"{judged} answers as expected ({fact.low} to {fact.high} at 95 %){silent}; "
                f"sealed as {fact.result[:12]}"
            )
        case ReplaysCompared():
            return (
                f"Replay {fact.replay}, {spelt(fact.after)} against {spelt(fact.before)}: "
                f"{fact.mended} mended, {fact.broken} broken; difference {fact.difference} "
                f"({fact.low} to {fact.high}), chance {fact.chance}"
            )
        case _:
            assert_never(fact)
