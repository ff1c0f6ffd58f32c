"""The derived rates: exact wherever something is missing, and for every condition."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.confusion import both, confusion_rates, either, every_rate, opposite
from tocsin.facts.logs import Compare, Condition, Decisions, LogMapping, Share, Term, holds

Row = Mapping[str, bool | None]
TERMS = st.builds(Term, column=st.sampled_from("abc"), compare=st.just(Compare.HOLDS),
                  negated=st.booleans())  # fmt: skip
CONDITIONS = st.lists(st.lists(TERMS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3)
ROWS = st.fixed_dictionaries(dict.fromkeys("abc", st.sampled_from([True, False, None])))


def said(condition: Condition, row: Row) -> bool | None:
    """Kleene's logic, as SQL has it."""
    return any_of([all_of([_term(t, row) for t in terms]) for terms in condition.either])


def all_of(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def any_of(values: list[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _term(term: Term, row: Row) -> bool | None:
    return _not(row[term.column]) if term.negated else row[term.column]


@given(CONDITIONS, CONDITIONS, ROWS)
def test_conditions_are_joined_as_what_they_say_is(one: list, other: list, row: Row) -> None:  # type: ignore[type-arg]
    a, b = Condition(either=tuple(one)), Condition(either=tuple(other))
    assert said(opposite(a), row) is _not(said(a, row))
    assert said(both(a, b), row) is all_of([said(a, row), said(b, row)])
    assert said(either(a, b), row) is any_of([said(a, row), said(b, row)])


@given(CONDITIONS, CONDITIONS, ROWS)
def test_a_row_is_in_the_rates_that_its_decision_and_label_put_it_in(
    decided: list, truth: list, row: Row  # type: ignore[type-arg]
) -> None:  # fmt: skip
    decisions = Decisions(decided=Condition(either=tuple(decided)),
                          truth=Condition(either=tuple(truth)))  # fmt: skip
    assert decisions.decided is not None and decisions.truth is not None
    d, t = said(decisions.decided, row), said(decisions.truth, row)
    found = {name: _share(share, row) for name, share in confusion_rates(decisions).items()}
    whole = d is not None and t is not None
    assert found == {
        "selected": d, "base_rate": t,
        "accuracy": d == t if whole else None,
        "recall": d if t else None,
        "false_positive_rate": d if t is False else None,
        "precision": t if d else None,
    }  # fmt: skip


def _share(share: Share, row: Row) -> bool | None:
    if share.among is not None and said(share.among, row) is not True:
        return None
    return said(share.counts, row)


def test_only_what_is_declared_gives_rates_and_a_declared_rate_wins() -> None:
    assert list(confusion_rates(Decisions())) == []
    assert list(confusion_rates(Decisions(decided=holds("a")))) == ["selected"]
    assert list(confusion_rates(Decisions(truth=holds("a")))) == ["base_rate"]
    own = Share(counts=holds("b"))
    mapping = LogMapping(rates={"selected": own}, decisions=Decisions(decided=holds("a")))
    assert every_rate(mapping) == {"selected": own}
