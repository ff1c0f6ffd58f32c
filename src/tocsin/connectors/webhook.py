"""Asks any system for a state by a signed HTTP call, and says what was seen before and after.

The call is a POST of `{"key", "target", "version", "wanted"}` in canonical JSON, signed as
`signature` describes; the order's key is its id and its `Idempotency-Key`. Two more addresses make
it see: `state_url` answers `{"state": ...}`; `lookup_url` answers `{"key", "before", "after"}` for
a key it has obeyed, and 404 with `{"unknown": KEY}` for one that never arrived: a bare 404 may come
from any proxy. Without them the receipt says that nothing was seen, and a lost answer is a question
for a person.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import quote

import msgspec

from tocsin.connectors.answers import (
    accepted_or_error,
    looked_up,
    spoken_state,
    stated,
)
from tocsin.connectors.calls import Answer, Caller
from tocsin.connectors.references import SecretOf, is_reference
from tocsin.connectors.signature import signed_headers
from tocsin.connectors.targets import plain, target_checked
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.canonical import canonical
from tocsin.facts.marks import HOPS_HEADER, MARK_HEADER, mark_text
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Receipt

UNSEEN = "not looked at: this integration has no state_url"
BODY_VERSION = 1
SECRET_PART_MIN = 6  # shorter parts of an address are words like "api", not tokens
_Pauses: TypeAlias = tuple[float, ...]


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook needs to know. Addresses may be given as references, since they hold tokens.

    Args:
        place: where orders are posted.
        secret: a reference to the signing secret.
        repeatable: what the far side promises about the same order arriving twice.
        state_url: asked for a target's state; holds `{target}`.
        lookup_url: asked for what became of an order; holds `{key}`.
        settle_seconds: how long the far side may take until its state shows an accepted order.
        lookup_settle_seconds: how long an order whose answer was lost may still be under way. Where
            the same order would act twice, only then is it believed that it never arrived.
    """

    place: str
    secret: str
    repeatable: Repeatable
    state_url: str | None = None
    lookup_url: str | None = None
    settle_seconds: float = 2.0
    lookup_settle_seconds: float = 10.0


