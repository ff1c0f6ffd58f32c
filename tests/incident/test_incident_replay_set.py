"""A set of requests is read whole or not at all, and an answer is as expected or it is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.replays import Expected, Said
from tocsin.incident.replay_set import held, read_set


def line(**more: object) -> str:
    return json.dumps({"id": "a1", "request": "hello", "expect": {"equals": "x"}} | more)


def test_a_set_keeps_its_order_and_blank_lines_do_not_count() -> None:
    data = f"{line()}\n\n{line(id='a2', request={'q': 1})}\n".encode()
    items, told = read_set(data, "set.jsonl")
    assert [one.id for one in items] == ["a1", "a2"] and told == []


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("nonsense", "", "not a JSON object"),
        ("[1]", "", "not a JSON object"),
        (line(id=""), "id", "1 to 200 letters"),
        (line(id="a\nb"), "id", "on one line"),
        (line(request=""), "request", "a text, or an object"),
        (line(request=7), "request", "a text, or an object"),
        (line(expect={}), "expect", "say what is expected"),
        (line(expect={"match": "x"}), "expect.match", 'did you mean "matches"?'),
        (line(expect={"matches": "("}), "expect.matches", "not a regular expression"),
        (line(expect={"matches": "(a+)+$"}), "expect.matches", "no repetition of a repetition"),
        (line(expect={"matches": 7}), "expect", "are texts"),
        (line(expect={"equals": None}), "expect", "nothing is expected"),
        (line(expect={"serves": "v7"}), "expect.serves", '"version:N"'),
        (line(reqest="x"), "reqest", 'did you mean "request"?'),
        ("", "", "no request"),
        (f"{line()}\n{line()}", "id", "stands in line 1 too"),
    ],
)
def test_each_mistake_says_where_it_is_and_what_would_be_right(
    text: str, path: str, says: str
) -> None:
    _, told = read_set(text.encode(), "set.jsonl")
    assert [one.path for one in told] == [path]
    assert says in str(told[0])


def test_all_mistakes_are_told_at_once() -> None:
    _, told = read_set(f"{line(id='')}\n{line(request=1)}\n".encode(), "set.jsonl")
    assert [one.line for one in told] == [1, 2]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    items, told = read_set(data, "set.jsonl")
    assert items or told


@pytest.mark.parametrize(
    ("expected", "said", "verdict"),
    [
        (Expected(equals="yes"), Said(text="yes"), True),
        (Expected(equals="yes"), Said(text="yes."), False),
        (Expected(matches="(?i)no refund"), Said(text="There is No Refund"), True),
        (Expected(not_matches="refund"), Said(text="a refund"), False),
        (Expected(not_matches="refund"), Said(rejected=True), True),
        (Expected(matches="refund"), Said(rejected=True), False),
        (Expected(rejects=True), Said(rejected=True), True),
        (Expected(rejects=True), Said(text="of course"), False),
        (Expected(rejects=False), Said(rejected=True), False),
        (Expected(serves="off"), Said(text="a person will", serves="off"), True),
        (Expected(serves="on"), Said(text="x", serves="version:7"), True),
        (Expected(serves="on"), Said(text="x", serves="off"), False),
        (Expected(serves="version:7"), Said(text="x", serves="version:6"), False),
        (Expected(serves="version:7"), Said(text="x"), None),
        (Expected(equals="yes"), Said(), None),
        (Expected(rejects=True), Said(why="no answer within 5 s"), None),
        (Expected(rejects=True, not_matches="key"), Said(text="key", rejected=True), False),
    ],
)
def test_an_answer_is_judged_by_all_that_is_expected(
    expected: Expected, said: Said, verdict: bool | None
) -> None:
    found, why = held(expected, said)
    assert found is verdict
    assert bool(why) is (verdict is not True)
