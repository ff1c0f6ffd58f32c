"""Writes tickets in Jira Cloud: opens one, comments on it, moves it. It changes no other system.

A target is our name for the ticket: the incident's id, for instance. A wanted state is "opened:" or
"commented:" with the words, or with the SHA-256 of a text in the vault, or "status:NAME". Jira has
no key that drops a repeat, and its search shows a new ticket only some time later. So every write
carries our key (a label on a ticket, a property on a comment), an answer that was lost is looked
for by that key once the search must show it, and nothing is ever sent again by itself.

Source: Jira Cloud platform REST API v3 (issue, comment, transitions, enhanced JQL search);
Atlassian Document Format 1.

Not modelled: custom fields that a project demands; the answer to a refused create names them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from tocsin.connectors.answers import accepted_or_error
from tocsin.connectors.calls import Answer, Caller
from tocsin.connectors.message import Message, Open, message_ordered
from tocsin.connectors.references import SecretOf, is_reference, proving
from tocsin.connectors.targets import plain, target_checked
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.learned import learned
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Receipt

OPENED, COMMENTED, STATUS = "opened", "commented", "status"
API = "/rest/api/3"
PROPERTY = "tocsin"
ABSENT = "absent"
SUMMARY_CHARACTERS_MAX, TEXT_CHARACTERS_MAX = 255, 30_000
COMMENTS_PAGE, COMMENTS_PAGES_MAX = 100, 10
_Read = TypeVar("_Read", bound=msgspec.Struct)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,9}")
_TICKET = re.compile(r"[A-Z][A-Z0-9_]{1,9}-[0-9]{1,12}")


class JiraSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to write tickets.

    Args:
        place: the site, as in https://example.atlassian.net.
        secret: a reference to EMAIL:API-TOKEN.
        project: the key of the project, as in OPS.
        issue_type: the name of the type of ticket.
        lag_seconds: how late the search may show a new ticket; measure it, and be generous.
    """

    place: str
    secret: str
    project: str
    issue_type: str = "Task"
    lag_seconds: float = 30.0


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it will be made, without what proves us."""

    method: str
    path: str
    body: Mapping[str, object] | None = None

    @property
    def data(self) -> bytes:
        """The body's bytes; none where there is no body."""
        return b"" if self.body is None else msgspec.json.encode(self.body, order="sorted")


@learned
class _Issue(msgspec.Struct, frozen=True):
    key: str
    fields: dict[str, Any] = {}


@learned
class _Found(msgspec.Struct, frozen=True):
    issues: tuple[_Issue, ...] = ()


@learned
class _Comment(msgspec.Struct, frozen=True):
    id: str
    properties: tuple[dict[str, Any], ...] = ()


@learned
class _Comments(msgspec.Struct, frozen=True):
    comments: tuple[_Comment, ...] = ()
    total: int = 0


class _Transition(msgspec.Struct, frozen=True):
    id: str
    name: str = ""
    to: dict[str, Any] = {}


@learned
class _Transitions(msgspec.Struct, frozen=True):
    transitions: tuple[_Transition, ...] = ()