class Webhook:
    """A connector to whatever takes signed calls. It holds no secret between two calls."""

    def __init__(
        self, settings: WebhookSettings, caller: Caller, secret_of: SecretOf, clock: Clock
    ) -> None:
        for url, mark in ((settings.state_url, "{target}"), (settings.lookup_url, "{key}")):
            if url is not None and not is_reference(url) and mark not in url:
                raise Refused(f"the address {url!r} must hold {mark} where that name belongs")
        self._settings, self._caller = settings, caller
        self._secret_of, self._clock = secret_of, clock

    @property
    def repeatable(self) -> Repeatable:
        return self._settings.repeatable

    def look(self, target: str) -> str:
        target_checked(target)
        if self._settings.state_url is None:
            raise _blind("look", "state_url")
        answer = self._get(self._settings.state_url, "{target}", target)
        return stated(answer, f"the state of {target}")

    def act(self, order: Order) -> Receipt:
        target_checked(order.target)
        before = self._before(order)
        if before == order.wanted:
            return Receipt(key=order.key, outcome=Outcome.ALREADY, before=before, after=before)
        answer = self._post(order)
        accepted_or_error(answer, order.target, self._clock.now())
        after = self._after(order, answer)
        return Receipt(key=order.key, outcome=Outcome.DONE, before=before, after=after)

    def find(self, order: Order) -> Receipt | None:
        if self._settings.lookup_url is None:
            raise _blind("find out what became of an order", "lookup_url")
        found = looked_up(self._get(self._settings.lookup_url, "{key}", order.key), order)
        patience = self._settings.lookup_settle_seconds
        for pause in _pauses(patience if self.repeatable is Repeatable.NEITHER else 0.0):
            if found is not None:
                break
            self._clock.sleep(pause)
            found = looked_up(self._get(self._settings.lookup_url, "{key}", order.key), order)
        return found

    def _before(self, order: Order) -> str:
        """What is seen before the act. A blind eye holds no hand back that may safely repeat."""
        if self._settings.state_url is None:
            return UNSEEN
        try:
            return self.look(order.target)
        except ConnectorError as unseen:
            if self.repeatable is Repeatable.NEITHER:
                raise
            return plain(f"not seen: {unseen}")

    def _after(self, order: Order, answer: Answer) -> str:
        if self._settings.state_url is None:
            said = spoken_state(answer)
            if said is None:
                return f"accepted with {answer.status}; {UNSEEN}"
            if said != order.wanted:
                raise _in_word_only(order, f"it answers that the state is {said!r}")
            return f"{said} (as the far side says; {UNSEEN})"
        seen = self._settled(order)
        if seen != order.wanted:
            raise _in_word_only(order, f"its state is {seen!r}")
        return seen

    def _settled(self, order: Order) -> str:
        """The state seen, looked at anew until it is the wanted one or the time is over."""
        try:
            seen = self.look(order.target)
            for pause in _pauses(self._settings.settle_seconds):
                if seen == order.wanted:
                    break
                self._clock.sleep(pause)
                seen = self.look(order.target)
        except ConnectorError as unseen:
            raise ConnectorError(
                f"{order.target}: the order was accepted, but its effect was not seen: {unseen}",
                may_have_acted=True,
            ) from None
        return seen

    def _post(self, order: Order) -> Answer:
        body = canonical(
            {
                "key": order.key,
                "target": order.target,
                "version": BODY_VERSION,
                "wanted": order.wanted,
            }
        )
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": _header(order.key),
            HOPS_HEADER: str(order.hops),  # pass it on with one more, and circles come to an end
        }
        if order.origin:
            headers[MARK_HEADER] = _header(mark_text(order.origin, order.key))
        url = self._address(self._settings.place)
        answer = self._caller.call("POST", url, {**headers, **self._signed(order.key, body)}, body)
        return _discreet(answer, self._settings.place, url)

    def _get(self, url: str, mark: str, name: str) -> Answer:
        address = self._address(url).replace(mark, quote(name, safe=""))
        headers = {"Accept": "application/json", **self._signed(_header(name), b"")}
        return _discreet(self._caller.call("GET", address, headers), url, address)

    def _signed(self, message: str, body: bytes) -> dict[str, str]:
        secret = self._secret_of(self._settings.secret)
        try:
            return signed_headers(secret, message, self._clock.now(), body)
        except Refused as unfit:
            raise ConnectorError(
                f"the secret {self._settings.secret}: {unfit}", may_have_acted=False, retry=False
            ) from None

    def _address(self, url: str) -> str:
        return self._secret_of(url) if is_reference(url) else url


def _pauses(seconds: float) -> _Pauses:
    """Growing pauses that together last `seconds`."""
    found: list[float] = []
    pause = 0.1
    while seconds > sum(found) + 1e-9:
        found.append(min(pause, seconds - sum(found)))
        pause *= 2
    return tuple(found)


def _discreet(answer: Answer, given: str, address: str) -> Answer:
    """The answer without the parts of a secret address that it may echo into our messages."""
    if not is_reference(given):
        return answer
    body = answer.body
    for part in re.split(r"[/?&=]+", address.partition("://")[2])[1:]:
        if len(part) >= SECRET_PART_MIN:
            body = body.replace(part.encode("ascii", "ignore"), b"[secret]")
    return msgspec.structs.replace(answer, body=body)


def _header(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise ConnectorError(
            f"{plain(text)!r} cannot stand in a header; use printable ASCII",
            may_have_acted=False,
            retry=False,
        )
    return text


def _blind(verb: str, setting: str) -> ConnectorError:
    return ConnectorError(
        f"this integration cannot {verb}: it has no {setting}; only a person can tell",
        may_have_acted=False,
        retry=False,
    )


def _in_word_only(order: Order, seen: str) -> ConnectorError:
    return ConnectorError(
        f"{order.target}: {order.wanted!r} was accepted, yet {seen}; obeyed in word only",
        may_have_acted=True,
    )
