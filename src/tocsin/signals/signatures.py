"""Whether a body is signed with a secret, in the ways in which senders sign: any of many, timed.

Source: MLflow 3 webhooks, `v1,base64(HMAC-SHA256(secret, id.timestamp.body))`; Standard Webhooks
1.0, the same with a secret that is base64 after `whsec_`; GitHub's and Jira's
`X-Hub-Signature(-256): sha256=hex`; Grafana's `X-Grafana-Alerting-Signature: hex`, over
`timestamp:body` where a header carries one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from tocsin.signals.fields import EPOCH

WINDOW = timedelta(minutes=5)
KINDS = ("mlflow", "standard", "hub", "grafana")
USUAL = {"mlflow": "mlflow", "grafana": "grafana", "cloudevents": "standard"}
"""How the senders of a format sign; all others as Standard Webhooks."""
_GRAFANA, _GRAFANA_TIME = "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a check.

    Args:
        wrong: why it does not hold; empty when it holds. Never quotes what was sent.
        delivery: what tells this delivery from others: the sender's id, else the signature where
            it is over a time. Empty where neither was signed: then the same may be said again.
    """

    wrong: str = ""
    delivery: str = ""


def check_signature(
    kind: str,
    secret: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    settings: Mapping[str, str],
) -> Signed:
    """Whether one of the signatures that came is over this body and, where it is timed, of now.

    Args:
        headers: by lower-case name.
        settings: of the integration; `timestamp_header` is Grafana's.
    """
    match kind:
        case "mlflow":
            return _timed(secret.encode(), body, headers, now, "x-mlflow-delivery-id",
                          "x-mlflow-timestamp", "x-mlflow-signature")  # fmt: skip
        case "standard":
            key = _standard_key(secret)
            return _timed(key, body, headers, now, "webhook-id", "webhook-timestamp",
                          "webhook-signature")  # fmt: skip
        case "grafana":
            header = settings.get("timestamp_header", _GRAFANA_TIME).lower()
            stamp = headers.get(header, "")
            is_timed = "timestamp_header" in settings or bool(stamp)
            if is_timed:
                wrong = _off(stamp, now)
                if wrong:
                    return Signed(wrong=wrong)
                body = stamp.encode() + b":" + body
            return _hex(secret, body, [headers.get(_GRAFANA, "")], is_timed=is_timed)
        case "hub":
            sent = f"{headers.get('x-hub-signature-256', '')},{headers.get('x-hub-signature', '')}"
            found = [one.strip() for one in sent.split(",")]
            hexes = [one.removeprefix("sha256=") for one in found if one.startswith("sha256=")]
            return _hex(secret, body, hexes, is_timed=False)
        case _:
            return Signed(wrong=f"no way of signing is called {kind}; one of: {', '.join(KINDS)}")


def _timed(
    key: bytes,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
    id_header: str,
    time_header: str,
    signature_header: str,
) -> Signed:
    delivery, stamp = headers.get(id_header, ""), headers.get(time_header, "")
    if not delivery or len(delivery) > 200:
        return Signed(wrong=f"no {id_header}")
    wrong = _off(stamp, now)
    if wrong:
        return Signed(wrong=wrong)
    signed = b".".join((delivery.encode(), stamp.encode(), body))
    right = hmac.new(key, signed, hashlib.sha256).digest()
    sent = headers.get(signature_header, "").split()
    versions = [one.removeprefix("v1,") for one in sent if one.startswith("v1,")]
    if not _any_is(right, map(_unbase64, versions)):
        return Signed(wrong=f"{signature_header} does not hold")
    return Signed(delivery=delivery)


def _hex(secret: str, body: bytes, sent: list[str], *, is_timed: bool) -> Signed:
    right = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if not _any_is(right, map(_unhex, sent)):
        return Signed(wrong="no signature holds")
    return Signed(delivery=f"signature:{right.hex()}" if is_timed else "")


def _any_is(right: bytes, sent: Iterable[bytes]) -> bool:
    """Whether any is right; every one is compared, each in the same time."""
    found = False
    for one in sent:
        found |= hmac.compare_digest(right, one)
    return found


def _off(stamp: str, now: datetime) -> str:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 14):
        return "no time stamp in seconds"
    seconds = int(stamp) / 1000 if len(stamp) > 11 else int(stamp)
    apart = abs(now - (EPOCH + timedelta(seconds=seconds)))
    if apart > WINDOW:
        return (
            f"its time stamp is {int(apart.total_seconds())} s from our clock; at most "
            f"{int(WINDOW.total_seconds())} are taken"
        )
    return ""


def _standard_key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