class Jira:
    """A connector to one project. It holds no secret between two calls.

    Args:
        origin: the record's name; two records never take each other's tickets for their own.
        open_kept: opens a text in the vault.
    """

    only_tells = True

    def __init__(
        self,
        settings: JiraSettings,
        caller: Caller,
        origin: str,
        open_kept: Open,
        secret_of: SecretOf,
        clock: Clock,
    ) -> None:
        if not is_reference(settings.secret):
            raise Refused("jira: give `secret`, EMAIL:API-TOKEN, as env:NAME or file:PATH")
        if not _PROJECT.fullmatch(settings.project):
            raise Refused(f"jira: project is a key such as OPS, not {settings.project!r}")
        if not 0 < settings.lag_seconds <= 3600:
            raise Refused("jira: lag_seconds is above 0 up to 3600")
        self._settings, self._caller, self._origin = settings, caller, origin
        self._open, self._clock = open_kept, clock
        self._proof = proving(settings.secret, secret_of)

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.NEITHER

    @property
    def lag_seconds(self) -> float:
        """How late the search may show a new ticket."""
        return self._settings.lag_seconds

    def look(self, target: str) -> str:
        ticket = self._ticket(target_checked(target))
        return ABSENT if ticket is None else f"{ticket.key} is {_status_of(ticket)}"

    def act(self, order: Order) -> Receipt:
        verb, words = _wish(order, self._open)
        ticket = self._ticket(target_checked(order.target))
        if verb == OPENED:
            if ticket is not None:
                return _receipt(order, Outcome.ALREADY, ticket.key, f"{ticket.key} is there")
            return self._opened(order, words)
        if ticket is None:
            raise _refusal(
                f"no ticket for {order.target} is shown in {self._settings.project}, or not yet",
                retry=True,
            )
        if verb == COMMENTED:
            return self._commented(order, ticket, words)
        return self._moved(order, ticket, words.subject)

    def find(self, order: Order) -> Receipt | None:
        verb, words = _wish(order, self._open)
        target_checked(order.target)
        if verb == OPENED:
            found = self._search(order_label(self._origin, order.key))
            if found is None:
                return None
            written = self._digest(opening(self._settings, self._origin, order, words))
            return _receipt(order, Outcome.DONE, found.key, f"{found.key} is opened", written)
        ticket = self._ticket(order.target)
        if ticket is None:
            return None
        if verb == COMMENTED:
            return self._comment_found(order, ticket, words)
        if _status_of(ticket).casefold() != words.subject.casefold():
            return None
        return _receipt(order, Outcome.DONE, ticket.key, f"{ticket.key} is {words.subject}")

    def _opened(self, order: Order, words: Message) -> Receipt:
        call = opening(self._settings, self._origin, order, words)
        answer = self._told(order, call)
        key = _read(answer, _Issue, acted=True).key
        if not _TICKET.fullmatch(key):
            raise ConnectorError(f"it opened {plain(key)!r}, which is no key", may_have_acted=True)
        after = f"{key} was opened in {self._settings.project}"
        return _receipt(order, Outcome.DONE, key, after, self._digest(call))

    def _commented(self, order: Order, ticket: _Issue, words: Message) -> Receipt:
        call = commenting(ticket.key, order, words)
        made = _read(self._told(order, call), _Comment, acted=True)
        reference = f"{ticket.key}#comment-{plain(made.id)}"
        after = f"{ticket.key} was commented on"
        return _receipt(order, Outcome.DONE, reference, after, self._digest(call))

    def _moved(self, order: Order, ticket: _Issue, wanted: str) -> Receipt:
        before = _status_of(ticket)
        if before.casefold() == wanted.casefold():
            return _receipt(order, Outcome.ALREADY, ticket.key, f"{ticket.key} is {before}")
        path = f"{API}/issue/{ticket.key}/transitions"
        there = _read(self._seen(Call(method="GET", path=path)), _Transitions).transitions
        fits = [one for one in there if str(one.to.get("name", "")).casefold() == wanted.casefold()]
        if not fits:
            ways = ", ".join(str(one.to.get("name", one.name)) for one in there) or "none"
            raise _refusal(f"{ticket.key} cannot become {wanted!r} from {before!r}; open: {ways}")
        self._told(order, moving(ticket.key, fits[0].id))
        after = f"{ticket.key} was moved to {wanted}"
        return _receipt(order, Outcome.DONE, ticket.key, after, before=before)

    def _comment_found(self, order: Order, ticket: _Issue, words: Message) -> Receipt | None:
        for page in range(COMMENTS_PAGES_MAX):
            asked = {
                "expand": "properties",
                "orderBy": "-created",
                "startAt": str(page * COMMENTS_PAGE),
                "maxResults": str(COMMENTS_PAGE),
            }
            path = f"{API}/issue/{ticket.key}/comment?{urlencode(asked)}"
            read = _read(self._seen(Call(method="GET", path=path)), _Comments)
            for one in read.comments:
                if any(_is_ours(each, order.key) for each in one.properties):
                    reference = f"{ticket.key}#comment-{plain(one.id)}"
                    written = self._digest(commenting(ticket.key, order, words))
                    after = f"{ticket.key} is commented on"
                    return _receipt(order, Outcome.DONE, reference, after, written)
            if (page + 1) * COMMENTS_PAGE >= read.total:
                return None
        return None

    def _ticket(self, target: str) -> _Issue | None:
        return self._search(target_label(self._origin, target))

    def _search(self, label: str) -> _Issue | None:
        """The ticket with this label that was made first; None while none is shown."""
        answer = self._seen(searching(self._settings, label))
        issues = _read(answer, _Found).issues
        if issues and not _TICKET.fullmatch(issues[0].key):
            raise _refusal(f"it names {plain(issues[0].key)!r}, which is no key", retry=True)
        return issues[0] if issues else None

    def _seen(self, call: Call) -> Answer:
        answer = self._made(call)
        accepted_or_error(answer, call.path.partition("?")[0], self._clock.now())
        return answer

    def _told(self, order: Order, call: Call) -> Answer:
        answer = self._made(call)
        accepted_or_error(answer, order.target, self._clock.now())
        return answer

    def _made(self, call: Call) -> Answer:
        headers = {"Accept": "application/json", **self._proof()}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        url = self._settings.place.rstrip("/") + call.path
        return self._caller.call(call.method, url, headers, call.data)

    def _digest(self, call: Call) -> str:
        return hashlib.sha256(call.data).hexdigest()


