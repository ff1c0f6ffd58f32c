"""Signatures hold as their senders make them, one of many is enough, and only within their time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.signals.signatures import KINDS, check_signature

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
STAMP = str(int(NOON.timestamp()))
BODY = b'{"a": 1}'
KEY = base64.b64encode(b"0123456789abcdef01234567").decode()


def mac(secret: bytes, signed: bytes) -> hmac.HMAC:
    return hmac.new(secret, signed, hashlib.sha256)


def timed(prefix: str, secret: bytes) -> dict[str, str]:
    signed = base64.b64encode(mac(secret, b"d1." + STAMP.encode() + b"." + BODY).digest()).decode()
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    if prefix == "mlflow":
        names = ("x-mlflow-delivery-id", "x-mlflow-timestamp", "x-mlflow-signature")
    return dict(zip(names, ("d1", STAMP, f"v1,AAAA v1,{signed}"), strict=True))


RIGHT: Mapping[str, tuple[str, dict[str, str]]] = {
    "mlflow": ("s", timed("mlflow", b"s")),
    "standard": (f"whsec_{KEY}", timed("standard", base64.b64decode(KEY))),
    "hub": ("s", {"x-hub-signature-256": f"sha256=00, sha256={mac(b's', BODY).hexdigest()}"}),
    "grafana": ("s", {"x-grafana-alerting-signature": mac(b"s", BODY).hexdigest()}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_of_signing_holds_for_this_body_and_no_other(kind: str) -> None:
    secret, headers = RIGHT[kind]
    right = check_signature(kind, secret, BODY, headers, NOON, {})
    assert (right.wrong, bool(right.delivery)) == ("", kind in ("mlflow", "standard"))
    assert check_signature(kind, secret, BODY + b" ", headers, NOON, {}).wrong
    assert check_signature(kind, "other", BODY, headers, NOON, {}).wrong
    assert check_signature(kind, secret, BODY, {}, NOON, {}).wrong


@pytest.mark.parametrize("kind", ["mlflow", "standard"])
@pytest.mark.parametrize("apart", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_what_is_timed_is_of_now(kind: str, apart: timedelta) -> None:
    secret, headers = RIGHT[kind]
    assert "from our clock" in check_signature(kind, secret, BODY, headers, NOON + apart, {}).wrong


def test_grafana_signs_its_time_too_where_it_says_so() -> None:
    settings = {"timestamp_header": "X-When"}
    signature = mac(b"s", STAMP.encode() + b":" + BODY).hexdigest()
    headers = {"x-grafana-alerting-signature": signature, "x-when": STAMP}
    right = check_signature("grafana", "s", BODY, headers, NOON, settings)
    assert right.wrong == ""
    again = check_signature("grafana", "s", BODY, headers, NOON + timedelta(minutes=4), settings)
    assert again.delivery == right.delivery != ""
    del headers["x-when"]
    assert check_signature("grafana", "s", BODY, headers, NOON, settings).wrong


HEADERS = st.dictionaries(
    st.sampled_from([name for _, headers in RIGHT.values() for name in headers]),
    st.text(max_size=80) | st.sampled_from(["v1,", "sha256=", STAMP, "9" * 13]),
)


@given(kind=st.sampled_from([*KINDS, "none"]), headers=HEADERS, secret=st.text(max_size=20))
def test_no_header_makes_it_raise_or_hold(kind: str, headers: dict[str, str], secret: str) -> None:
    assert check_signature(kind, secret, BODY, headers, NOON, {}).wrong
