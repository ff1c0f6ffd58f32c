"""Secures what an address answers as evidence, and judges by reading it again whether it is enough.

Enough is: answered with 200, not empty, every needed key of its JSON there and not empty, and the
keys that must not change alike when read again at once. That anything else changed is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

import msgspec

from tocsin.connectors.calls import Caller
from tocsin.connectors.targets import plain
from tocsin.facts import ConnectorError, Refused
from tocsin.world import Clock, Produced

ANSWER_BYTES_MAX = 8 * 1024 * 1024
_EMPTY: tuple[object, ...] = (None, "", [], {})


class HttpEvidenceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to secure.

    Args:
        place: the address; `{item}` in it stands for the item's name.
        needs: the keys that the JSON it answers must hold, not empty; "model.version" is a key
            within a key.
        stable: keys that must be alike when it is read again.
        secret: a reference to what proves us: "NAME:PASSWORD", or a bearer token.
    """

    place: str
    needs: tuple[str, ...] = ()
    stable: tuple[str, ...] = ()
    secret: str = ""


class HttpEvidence:
    """A producer of evidence.

    Args:
        headers: gives the headers that prove us, read anew for each call.
    """

    def __init__(
        self,
        settings: HttpEvidenceSettings,
        caller: Caller,
        headers: Callable[[], Mapping[str, str]],
        clock: Clock,
    ) -> None:
        self._where = urlsplit(settings.place).hostname or ""
        if not self._where:
            raise Refused("evidence from an address needs one with a host as `url`")
        self._settings, self._caller, self._headers = settings, caller, headers
        self._clock = clock

    def produce(self, item: str, seconds: float) -> Produced:
        began = self._clock.now()
        try:
            first = self._read(item, seconds)
        except ConnectorError as unread:
            return self._produced(item, b"", [], str(unread))
        found, wrong = self._judged(first)
        left = seconds - (self._clock.now() - began).total_seconds()
        try:
            again = self._read(item, left)
            told = self._compared(first, again, wrong)
        except ConnectorError as unread:
            wrong.append("it could not be read again")
            told = str(unread)
        return self._produced(item, first, found, "; ".join([*wrong, told]), enough=not wrong)

    def _read(self, item: str, seconds: float) -> bytes:
        url = self._settings.place.replace("{item}", quote(item, safe=""))
        headers = {"Accept": "application/json", **self._headers()}
        answer = self._caller.call("GET", url, headers, seconds=seconds)
        if answer.status != 200:
            said = plain(answer.body.decode("utf-8", "replace"))
            raise ConnectorError(
                f"{self._where} answered {answer.status}: {said}", may_have_acted=False
            )
        if not answer.body.strip():
            raise ConnectorError(f"{self._where} answered nothing", may_have_acted=False)
        return answer.body

    def _judged(self, data: bytes) -> tuple[list[str], list[str]]:
        """The needed keys that are there, and what is wrong."""
        keys = (*self._settings.needs, *self._settings.stable)
        if not keys:
            return [], []
        document = _document(data)
        if document is None:
            return [], ["it is not a JSON object"]
        lacking = [key for key in dict.fromkeys(keys) if _at(document, key) in _EMPTY]
        found = [key for key in self._settings.needs if key not in lacking]
        return found, [f"{key} is missing or empty" for key in lacking]

    def _compared(self, first: bytes, again: bytes, wrong: list[str]) -> str:
        """How the second reading compares with the first; adds to `wrong` what must not differ."""
        digests = [hashlib.sha256(data).hexdigest()[:12] for data in (first, again)]
        if digests[0] == digests[1]:
            return f"read twice, {len(first)} bytes, SHA-256 {digests[0]} both times"
        one, two = _document(first) or {}, _document(again) or {}
        changed = [key for key in self._settings.stable if _at(one, key) != _at(two, key)]
        wrong.extend(f"{key} changed between two readings" for key in changed)
        return f"it changes: SHA-256 {digests[0]}, read again {digests[1]}; the first is kept"

    def _produced(
        self, item: str, data: bytes, found: list[str], why: str, *, enough: bool = False
    ) -> Produced:
        needs = self._settings.needs
        return Produced(
            item=item,
            producer=f"{self._where} itself",
            name=f"{item}.json",
            data=data,
            count=len(found) if needs else int(bool(data)),
            wanted=len(needs) or 1,
            sufficient=enough,
            why=why,
        )


def _document(data: bytes) -> dict[str, object] | None:
    try:
        return msgspec.json.decode(data, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _at(document: Mapping[str, object], key: str) -> object:
    """What stands under a key such as "model.version"; None where nothing does."""
    here: object = document
    for part in key.split("."):
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return here
