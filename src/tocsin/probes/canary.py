"""Asks the live system itself, as a customer would, and looks who answers and with which version.

"off": every answer came from the declared fallback, so the service answers and the model does not.
"on": every answer came from the system itself. "version:N": from that version. Whatever else must
go on working is asked too, and a silence there is part of what was seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from tocsin.facts import ConnectorError, Refused
from tocsin.probes.agreement import Plan, looked, reading
from tocsin.world import Clock, Reading

Post = Callable[[str, bytes], tuple[int, bytes]]
"""Posts JSON to an address over a fresh connection: status and body. Raises ConnectorError."""
Fetch = Callable[[str], tuple[int, bytes]]

OFF, ON = "off", "on"
WORDS_MAX = 100


class CanarySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a canary needs to know.

    Args:
        place: the address that takes POST and answers a JSON object.
        questions: asked in turn, parted by a bar.
        ask: the field of the request that holds the question.
        request: more fields of the request, as a JSON object.
        version, served_by: the fields of the answer that say which version answered, and who.
        fallback: what `served_by` says when the declared fallback answers.
        others: addresses that must go on answering 200, whatever is switched off; by commas.
    """

    place: str
    questions: str
    ask: str = "question"
    request: str = "{}"
    version: str = "version"
    served_by: str = "served_by"
    fallback: str = "people"
    others: tuple[str, ...] = ()


class Canary:
    """A probe of such a system."""

    def __init__(
        self, settings: CanarySettings, plan: Plan, post: Post, fetch: Fetch, clock: Clock
    ) -> None:
        questions = [part.strip() for part in settings.questions.split("|") if part.strip()]
        if not questions:
            raise Refused("a canary needs questions, parted by |")
        try:
            self._request = msgspec.json.decode(settings.request, type=dict[str, object])
        except msgspec.DecodeError:
            raise Refused('`request` is a JSON object, such as {"segment": "en"}') from None
        self._settings, self._plan, self._clock = settings, plan, clock
        self._questions, self._post, self._fetch = questions, post, fetch

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        asked = 0

        def look() -> str:
            nonlocal asked
            question = self._questions[asked % len(self._questions)]
            asked += 1
            return self._answered_as(question, wanted)

        found = reading(
            self._plan,
            self._settings.place,
            target,
            wanted,
            looked(self._plan, self._clock, look),
        )
        others = [self._other(url) for url in self._settings.others]
        told = "; ".join([found.seen, *others])
        return msgspec.structs.replace(found, seen=told)

    def _answered_as(self, question: str, wanted: str) -> str:
        body = msgspec.json.encode({**self._request, self._settings.ask: question})
        status, answer = self._post(self._settings.place, body)
        if status != 200:
            raise _unseen(f"a canary question was answered with status {status}")
        try:
            fields = msgspec.json.decode(answer, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _unseen("a canary question was answered with no JSON object") from None
        served_by = fields.get(self._settings.served_by)
        if not isinstance(served_by, str) or not served_by:
            raise _unseen(f"the answer does not say {self._settings.served_by}")
        if served_by == self._settings.fallback:
            return OFF
        if wanted in (ON, OFF):
            return ON
        version = str(fields.get(self._settings.version) or "unknown")[:WORDS_MAX]
        return f"version:{version}"

    def _other(self, url: str) -> str:
        try:
            status, _ = self._fetch(url)
        except ConnectorError as unseen:
            return f"{url} is NOT untouched: {unseen}"
        return f"{url} answers" if status == 200 else f"{url} is NOT untouched: status {status}"


def _unseen(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False)
