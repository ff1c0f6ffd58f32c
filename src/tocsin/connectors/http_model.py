"""Asks a model that serves for tests, by POST; a replay goes to such an address and to no other.

The body is a JSON template: a text "{ask}" in it stands for the request, "{version}" for the
version that is wanted. A request is asked again when no answer came, and counts once. A refusal
counts as one only where the far side was declared to refuse so; any other status is no answer: an
address that is wrong must not look like a model that resists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from tocsin.connectors.calls import Answer, Caller
from tocsin.connectors.targets import plain
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.replays import Item, Said
from tocsin.world import Clock

PURPOSE = "replay"
CONCURRENCY_MAX, RETRIES_MAX = 32, 10
WAIT_SECONDS_MAX = 60.0
PAUSE_SECONDS = 0.5
VERSION_LETTERS_MAX = 100
_AGAIN = frozenset({408, 425, 429})


class HttpModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is asked, and where in its answer what stands.

    Args:
        place: the address that takes POST.
        purpose: must be "replay": whoever wrote this knows that nobody is served there.
        body: the template of the request.
        answer, version, served_by: the fields of the answer that hold its text, its version and who
            answered; "answers.0.text" is a field within a list within a field. Empty for none.
        fallback: what `served_by` says when the declared fallback answers.
        refusal_status: statuses by which it refuses, such as 400; by commas.
        refusal: a regular expression that is found in an answer which is a refusal.
        concurrency: how many requests are under way at once.
        per_minute: how many are begun in a minute at most; 0 for no limit.
        retries: how often a request is asked again that got no answer.
        secret: a reference to what proves us.
    """

    place: str
    purpose: str = ""
    body: str = '{"question": "{ask}"}'
    answer: str = "answer"
    version: str = "version"
    served_by: str = "served_by"
    fallback: str = "people"
    refusal_status: tuple[str, ...] = ()
    refusal: str = ""
    concurrency: int = 4
    per_minute: int = 0
    retries: int = 2
    secret: str = ""


class HttpModel:
    """One such address. Threads may share it.

    Args:
        headers: gives the headers that prove us, read anew for each call.
    """

    def __init__(
        self, settings: HttpModelSettings, caller: Caller,
        headers: Callable[[], Mapping[str, str]], clock: Clock,
    ) -> None:  # fmt: skip
        if settings.purpose != PURPOSE:
            raise Refused(
                'a replay never goes to live users: write `purpose = "replay"` if nobody is served '
                "at this address, or name one for tests"
            )
        self.settings, self._caller = settings, caller
        self._headers, self._clock = headers, clock
        self._body = _template(settings.body)
        self._refused = _statuses(settings.refusal_status)
        try:
            self._refusal = re.compile(settings.refusal) if settings.refusal else None
        except re.error as bad:
            raise Refused(f"`refusal` is no regular expression: {bad}") from None
        if not 1 <= settings.concurrency <= CONCURRENCY_MAX or settings.per_minute < 0:
            raise Refused(f"concurrency is from 1 to {CONCURRENCY_MAX}; per_minute is 0 or more")
        if not 0 <= settings.retries <= RETRIES_MAX:
            raise Refused(f"retries is from 0 to {RETRIES_MAX}")

    @property
    def chooses(self) -> bool:
        """Whether its template says which version is wanted."""
        return "{version}" in self.settings.body

    @property
    def tells(self) -> bool:
        """Whether its answer says which version it is."""
        return bool(self.settings.version)

    def ask(self, item: Item, version: str | None) -> Said:
        """What it answers to a request; no answer is told, and never raised."""
        filled = _filled(self._body, {"{ask}": item.request, "{version}": version or ""})
        body, why = msgspec.json.encode(filled), ""
        for tries in range(1, self.settings.retries + 2):
            pause = PAUSE_SECONDS * tries
            try:
                answer = self._post(body)
            except ConnectorError as lost:
                why = str(lost)
                if not lost.retry:
                    return Said(why=why, tries=tries)
            else:
                if answer.status not in _AGAIN and answer.status < 500:
                    return msgspec.structs.replace(self._read(answer, version), tries=tries)
                why = f"it answered {answer.status}"
                pause = _wait(answer) or pause
            if tries <= self.settings.retries:
                self._clock.sleep(pause)
        return Said(why=f"asked {self.settings.retries + 1} times: {why}", tries=tries)

    def _post(self, body: bytes) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return self._caller.call("POST", self.settings.place, {**headers, **self._headers()}, body)

    def _read(self, answer: Answer, wanted: str | None) -> Said:
        if answer.status in self._refused:
            return Said(rejected=True)
        if not 200 <= answer.status < 300:
            told = plain(answer.body.decode("utf-8", "replace"))
            return Said(why=f"it answered {answer.status}: {told}")
        try:
            document = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Said(why="it answered with no JSON")
        version = self._words(document, self.settings.version)
        if wanted is not None and version is not None and version != wanted:
            return Said(why=f"version {version} answered, and {wanted} was asked", version=version)
        if wanted is not None and version is None and not self.chooses:
            return Said(why=f"the answer does not say whether version {wanted} gave it")
        text = self._words(document, self.settings.answer)
        served_by = self._words(document, self.settings.served_by)
        falls_back = served_by is not None and served_by == self.settings.fallback
        refuses = text is not None and self._refusal is not None and self._refusal.search(text)
        if text is None and not falls_back:
            return Said(why=f"the answer has no {self.settings.answer}", version=version)
        return Said(
            text=text,
            rejected=bool(refuses) or falls_back,
            serves=_serves(served_by, version, falls_back=falls_back),
            version=version,
        )

    def _words(self, document: object, path: str) -> str | None:
        """What stands at a path such as "answers.0.text", as text; None where nothing does."""
        if not path:
            return None
        here = document
        for part in path.split("."):
            if isinstance(here, dict):
                here = here.get(part)
            elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
                here = here[int(part)]
            else:
                return None
        if here is None or isinstance(here, str):
            return here
        return msgspec.json.encode(here).decode()


def _serves(served_by: str | None, version: str | None, *, falls_back: bool) -> str | None:
    if falls_back:
        return "off"
    if version is not None:
        return f"version:{version[:VERSION_LETTERS_MAX]}"
    return "on" if served_by is not None else None


def _template(body: str) -> object:
    try:
        template: object = msgspec.json.decode(body.encode())
    except msgspec.DecodeError as bad:
        raise Refused(
            f'`body` is no JSON ({bad}); write it like {{"question": "{{ask}}"}}'
        ) from None
    if "{ask}" not in body:
        raise Refused('`body` must say where the request goes: "{ask}"')
    return template


def _filled(template: object, values: Mapping[str, object]) -> object:
    """The template with each text that is a place replaced by its value, whatever that holds."""
    if isinstance(template, str):
        return values.get(template, template)
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    if isinstance(template, dict):
        return {name: _filled(one, values) for name, one in template.items()}
    return template


def _statuses(texts: tuple[str, ...]) -> frozenset[int]:
    if not all(text.isdecimal() and 400 <= int(text) < 500 for text in texts):
        raise Refused("refusal_status holds statuses from 400 to 499, by commas")
    return frozenset(int(text) for text in texts) - _AGAIN


def _wait(answer: Answer) -> float | None:
    wait = answer.headers.get("retry-after", "")
    return min(float(wait), WAIT_SECONDS_MAX) if wait.isdecimal() else None
