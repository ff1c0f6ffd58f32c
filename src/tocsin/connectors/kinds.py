"""Builds a connector from the plain words of a register: its kind and its settings as text."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from tocsin.connectors.calls import Caller, Limits
from tocsin.connectors.egress import network_list
from tocsin.connectors.file_switch import FileSwitch, FileSwitchSettings
from tocsin.connectors.references import SecretOf, is_reference
from tocsin.connectors.targets import did_you_mean, plain
from tocsin.connectors.webhook import Webhook, WebhookSettings
from tocsin.facts import Refused
from tocsin.world import Clock, Connector

KINDS = ("webhook", "file-switch")
CALL_LIMITS = ("networks", "ports", "timeout_seconds", "answer_bytes_max")
"""Settings of whatever makes calls, webhook or probe."""
_Settings = TypeVar("_Settings", bound=msgspec.Struct)


def build(kind: str, settings: Mapping[str, str], secret_of: SecretOf, clock: Clock) -> Connector:
    """The connector of this kind with these settings.

    Args:
        settings: `place`, `secret` and what else the kind's settings name; lists are separated by
            commas. `webhook` also takes `networks`, `ports`, `timeout_seconds` and
            `answer_bytes_max`.

    Raises:
        Refused: an unknown kind or setting, or one that is missing or not of its type.
    """
    if kind == "webhook":
        return _webhook(settings, secret_of, clock)
    if kind == "file-switch":
        return FileSwitch(settings_from(settings, FileSwitchSettings, kind), clock)
    raise Refused(f"no integration is of kind {kind!r}; {did_you_mean(kind, KINDS)}")


def caller_of(settings: Mapping[str, str]) -> Caller:
    """What makes calls within the limits that `settings` name; other settings are passed over."""
    return Caller(limits_from({k: v for k, v in settings.items() if k in CALL_LIMITS}))


def poster(settings: Mapping[str, str]) -> Callable[[str, bytes], tuple[int, bytes]]:
    """How a probe asks a question by POST of JSON: status and body, within those limits."""
    caller = caller_of(settings)

    def post(url: str, body: bytes) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        answer = caller.call("POST", url, headers, body)
        return answer.status, answer.body

    return post


def fetcher(settings: Mapping[str, str]) -> Callable[[str], tuple[int, bytes]]:
    """How a probe fetches an address: status and body, within the limits that `settings` name."""
    caller = caller_of(settings)

    def fetch(url: str) -> tuple[int, bytes]:
        answer = caller.call("GET", url, {"Accept": "application/json"})
        return answer.status, answer.body

    return fetch


def limits_from(settings: Mapping[str, str]) -> Limits:
    """The limits of calls that these settings name; the usual ones where they name none."""
    usual = Limits()
    try:
        limits = Limits(
            networks=network_list(_listed(settings.get("networks", ""))),
            ports=tuple(int(port) for port in _listed(settings.get("ports", ""))),
            seconds=float(settings.get("timeout_seconds", usual.seconds)),
            answer_bytes=int(settings.get("answer_bytes_max", usual.answer_bytes)),
        )
    except ValueError as bad:
        raise Refused(f"ports, timeout_seconds and answer_bytes_max are numbers: {bad}") from None
    if not 0 < limits.seconds <= 300 or not 0 < limits.answer_bytes <= 16 * 1024 * 1024:
        raise Refused("timeout_seconds is above 0 up to 300; answer_bytes_max up to 16 MiB")
    return limits


def settings_from(given: Mapping[str, str], into: type[_Settings], kind: str) -> _Settings:
    """The settings of a kind, read from text. Raises Refused, naming the setting."""
    hints = {field.name: field for field in msgspec.structs.fields(into)}
    for name in given:
        if name not in hints:
            raise Refused(f"{kind} has no setting {name!r}; {did_you_mean(name, hints)}")
    for name, text in given.items():
        _check_choice(kind, name, text, hints[name].type)
    values: dict[str, object] = {
        name: _listed(text) if isinstance(hints[name].default, tuple) else text
        for name, text in given.items()
    }
    try:
        return msgspec.convert(values, type=into, strict=False)
    except msgspec.ValidationError as bad:
        raise Refused(f"{kind}: {bad}") from None


def _check_choice(kind: str, name: str, text: str, into: object) -> None:
    """Passes unless a setting that is one of some words is another. Raises Refused."""
    if not isinstance(into, type) or not issubclass(into, enum.Enum):
        return
    words = [str(one.value) for one in into]
    if text not in words:
        among = f"{', '.join(words[:-1])} or {words[-1]}"
        raise Refused(f"{kind}: {name} is {among}, not {plain(text)!r}")


def _webhook(settings: Mapping[str, str], secret_of: SecretOf, clock: Clock) -> Webhook:
    limits = {name: text for name, text in settings.items() if name in CALL_LIMITS}
    own = {name: text for name, text in settings.items() if name not in CALL_LIMITS}
    secret = own.get("secret", "")
    if not is_reference(secret):
        raise Refused("webhook: give `secret` by reference only: env:NAME or file:PATH")
    webhook = settings_from(own, WebhookSettings, "webhook")
    return Webhook(webhook, Caller(limits_from(limits)), secret_of, clock)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
