"""No credential is in what is kept, however it was written; all else is as it came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.signals.credentials import taken_out

SECRET = "x1-_" * 6
TOKEN = f"tocsin_7K3Q_{SECRET}"
MASKED = f"tocsin_7K3Q_{'*' * len(SECRET)}"


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (f'{{"routing_key": "{TOKEN}", "a": 1}}', TOKEN),
        (f'{{"a": {{"routing_key": "inner"}}, "routing_key":"{TOKEN}"}}', TOKEN),
        (f'{{"routing_key": "{escaped(TOKEN)}"}}', TOKEN),
        (f'{{"{escaped("routing_key")}": "{TOKEN}"}}', TOKEN),
        (f'{{"routing_key": "{TOKEN}", "note": "routing_key {escaped(TOKEN)}"}}', TOKEN),
        ('{"routing_key": "R0REALPAGERDUTYKEY000000000000AA"}', "R0REALPAGERDUTYKEY000000000000AA"),
        (f'{{"alerts": [{{"labels": {{"t": "{TOKEN}", "routing_key": 7}}}}]}}', ""),
        (f'{{"routing_key": "{TOKEN}", "broken": ', TOKEN),
        (f'[{{"routing_key": "{TOKEN}"}}]', TOKEN),
        (f'{{"x": {{"y": {{"routing_key": "{TOKEN}", ', ""),
        (f"what {TOKEN}", ""),
    ],
)
def test_no_credential_stays(body: str, key: str) -> None:
    shown, left = taken_out(body.encode(), is_json=True)
    assert shown == key
    text = left.decode()
    assert SECRET not in text and "REALPAGER" not in text and escaped(SECRET) not in text
    if body.endswith(("}", "]")) and "what" not in body:
        json.loads(text)


def test_a_token_keeps_its_public_part_and_its_length() -> None:
    body = f"\x0a{TOKEN}\x12".encode()
    assert taken_out(body, is_json=False) == ("", f"\x0a{MASKED}\x12".encode())
    value = {"labels": {"note": f"with {TOKEN}"}}
    _, left = taken_out(json.dumps(value).encode(), is_json=True)
    assert json.loads(left) == {"labels": {"note": f"with {MASKED}"}}


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(value=TREES, indent=st.sampled_from([None, 2]), ascii_=st.booleans())
def test_what_holds_no_credential_stays_as_it_came(
    value: object, indent: int | None, ascii_: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_).encode("utf-8", "replace")
    assert taken_out(body, is_json=True) == ("", body)


@given(body=st.binary(max_size=200))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    taken_out(b'{"routing_key": ' + body, is_json=True)
