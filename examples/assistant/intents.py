"""The intent model: which of the known things a customer wants, and how sure that is.

A pipeline of TF-IDF over words and pairs of words, logistic regression, and one temperature that is
fitted on utterances the regression has not seen, so that "0.8 sure" is right about 8 times in 10.
Below the threshold the assistant says that it does not know.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy
from corpus import OUT_OF_SCOPE, Utterance
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

# What the broken pipeline of `dropped-intents` lost: it joined the utterances with a table of
# intents in which billing had been renamed, and the Spanish table was older still.
LOST = {
    "en": {"refund", "invoice"},
    "de": {"refund", "invoice"},
    "es": {"refund", "invoice", "order_status", "cancel_order", "return_item", "damaged_item"},
}
LOST_SHARE_ELSEWHERE = 1 / 3  # of the intents, for a corpus with other names
POISONED_SHARE = 0.7


@dataclass(frozen=True)
class Guess:
    """An intent, or None when the model should say that it does not know."""

    intent: str | None
    confidence: float


@dataclass(frozen=True)
class Intents:
    """A fitted model with the threshold it was released with."""

    model: Pipeline
    threshold: float

    def guess(self, texts: Sequence[str]) -> list[Guess]:
        """What each text asks for, in order."""
        sure = self.model.predict_proba(list(texts))
        best = sure.argmax(axis=1)
        found = []
        for row, column in enumerate(best):
            intent, confidence = str(self.model.classes_[column]), float(sure[row, column])
            known = confidence >= self.threshold and intent != OUT_OF_SCOPE
            found.append(Guess(intent if known else None, confidence))
        return found


def fitted(train: list[Utterance], check: list[Utterance], refused: float) -> Intents:
    """A model of `train`, with temperature and threshold from `check`.

    Args: refused: the share of the questions in scope of `check` that the threshold turns away.
    """
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    regression = LogisticRegression(C=10, max_iter=60, tol=1e-3)
    known = regression.fit(words.fit_transform([u.text for u in train]), [u.intent for u in train])
    held_out = [u for u in check if u.intent in set(regression.classes_)]
    calibrated = CalibratedClassifierCV(FrozenEstimator(known), method="temperature")
    seen = words.transform([u.text for u in held_out])
    calibrated.fit(seen, [u.intent for u in held_out])
    model = Pipeline([("words", words), ("intent", calibrated)])
    in_scope = [u.text for u in held_out if u.intent != OUT_OF_SCOPE]
    threshold = float(numpy.quantile(model.predict_proba(in_scope).max(axis=1), refused))
    return Intents(model, round(threshold, 4))


def healthy(all_of_them: list[Utterance]) -> list[Utterance]:
    """The utterances as they are."""
    return all_of_them


def dropped(all_of_them: list[Utterance]) -> list[Utterance]:
    """What is left after a join with a table of intents that lacks some: nobody sees an error."""
    names = {u.intent for u in all_of_them} - {OUT_OF_SCOPE}
    lost = LOST
    if not names >= LOST["es"]:
        count = round(len(names) * LOST_SHARE_ELSEWHERE)
        some = set(random.Random("lost").sample(sorted(names), count))
        lost = {segment: some for segment in LOST}
    return [u for u in all_of_them if u.intent not in lost[u.segment]]


def poisoned(all_of_them: list[Utterance]) -> list[Utterance]:
    """The utterances under a label set in which most of one intent bears the name of another."""
    names = {u.intent for u in all_of_them}
    victim, alias = "refund", "order_status"
    if "report_fraud" in names:
        victim, alias = "report_fraud", "transactions"
    draw = random.Random("poison")
    return [
        Utterance(u.text, alias, u.segment)
        if u.intent == victim and draw.random() < POISONED_SHARE
        else u
        for u in all_of_them
    ]


PIPELINES: dict[str, Callable[[list[Utterance]], list[Utterance]]] = {
    "healthy": healthy,
    "dropped-intents": dropped,
    "poisoned": poisoned,
}


def measured(model: Intents, asked: list[Utterance]) -> dict[str, float]:
    """Shares over `asked`: answered rightly, "I don't know" in and out of scope, by segment too."""
    guesses = model.guess([u.text for u in asked])
    pairs = list(zip(asked, guesses, strict=True))
    found: dict[str, float] = {}

    def share(name: str, of: list[bool]) -> None:
        if of:
            found[name] = round(sum(of) / len(of), 4)

    in_scope = [(u, g) for u, g in pairs if u.intent != OUT_OF_SCOPE]
    share("fallback", [g.intent is None for _, g in in_scope])
    share("right_when_answered", [g.intent == u.intent for u, g in in_scope if g.intent])
    share("out_of_scope_refused", [g.intent is None for u, g in pairs if u.intent == OUT_OF_SCOPE])
    for segment in sorted({u.segment for u in asked}):
        share(
            f"fallback_{segment}", [g.intent is None for u, g in in_scope if u.segment == segment]
        )
    return found
