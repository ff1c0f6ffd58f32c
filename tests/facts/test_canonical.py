"""One value, one byte string: the same as an independent writer of RFC 8785 gives."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.canonical import INTEGER_MAX, Json, canonical, encode_unchecked, parse

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
ascii_keys = st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x01), max_size=8)
profile: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_keys, inner, max_size=4),
    max_leaves=20,
)


@given(profile)
def test_equals_an_independent_writer(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(profile)
def test_is_read_back_and_is_json(value: Json) -> None:
    data = canonical(value)
    assert parse(data) == value
    assert json.loads(data) == value


@given(profile)
def test_the_quick_way_gives_the_same_bytes(value: Json) -> None:
    assert encode_unchecked(value) == canonical(value)


@pytest.mark.parametrize("character", [chr(c) for c in range(0x20)] + ['"', "\\", "\x7f", "\u2028"])
def test_control_characters_are_written_as_the_rfc_writes_them(character: str) -> None:
    assert canonical(character) == rfc8785.dumps(character)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.0, "float is not allowed"),
        ([{"a": 0.1}], r"\$\[0\]\.a: float"),
        (INTEGER_MAX + 1, "beyond 2\\^53-1"),
        (-INTEGER_MAX - 1, "beyond"),
        ({"ä": 1}, "not ASCII"),
        ({1: 1}, "not ASCII"),
        ("\ud800", "lone surrogate"),
        ({"a": "\udfff"}, "lone surrogate"),
        ((1, 2), "tuple is not allowed"),
        (b"x", "bytes is not allowed"),
        (float("nan"), "float"),
    ],
)
def test_what_is_outside_the_profile_is_refused(value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        canonical(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":1,"a":2}', "names a key twice"),
        (b'{"b":1,"a":2}', "canonical form"),
        (b'{"a": 1}', "canonical form"),
        (b'{"a":1}\n', "canonical form"),
        (b"1.0", "not a whole number"),
        (b"1e3", "not a whole number"),
        (b'"\\u0041"', "canonical form"),
        (b'"\\/"', "canonical form"),
        (b"-0", "canonical form"),
        (b"9007199254740992", "beyond"),
        (b"NaN", "float"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":1', "."),
        (b"", "."),
        (b"\xff", "."),
        (b'"\\ud800"', "surrogate"),
    ],
)
def test_parse_takes_only_the_one_form(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_either_refused_or_read_back_to_themselves(data: bytes) -> None:
    try:
        value = parse(data)
    except ValueError:
        return
    assert canonical(value) == data
