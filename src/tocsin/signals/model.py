"""One signal, whatever format it came in; and what is wrong with a body that carries none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.facts.signals import SignalState, Urgency

SUMMARY_MAX, NAME_MAX, KEY_MAX = 400, 200, 512
LABEL_SHOWN_MAX = 200
ALERTS_MAX = 50
_NAMES_A_SYSTEM = (
    "system", "service", "service_name", "service.name", "app", "application", "model",
    "model_name", "component", "deployment", "job", "entity",
)  # fmt: skip
"""Labels whose value may be a system of the register; the first that is one counts."""

_NAMES_AN_ALERT = ("alertname", "rulename", "class")

_URGENCIES = {
    Urgency.CRITICAL: ("critical", "crit", "fatal", "emergency", "page", "p1", "sev1", "alert"),
    Urgency.ERROR: ("error", "err", "high", "major", "p2", "sev2"),
    Urgency.WARNING: ("warning", "warn", "medium", "moderate", "minor", "p3", "sev3"),
    Urgency.INFO: ("info", "information", "informational", "low", "none", "debug", "trace",
                   "notice", "p4", "p5", "sev4", "sev5"),
}  # fmt: skip
_BY_WORD = {word: urgency for urgency, words in _URGENCIES.items() for word in words}


class BodyMistake(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a body that its format does not allow: the field, what is there, the cure."""

    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field or 'body'}: {self.found}; {self.remedy}"


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of one thing.

    Args:
        key: the format's own key of the thing; with the source it tells signals apart.
        name: what failed, as its source calls it; plans may name it as their trigger.
        labels: all else that it says, whole and without control characters; cut only where shown.
        claimed_at: when it began, as its source says.
        also: the labels of further things that it lists under the same key.
        left_out: how many more alerts its sender left out of the same body.
    """

    key: str
    name: str
    state: SignalState
    urgency: Urgency
    summary: str
    labels: Mapping[str, str] = {}
    claimed_at: datetime | None = None
    also: tuple[Mapping[str, str], ...] = ()
    left_out: int = 0

    @property
    def things(self) -> tuple[Mapping[str, str], ...]:
        """The labels of each thing that it is about."""
        return (self.labels, *self.also)

    @property
    def alerts(self) -> tuple[str, ...]:
        """The names by which it calls what fails, each once; none where it only says so in words.

        The first of many, so that a list of thousands is no name in the record.
        """
        own = (self.labels.get(label, "") for label in _NAMES_AN_ALERT)
        found = [self.name] if self.name in [plain(one, NAME_MAX) for one in own] else []
        listed = (next((one[label] for label in _NAMES_AN_ALERT if one.get(label)), "")
                  for one in self.also)  # fmt: skip
        found += [plain(one, NAME_MAX) for one in listed]
        return tuple(dict.fromkeys(one for one in found if one))[:ALERTS_MAX]

    def may_name(self) -> Iterable[str]:
        """Texts that may be the name of a system, the likeliest first."""
        return may_name(self.labels)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a body carries. With mistakes it carries no signals.

    Args:
        delivery: the format's own id of this delivery; empty where it has none.
    """

    signals: tuple[Signal, ...] = ()
    mistakes: tuple[BodyMistake, ...] = ()
    delivery: str = ""


def may_name(labels: Mapping[str, str]) -> Iterable[str]:
    """Of labels those texts that may be the name of a system, the likeliest first."""
    return (labels[label] for label in _NAMES_A_SYSTEM if label in labels)


def urgency_of(word: str) -> Urgency:
    """The urgency that a source's word for it means."""
    return _BY_WORD.get(word.strip().lower(), Urgency.UNSAID)


def key_of(*parts: str) -> str:
    """A key for a thing whose format gives none: the same parts, the same key."""
    joined = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return "h-" + hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:32]


def signal_id(source: str, key: str) -> str:
    """The id of a signal in the record."""
    return "s-" + key_of(source, key)[2:18]


def plain(text: str, most: int) -> str:
    """A text from outside on one line, as `one_line`, and cut with dots."""
    text = one_line(text[: 4 * most])
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."


def one_line(text: str) -> str:
    """A text from outside, whole, on one line: no control characters, no lone surrogates."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(text.split())
