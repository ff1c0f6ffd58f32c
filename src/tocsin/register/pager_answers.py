"""What a pager says back: who took a call there. Signed by the pager, and read strictly. Pure.

Source: PagerDuty webhooks v3: `X-PagerDuty-Signature` holds one or more `v1=HEX`, each an
HMAC-SHA256 of the raw body; several while a secret is being changed, and any of them counts. Event
`incident.acknowledged`; `incident_key` is the `dedup_key` of the event that opened it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import msgspec

from tocsin.facts import Refused
from tocsin.facts.learned import learned
from tocsin.register.model import Register

SIGNATURE_HEADER = "x-pagerduty-signature"
TAKEN = "incident.acknowledged"
WHO_CHARACTERS_MAX = 128


class PagerAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody took a call at the pager.

    Args:
        event: the pager's own id of this news; it may come twice.
        key: under which the call went there.
        who: the name that the pager gives them.
    """

    event: str
    key: str
    who: str


class _Agent(msgspec.Struct):
    summary: str = ""


class _Incident(msgspec.Struct):
    incident_key: str = ""


class _Event(msgspec.Struct):
    id: str
    event_type: str
    agent: _Agent | None = None
    data: _Incident | None = None


@learned
class _News(msgspec.Struct):
    event: _Event


def is_signed(header: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether any signature of the header is one by any of these secrets over this very body."""
    given = [one.strip() for one in header.split(",")][:8]
    made = [
        "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets
    ]
    return any(hmac.compare_digest(a.encode(), b.encode()) for a in given for b in made)


def answer_in(body: bytes) -> PagerAnswer | None:
    """The answer that this news tells; None where it tells of something else.

    Raises:
        Refused: it is not what a pager sends.
    """
    try:
        event = msgspec.json.decode(body, type=_News).event
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise Refused(f"this is no webhook v3 of PagerDuty: {bad}") from None
    if event.event_type != TAKEN or event.data is None or not event.data.incident_key:
        return None
    name = event.agent.summary if event.agent is not None else ""
    shown = "".join(one for one in name if one.isprintable())[:WHO_CHARACTERS_MAX]
    return PagerAnswer(event=event.id, key=event.data.incident_key, who=shown)


def person_meant(register: Register, name: str) -> str:
    """The id of the person whom the pager calls so; the name itself where no one alone fits."""
    wanted = name.casefold().strip()
    fits = [
        one.id
        for one in register.people.values()
        if wanted in (one.id.casefold(), one.name.casefold(), (one.email or "").casefold())
    ]
    return fits[0] if wanted and len(fits) == 1 else name
