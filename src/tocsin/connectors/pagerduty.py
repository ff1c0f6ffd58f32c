"""Calls a person through PagerDuty, or whatever else takes its Events API v2.

A target is a person's id, a wanted state "paged:SHA-256" of a text in the vault. The order's key
becomes the event's `dedup_key`: a repetition joins the alert that is open, and calls nobody twice.
That an event was taken does not say that anybody heard it; who answers says so to Tocsin.

Source: PagerDuty Events API v2, "Send an alert event" (POST /v2/enqueue).
"""

from __future__ import annotations

import hashlib

import msgspec

from tocsin.connectors.answers import accepted_or_error
from tocsin.connectors.calls import Answer, Caller
from tocsin.connectors.message import NOT_SEEN, Message, Open, blind, message_ordered
from tocsin.connectors.references import SecretOf, is_reference
from tocsin.connectors.targets import plain, target_checked
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.learned import learned
from tocsin.facts.marks import HOPS_FIELD, MARK_FIELD, mark_text
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Receipt

VERB = "paged"
PLACE = "https://events.pagerduty.com/v2/enqueue"
SEVERITIES = ("critical", "error", "warning", "info")
SUMMARY_CHARACTERS_MAX, KEY_CHARACTERS_MAX = 1024, 255
TAKEN = 202


class PagerDutySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to page.

    Args:
        secret: a reference to the routing key of a service.
        place: where events are taken.
        severity: how each page is marked.
        answers_secret: a reference to the secret with which its webhooks v3 are signed, so that
            who takes a call there has answered it here; none are believed without.
    """

    secret: str
    place: str = PLACE
    severity: str = SEVERITIES[0]
    answers_secret: str = ""


@learned
class _Taken(msgspec.Struct, frozen=True):
    status: str
    dedup_key: str = ""


class PagerDuty:
    """A connector to one service there. It holds no routing key between two calls.

    Args:
        origin: the record's name; two records never share an alert.
        open_kept: opens a text in the vault.
    """

    def __init__(
        self,
        settings: PagerDutySettings,
        caller: Caller,
        origin: str,
        open_kept: Open,
        secret_of: SecretOf,
        clock: Clock,
    ) -> None:
        if not is_reference(settings.secret):
            raise Refused("pagerduty: give `secret`, the routing key, as env:NAME or file:PATH")
        if settings.answers_secret and not is_reference(settings.answers_secret):
            raise Refused("pagerduty: give `answers_secret` as env:NAME or file:PATH")
        if settings.severity not in SEVERITIES:
            raise Refused(f"severity is one of {', '.join(SEVERITIES)}, not {settings.severity!r}")
        self._settings, self._caller, self._origin = settings, caller, origin
        self._open, self._secret_of, self._clock = open_kept, secret_of, clock

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.KEYED

    def look(self, target: str) -> str:
        target_checked(target)
        raise blind(f"whether {target} was called")

    def find(self, order: Order) -> Receipt | None:
        raise blind(f"what became of the call to {order.target}")

    def act(self, order: Order) -> Receipt:
        target_checked(order.target)
        message = message_ordered(order.wanted, VERB, self._open)
        routing_key, key = self._secret_of(self._settings.secret), self._dedup_key(order)
        body = msgspec.json.encode(self._event(order, message, routing_key, key))
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self._caller.call("POST", self._settings.place, headers, body)
        answer = _discreet(answer, routing_key)
        accepted_or_error(answer, order.target, self._clock.now())
        after = f"the call to {order.target} was taken as {key}: {_taken(answer, key)}"
        return Receipt(
            key=order.key, outcome=Outcome.DONE, before=NOT_SEEN, after=after, reference=key
        )

    def _dedup_key(self, order: Order) -> str:
        key = f"{self._origin}/{order.key}"
        if len(key) <= KEY_CHARACTERS_MAX:
            return key
        return "tocsin/" + hashlib.sha256(key.encode()).hexdigest()

    def _event(
        self, order: Order, message: Message, routing_key: str, key: str
    ) -> dict[str, object]:
        summary = plain_summary(message)
        return {
            "routing_key": routing_key,
            "event_action": "trigger",
            "dedup_key": key,
            "client": "Tocsin",
            "payload": {
                "summary": summary,
                "source": self._origin,
                "severity": self._settings.severity,
                "component": order.target,
                "custom_details": {
                    "person": order.target,
                    "subject": message.subject,
                    "text": message.body,
                    "order": order.key,
                    MARK_FIELD: mark_text(self._origin, order.key),
                    HOPS_FIELD: order.hops,
                },
            },
        }


def plain_summary(message: Message) -> str:
    """The words of a message on one line, as long as a pager takes them."""
    words = " ".join(f"{message.subject}: {message.body}".split())
    if len(words) <= SUMMARY_CHARACTERS_MAX:
        return words
    return words[: SUMMARY_CHARACTERS_MAX - 3] + "..."


def _taken(answer: Answer, key: str) -> str:
    """What the far side says of an event that it took. Raises ConnectorError: it does not say so.

    Only 202 with the words "success" counts: a proxy on the way may answer 200 to anything.
    """
    said = plain(answer.body.decode("utf-8", "replace"))
    try:
        taken = msgspec.json.decode(answer.body, type=_Taken)
    except (msgspec.DecodeError, UnicodeDecodeError):
        taken = _Taken(status="")
    if answer.status != TAKEN or taken.status != "success" or taken.dedup_key not in ("", key):
        raise ConnectorError(
            f"expected {TAKEN} and success for this very call, got {answer.status}: {said}",
            may_have_acted=True,
        )
    return f"{answer.status} {said}"


def _discreet(answer: Answer, routing_key: str) -> Answer:
    """The answer without the routing key, which it may echo into our messages."""
    body = answer.body.replace(routing_key.encode(), b"[secret]")
    return msgspec.structs.replace(answer, body=body)