def opening(settings: JiraSettings, origin: str, order: Order, words: Message) -> Call:
    """The call that opens a ticket."""
    labels = [order_label(origin, order.key), target_label(origin, order.target)]
    fields: dict[str, object] = {
        "project": {"key": settings.project},
        "issuetype": {"name": settings.issue_type},
        "summary": _summary(words),
        "description": document(words.body or words.subject),
        "labels": labels,
    }
    own = {"key": PROPERTY, "value": {"key": order.key, "origin": origin, "target": order.target}}
    return Call(method="POST", path=f"{API}/issue", body={"fields": fields, "properties": [own]})


def commenting(ticket: str, order: Order, words: Message) -> Call:
    """The call that comments on a ticket."""
    text = f"{words.subject}\n\n{words.body}" if words.body else words.subject
    own = {"key": PROPERTY, "value": {"key": order.key}}
    body = {"body": document(text), "properties": [own]}
    return Call(method="POST", path=f"{API}/issue/{quote(ticket)}/comment", body=body)


def moving(ticket: str, transition: str) -> Call:
    """The call that moves a ticket."""
    path = f"{API}/issue/{quote(ticket)}/transitions"
    return Call(method="POST", path=path, body={"transition": {"id": transition}})


def searching(settings: JiraSettings, label: str) -> Call:
    """The call that looks for the tickets with one of our labels, the first one first."""
    jql = f'project = "{settings.project}" AND labels = "{label}" ORDER BY created ASC'
    asked = urlencode({"jql": jql, "fields": "status,labels", "maxResults": "2"})
    return Call(method="GET", path=f"{API}/search/jql?{asked}")


def document(text: str) -> dict[str, object]:
    """A text in Atlassian's document format: paragraphs, with their line breaks; no markup."""
    whole = "".join(one for one in text if one in "\n\t" or one.isprintable())
    parts = [part for part in re.split(r"\n{2,}", whole[:TEXT_CHARACTERS_MAX]) if part.strip()]
    paragraphs = [_paragraph(part) for part in parts]
    return {"type": "doc", "version": 1, "content": paragraphs or [{"type": "paragraph"}]}


def _paragraph(part: str) -> dict[str, object]:
    content: list[dict[str, object]] = []
    for line in part.strip("\n").split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def order_label(origin: str, key: str) -> str:
    """The label by which one write of ours is found again."""
    return "tocsin-" + hashlib.sha256(f"{origin}\n{key}".encode()).hexdigest()[:40]


def target_label(origin: str, target: str) -> str:
    """The label of the ticket that we call `target`."""
    return "tocsin-of-" + hashlib.sha256(f"{origin}\n{target}".encode()).hexdigest()[:40]


def _wish(order: Order, open_kept: Open) -> tuple[str, Message]:
    """What is wanted, and the words of it. Raises ConnectorError: nothing that Jira can do."""
    verb, colon, rest = order.wanted.partition(":")
    words = rest.strip()
    if not colon or not words or verb not in (OPENED, COMMENTED, STATUS):
        raise _refusal(
            f"{plain(order.wanted)!r} is nothing to do with a ticket; write "
            f'"{OPENED}: WORDS", "{COMMENTED}: WORDS" or "{STATUS}: NAME"'
        )
    if verb != STATUS and _DIGEST.fullmatch(words):
        return verb, message_ordered(f"{verb}:{words}", verb, open_kept)
    return verb, Message(subject=words, body="")


def _summary(words: Message) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in words.subject).split())
    if len(line) <= SUMMARY_CHARACTERS_MAX:
        return line
    return line[: SUMMARY_CHARACTERS_MAX - 3] + "..."


def _is_ours(prop: Mapping[str, Any], key: str) -> bool:
    value = prop.get("value")
    return prop.get("key") == PROPERTY and isinstance(value, dict) and value.get("key") == key


def _status_of(ticket: _Issue) -> str:
    status = ticket.fields.get("status")
    name = status.get("name") if isinstance(status, dict) else None
    return plain(name) if isinstance(name, str) and name else "in no status that is shown"


def _receipt(
    order: Order, outcome: Outcome, reference: str, after: str, written: str = "", before: str = ""
) -> Receipt:
    return Receipt(
        key=order.key,
        outcome=outcome,
        before=before or ("there" if outcome is Outcome.ALREADY else "not there"),
        after=after,
        reference=reference,
        written=written,
    )


def _read(answer: Answer, into: type[_Read], *, acted: bool = False) -> _Read:
    """What an answer holds. Raises ConnectorError: it is not what Jira answers."""
    try:
        return msgspec.json.decode(answer.body, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise ConnectorError(
            f"the answer cannot be read as Jira's ({bad}); is the address that of a site?",
            may_have_acted=acted,
        ) from None


def _refusal(message: str, *, retry: bool = False) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=retry)
