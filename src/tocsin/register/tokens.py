"""Tokens as they are issued, read and at an end; of their secrets only a hash is ever kept.

A token proves that whoever sends it was given it: enough for a machine to speak, and for a person
the weaker proof that it is. Whoever issues one has seen it, so none ever approves an action.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from tocsin.facts.errors import Refused
from tocsin.facts.registers import PersonTokenIssued, TokenIssued
from tocsin.register.can import SCOPES
from tocsin.register.mistakes import did_you_mean

TOKEN_PREFIX = "tocsin"
SECRET_CHARACTERS_MIN = 22  # 128 bits in base 64
PERSON_DAYS_MAX = 366
"""A token that speaks for a person is over after so many days at the latest."""

_TOKEN_ID = re.compile(r"[A-Za-z0-9]{4,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{22,128}")
_NO_DIGEST = "0" * 64


class EnrolledToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that lets a machine or a person speak, within its scopes: one of both is named."""

    token: str
    machine: str | None
    person: str | None
    sha256: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def holder(self) -> str:
        """The machine or the person."""
        return self.machine or self.person or ""


def new_token(
    machine: str,
    token_id: str,
    secret: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
) -> tuple[str, TokenIssued]:
    """The token's text, to be shown once, and the fact that it was issued, without its secret.

    Args:
        token_id: public, letters and digits.
        secret: at least 128 random bits as base-64url text, from `Ids.salt`.
    """
    if not _TOKEN_ID.fullmatch(token_id):
        raise Refused(f"token id {token_id!r}: 4 to 32 letters and digits")
    if not _SECRET.fullmatch(secret):
        raise Refused(f"a token's secret needs {SECRET_CHARACTERS_MIN} random characters or more")
    fact = TokenIssued(
        token=token_id,
        machine=machine,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=tuple(sorted(set(scopes))),
        expires_at=expires_at,
    )
    return f"{TOKEN_PREFIX}_{token_id}_{secret}", fact


def new_person_token(
    person: str,
    token_id: str,
    secret: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[str, PersonTokenIssued]:
    """As `new_token`, for a person: it ends, and its scopes are those there are.

    Raises:
        Refused: no end, one too far away or past, no scope, or one that there is not.
    """
    text, fact = new_token(person, token_id, secret, scopes, expires_at)
    if expires_at is None or not now < expires_at <= now + timedelta(days=PERSON_DAYS_MAX):
        raise Refused(
            f"a token that speaks for a person ends, within {PERSON_DAYS_MAX} days; "
            "say when: --until 2026-12-31T00:00Z"
        )
    _check_scopes(fact.scopes)
    return text, PersonTokenIssued(
        token=fact.token,
        person=person,
        sha256=fact.sha256,
        scopes=fact.scopes,
        expires_at=expires_at,
    )


def new_machine_token(
    machine: str,
    token_id: str,
    secret: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[str, TokenIssued]:
    """As `new_token`: its scopes are those there are, and its end, if it has one, is to come.

    Raises:
        Refused: no scope, one that there is not, or an end that is past.
    """
    text, fact = new_token(machine, token_id, secret, scopes, expires_at)
    if expires_at is not None and expires_at <= now:
        raise Refused(
            f"{expires_at.isoformat()} is past, and the token would be worth nothing; give an end "
            "that is to come, or leave --until out"
        )
    _check_scopes(fact.scopes)
    return text, fact


def _check_scopes(scopes: tuple[str, ...]) -> None:
    unknown = sorted(set(scopes) - SCOPES)
    if unknown or not scopes:
        named = did_you_mean(unknown[0], SCOPES, "") if unknown else ""
        raise Refused(
            f"{f'no scope is called {unknown[0]!r}' if unknown else 'no scope was given'}; "
            f"{named + '; ' if named else ''}give one or more of: {', '.join(sorted(SCOPES))}"
        )


def same_secret(token: EnrolledToken | None, secret: str) -> bool:
    """Whether this is the token's secret; takes the same time for every wrong one."""
    offered = hashlib.sha256(secret.encode()).hexdigest()
    return hmac.compare_digest(offered, token.sha256 if token else _NO_DIGEST)


def token_ended(token: EnrolledToken, at: datetime) -> str | None:
    """Why the token is worth nothing at this instant; None when it stands."""
    if at < token.issued_at:
        return f"was issued only at {token.issued_at.isoformat()}"
    if token.revoked_at is not None and at >= token.revoked_at:
        return f"was revoked at {token.revoked_at.isoformat()}"
    if token.expires_at is not None and at >= token.expires_at:
        return f"expired at {token.expires_at.isoformat()}"
    return None


def token_parts(text: str) -> tuple[str, str]:
    """The public id and the secret of a token's text. Raises Refused where it is none."""
    prefix, _, rest = text.strip().partition("_")
    token_id, _, secret = rest.partition("_")
    whole = _TOKEN_ID.fullmatch(token_id) and _SECRET.fullmatch(secret)
    if prefix != TOKEN_PREFIX or not whole:
        raise Refused("not a token: it reads tocsin_<id>_<secret>, as it was shown when issued")
    return token_id, secret
