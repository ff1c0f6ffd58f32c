"""A receiver can tell our calls from all others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.connectors.signature import signed_headers, verify
from tocsin.facts import Refused

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SECRET = "a secret of sufficient length"


def test_the_published_vector_of_standard_webhooks_is_met() -> None:
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_one_of_several_signatures_and_one_of_several_secrets_suffice() -> None:
    headers = signed_headers(SECRET, "k/1", NOW, b"{}")
    headers["webhook-signature"] = f"v1,AAAA v1a,x {headers['webhook-signature']}"
    assert verify(headers, b"{}", ["another secret, also long", SECRET], NOW) == "k/1"


@given(body=st.binary(max_size=40), place=st.integers(0, 500), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused(body: bytes, place: int, bit: int) -> None:
    headers = signed_headers(SECRET, "incident/7K3/17", NOW, body)
    assert verify(headers, body, [SECRET], NOW) == "incident/7K3/17"
    parts = [body, *(value.encode() for value in headers.values())]
    whole = [i for i, part in enumerate(parts) for _ in part]
    chosen = whole[place % len(whole)]
    offset = place % len(parts[chosen])
    spoilt = bytearray(parts[chosen])
    spoilt[offset] ^= 1 << bit
    parts[chosen] = bytes(spoilt)
    texts = [part.decode("latin-1") for part in parts[1:]]
    with pytest.raises(Refused):
        verify(dict(zip(headers, texts, strict=True)), parts[0], [SECRET], NOW)


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_call_is_a_replay(late: timedelta) -> None:
    headers = signed_headers(SECRET, "k/1", NOW, b"{}")
    with pytest.raises(Refused, match="replay"):
        verify(headers, b"{}", [SECRET], NOW + late)


@pytest.mark.parametrize("gone", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_an_unsigned_call_is_refused(gone: str) -> None:
    headers = signed_headers(SECRET, "k/1", NOW, b"{}")
    with pytest.raises(Refused, match="carries"):
        verify({k: v for k, v in headers.items() if k != gone}, b"{}", [SECRET], NOW)


@pytest.mark.parametrize("secret", ["", "short", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ="])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(Refused):
        signed_headers(secret, "k/1", NOW, b"{}")
