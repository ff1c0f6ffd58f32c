"""Conditions in three values: what is unknown is never taken for false."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from tocsin.duties.conditions import Seen, Truth, deciding, missing, truth
from tocsin.duties.known import Awareness, Harm, LegalFacts, Value
from tocsin.duties.law import ALWAYS, AllOf, AnyOf, Condition, NotSo, Op
from tocsin.duties.law import Test as Compared

BERLIN = ZoneInfo("Europe/Berlin")
TRUTHS: tuple[Truth, ...] = (True, False, None)


def seen(**values: Value | None) -> Seen:
    facts = {key: value for key, value in values.items() if value is not None}
    return Seen(facts=LegalFacts(values=facts), zone=BERLIN)


def yes(fact: str) -> Condition:
    return Compared(fact=fact, op=Op.IS, values=(True,))


@pytest.mark.parametrize(("a", "b"), list(product(TRUTHS, TRUTHS)))
def test_kleene(a: Truth, b: Truth) -> None:
    both = seen(a=a, b=b)
    pair = (yes("a"), yes("b"))
    every = False if False in (a, b) else None if None in (a, b) else True
    some = True if True in (a, b) else None if None in (a, b) else False
    assert truth(AllOf(of=pair), both) is every
    assert truth(AnyOf(of=pair), both) is some
    assert truth(NotSo(of=yes("a")), both) is (None if a is None else not a)
    unknown = tuple(key for key, value in (("a", a), ("b", b)) if value is None)
    assert missing(AllOf(of=pair), both) == (() if every is not None else unknown)
    assert missing(AnyOf(of=pair), both) == (() if some is not None else unknown)


def test_what_is_missing_is_told_in_order_and_once() -> None:
    condition = AllOf(of=(yes("b"), AnyOf(of=(yes("a"), NotSo(of=yes("b")))), yes("c")))
    assert missing(condition, seen(c=True)) == ("b", "a")
    assert missing(condition, seen(b=True, c=True)) == ("a",)
    assert truth(ALWAYS, seen()) is True and missing(ALWAYS, seen()) == ()


def test_the_facts_that_decide_are_named() -> None:
    condition = AllOf(of=(yes("a"), AnyOf(of=(yes("b"), yes("c")))))
    assert deciding(condition, seen(a=True, b=True, c=False)) == ("a", "b")
    assert deciding(condition, seen(a=True, b=False, c=False)) == ("b", "c")
    assert deciding(condition, seen(a=False)) == ("a",)
    said = Compared(fact="f", op=Op.KNOWN, values=(True,))
    assert deciding(said, seen()) == ("f",)


INSTANT = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)  # already August in Berlin


@pytest.mark.parametrize(
    ("op", "values", "value", "expected"),
    [
        (Op.IS, ("x",), "x", True),
        (Op.IS, (1,), True, False),  # a yes is no number
        (Op.IN, ("x", "y"), "z", False),
        (Op.HAS, ("x",), ("w", "x"), True),
        (Op.HAS, ("death",), (Harm(kind="death"),), True),
        (Op.HAS, ("death",), (), False),
        (Op.AT_LEAST, (500,), 500, True),
        (Op.AT_LEAST, (500,), 499, False),
        (Op.AT_LEAST, (500,), None, None),
        (Op.BEFORE, (date(2026, 8, 1),), INSTANT, False),
        (Op.FROM, (date(2026, 8, 1),), INSTANT, True),
        (Op.BEFORE, (date(2026, 8, 1),), date(2026, 7, 31), True),
        (Op.BEFORE, (date(2026, 8, 1),), True, None),  # it happened, nobody said when
        (Op.FROM, (date(2026, 8, 1),), False, False),
        (Op.HAPPENED, (True,), INSTANT, True),
        (Op.HAPPENED, (True,), True, True),
        (Op.HAPPENED, (True,), False, False),
        (Op.HAPPENED, (True,), None, None),
        (Op.HAPPENED, (True,), (Awareness(instant=INSTANT),), True),
        (Op.UNLESS, ("x",), None, True),
        (Op.UNLESS, ("x",), "x", False),
        (Op.UNLESS, ("x",), ("y",), True),
        (Op.KNOWN, (True,), False, True),
        (Op.KNOWN, (True,), None, False),
    ],
)
def test_a_fact_is_compared(
    op: Op, values: tuple[str | int, ...], value: Value | None, expected: Truth
) -> None:
    assert truth(Compared(fact="f", op=op, values=values), seen(f=value)) is expected


def test_a_list_with_a_word_that_nobody_knows_may_hold_more() -> None:
    facts = LegalFacts(values={"roles": ("provider",)}, unsure=frozenset({"roles"}))
    unsure = Seen(facts=facts, zone=BERLIN)
    assert truth(Compared(fact="roles", op=Op.HAS, values=("provider",)), unsure) is True
    assert truth(Compared(fact="roles", op=Op.HAS, values=("deployer",)), unsure) is None


def test_the_name_that_a_rule_gives_a_fact_comes_first() -> None:
    facts = LegalFacts(values={"submitted.initial": False, "submitted.a/initial": INSTANT})
    own = Seen(facts=facts, zone=BERLIN, named_so={"submitted.initial": "submitted.a/initial"})
    condition = Compared(fact="submitted.initial", op=Op.HAPPENED, values=(True,))
    assert truth(condition, own) is True
    assert truth(condition, Seen(facts=facts, zone=BERLIN)) is False
