"""Trusted time from an RFC 3161 authority. The raw answer is kept whatever our parser thinks of it.

The answer is bound to the request: its digest must be the one that was asked for, and its nonce
too where it can be read. Whether the authority is to be believed is checked by the reader, with
`openssl ts -verify` and the authority's certificate.

Source: RFC 3161 2.4, 3.4.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
import rfc3161_client

from tocsin.facts import Unreachable

ANSWER_BYTES_MAX = 1024 * 1024
_GRANTED = (0, 1)


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's answer.

    Args:
        token: the raw answer, for a `.tsr` file.
        at: the instant it states; None when only other tools can read the token.
        remark: what a reader should know about it; None when there is nothing.
    """

    token: bytes
    at: datetime | None
    remark: str | None


def request_stamp(url: str, data: bytes, *, seconds_max: float = 15) -> Stamp:
    """The authority's statement that `data` existed at an instant.

    Args:
        url: http or https. Plain http is usual: the answer is signed.

    Raises:
        Unreachable: no answer, not granted, or an answer about something else.
    """
    request = (
        rfc3161_client.TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(rfc3161_client.base.HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    raw = _post(url, request.as_bytes(), seconds_max)
    digest = hashlib.sha256(data).digest()
    try:
        answer = rfc3161_client.decode_timestamp_response(raw)
        if answer.status not in _GRANTED:
            raise Unreachable(f"the time authority {url} did not grant the request")
        info = answer.tst_info
    except ValueError as bad:
        return _unread(url, raw, digest, str(bad))
    if info.message_imprint.message != digest or info.nonce != request.nonce:
        raise Unreachable(f"the time authority {url} answered about something else")
    return Stamp(token=raw, at=info.gen_time, remark=None)


def _unread(url: str, raw: bytes, digest: bytes, why: str) -> Stamp:
    if digest not in raw:
        raise Unreachable(f"the time authority {url} sent no token for this digest ({why})")
    remark = (
        f"the token could not be read here ({why}); it is kept as it came. "
        "Check it with openssl ts -verify."
    )
    return Stamp(token=raw, at=None, remark=remark)


def _post(url: str, body: bytes, seconds_max: float) -> bytes:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Unreachable(f"{url} is not the http or https address of a time authority")
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=seconds_max) as answer:
            raw: bytes = answer.read(ANSWER_BYTES_MAX + 1)
    except urllib.error.HTTPError as bad:
        raise Unreachable(f"the time authority {url} answered HTTP {bad.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as bad:
        raise Unreachable(f"the time authority {url} did not answer: {bad}") from None
    if len(raw) > ANSWER_BYTES_MAX:
        raise Unreachable(f"the time authority {url} sent more than a token")
    return raw
