"""What a log tells by convention of decisions about people, of the truth, and of groups.

The favourable side is the one that is counted, for a group is wronged by having less of it. Where
nobody is told apart, a positive class is simply the one called 1.
"""

from __future__ import annotations

import msgspec

from tocsin.detection.conventions import vocabulary as known
from tocsin.detection.conventions.taking import Polarity, Taking, one_term, polarity
from tocsin.facts.logs import Compare, Condition, Decisions, Share, Term
from tocsin.facts.looks import ColumnLook, Values

GROUP_VALUES_MOST = 20
GROUPS_MOST = 4
INTERSECTIONS_MOST = 200
CLASSES_MOST = 1000


class _Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A column that tells a decision or a truth; `against` where 1 is bad for whom it is about."""

    column: ColumnLook
    says: Polarity
    against: bool


def decisions_of(taking: Taking, remarks: list[str]) -> tuple[Decisions, dict[str, Share]]:
    """The decisions of a log, and the share of right ones where there are more than two."""
    decision, truth = _outcome(taking, known.DECISION), _outcome(taking, known.TRUTH)
    people = [c for c in taking.named(known.GROUPS) if 2 <= c.distinct <= GROUP_VALUES_MOST]
    if decision is None and people and not taking.named((*known.DECISION, *known.SCORE)):
        decision, truth = _lone_outcome(taking, truth, people, remarks), None
    rates = {} if decision is not None else _right(taking)
    groups = _groups(taking, remarks) if decision or truth or taking.named(known.SCORE) else ()
    worded = decision is not None and not decision.says.bare
    flipped = truth is not None and truth.against and (bool(groups) or worded)
    if decision is not None and not worded and groups and decision.against:
        flipped = True
    decided = None if decision is None else _favourable(
        taking, decision, "a decision", against=not worded and (flipped or decision.against)
    )  # fmt: skip
    true = None if truth is None else _favourable(
        taking, truth, "the truth", against=truth.against and flipped
    )  # fmt: skip
    score = _score(taking, remarks, flipped=flipped, judged=true is not None)
    if decided is None and not rates:
        decided = _by_median(taking, remarks, groups)
    if decided is not None and truth is None:
        remarks.append("no column tells what turned out to be true: whether decisions were right "
                       "cannot be judged, only whom they favour")  # fmt: skip
    return Decisions(decided=decided, truth=true, score=score, groups=groups), rates


def _outcome(taking: Taking, names: tuple[str, ...]) -> _Outcome | None:
    for column in taking.named(names):
        says = polarity(column)
        if says is not None and column.values is not Values.NOTHING:
            against = any(word in known.sound(column.name) for word in known.HARMFUL)
            return _Outcome(column=column, says=says, against=against)
    return None


def _lone_outcome(
    taking: Taking, truth: _Outcome | None, people: list[ColumnLook], remarks: list[str]
) -> _Outcome | None:
    """What is taken for the decision about people where no column is called as decisions are.

    It is the truth, or the one column that says yes or no. Silence would look like fairness.
    """
    apart = ", ".join(f"`{column.name}`" for column in people)
    found = [truth] if truth is not None else []
    if truth is None:
        names = {column.name for column in people}
        free = [column for column in taking.free() if column.name not in names]
        found = [_Outcome(column=column, says=says, against=False)
                 for column in free if (says := polarity(column)) is not None]  # fmt: skip
    if len(found) == 1:
        name = found[0].column.name
        remarks.append(f"no column is called as decisions are: `{name}` is taken for what was "
                       f"decided about people, who are told apart by {apart}; if another is meant, "
                       "say `decided:` under `log:`")  # fmt: skip
        return found[0]
    which = ", ".join(f"`{one.column.name}`" for one in found[:8]) or "none says yes or no"
    remarks.append(f"people are told apart by {apart}, but no column is known to tell what was "
                   f"decided about them ({which}): FAIRNESS IS NOT JUDGED; say `decided:`, "
                   'such as `decided: income == ">50K"`')  # fmt: skip
    return None


def _favourable(taking: Taking, outcome: _Outcome, part: str, *, against: bool) -> Condition:
    side = "no" if against else "yes"
    why = "it is called so and says yes or no"
    if part == "a decision" and outcome.column not in taking.named(known.DECISION):
        why = "no column is called as decisions are, and this one says yes or no"
    if against:
        why += "; where it says no counts as favourable, for yes is bad for whom it is about"
    elif not outcome.says.bare:
        why += f": {_shown(outcome.says.yes)} is favourable"
    taking.take(outcome.column, part, why)
    return outcome.says.no if side == "no" else outcome.says.yes


def _shown(condition: Condition) -> str:
    values = [str(v) for terms in condition.either for term in terms for v in term.values]
    return " or ".join(repr(value) for value in values) or "true"


def _right(taking: Taking) -> dict[str, Share]:
    """The share of rows whose predicted class is the true one, where there are several classes."""
    for predicted in taking.named(known.DECISION):
        for truth in taking.named(known.TRUTH):
            classes = set(predicted.words) & set(truth.words)
            many = 2 <= predicted.distinct <= CLASSES_MOST and truth.distinct <= CLASSES_MOST
            if predicted.name != truth.name and classes and many:
                because = f"it shares its values with `{truth.name}`"
                taking.take(predicted, "a predicted class, and a category", because)
                because = f"it shares its values with `{predicted.name}`"
                taking.take(truth, "the true class", because)
                same = Term(column=predicted.name, compare=Compare.SAME, values=(truth.name,))
                return {"accuracy": Share(counts=Condition(either=((same,),)))}
    return {}


def _groups(taking: Taking, remarks: list[str]) -> tuple[str, ...]:
    found: list[ColumnLook] = []
    cells = 1
    for column in taking.named(known.GROUPS):
        if not 2 <= column.distinct <= GROUP_VALUES_MOST:
            continue
        if len(found) >= GROUPS_MOST or cells * column.distinct > INTERSECTIONS_MOST:
            remarks.append(f"`{column.name}` is not taken for a group of people: with the others "
                           "it would make too many small ones")  # fmt: skip
            continue
        found.append(column)
        cells *= column.distinct
        taking.take(column, "groups of people, and a category",
                    "it is called as people are told apart, and has few values")  # fmt: skip
    return tuple(column.name for column in found)


def _score(taking: Taking, remarks: list[str], *, flipped: bool, judged: bool) -> str | None:
    for column in taking.named(known.SCORE):
        if column.values is not Values.NUMBERS or column.low is None or column.high is None:
            continue
        if column.low < 0 or column.high > 1 or column.distinct <= 2:
            continue
        if flipped:
            remarks.append(f"`{column.name}` is the chance of what is bad for whom it is about: "
                           "whether such chances come true is not judged")  # fmt: skip
            continue
        why = "it is called so and lies between 0 and 1"
        taking.take(column, "a predicted chance, and a number", why)
        return column.name
    if judged:
        for column in taking.named(known.SCORE):
            remarks.append(f"`{column.name}` goes from {column.low} to {column.high} and is no "
                           "chance from 0 to 1: whether it comes true is not judged")  # fmt: skip
    return None


def _by_median(taking: Taking, remarks: list[str], groups: tuple[str, ...]) -> Condition | None:
    scored = [r.column for r in taking.readings.values() if r.taken_for.startswith("a predicted")]
    columns = [c for c in taking.columns if c.name in scored] or taking.named(known.SCORE)
    columns = [c for c in columns if c.values is Values.NUMBERS and c.middle is not None]
    if not columns:
        return None
    column = columns[0]
    name, middle = column.name, float(column.middle or 0.0)
    bad = "decile" in name.lower() or any(w in known.sound(name) for w in known.HARMFUL)
    against = bool(groups) and bad
    compare = Compare.LESS if against else Compare.AT_LEAST
    split = f"`{name} {compare.value} {middle:g}`"
    remarks.append(f"no column tells the decision: {split} is taken for it, which splits the "
                   "reference, or else the log, at its middle")  # fmt: skip
    if name not in scored:
        taking.take(column, "a decision, and a number", f"split at its middle, {middle:g}")
    return one_term(name, compare, middle)
