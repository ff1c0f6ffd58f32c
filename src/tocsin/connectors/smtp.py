"""Sends mail, and says what the server took. Each order is one message, sent again by people alone.

A target is an address, a wanted state "sent:SHA-256" of a text in the vault. The Message-ID comes
from the record's origin and the order's key: who gets it twice gets the same message twice. That a
server took it does not say that anybody read it, and it cannot be asked later (decision 0012).

Source: RFC 5322 3.6.4 (Message-ID), RFC 3834 5 (Auto-Submitted).
"""

from __future__ import annotations

import contextlib
import email.policy
import hashlib
import re
import ssl
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses
from urllib.parse import urlsplit

import msgspec

from tocsin.connectors.calls import Limits
from tocsin.connectors.egress import Resolve, allowed_addresses, resolved, system_trust
from tocsin.connectors.message import NOT_SEEN, Message, Open, blind, message_ordered
from tocsin.connectors.references import SecretOf
from tocsin.connectors.smtp_line import Asking, Line, Post, final
from tocsin.connectors.targets import plain
from tocsin.connectors.watch import Watch
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.marks import HOPS_HEADER, MARK_HEADER, mark_text
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Receipt

VERB = "sent"
PORTS = {"smtp": 587, "smtps": 465}
USUAL_PORTS = (25, 465, 587)
STARTTLS, NONE = "starttls", "none"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_LOCAL_CHARACTERS_MAX, _ADDRESS_CHARACTERS_MAX = 64, 254
_POLICY = email.policy.SMTP.clone(cte_type="7bit")


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is needed to send mail.

    Args:
        place: "smtps://HOST" for TLS from the first byte, "smtp://HOST" for STARTTLS; with a port.
        sender: as in "Tocsin <tocsin@example.org>".
        secret: a reference to "NAME:PASSWORD".
        encryption: "none" sends in the clear, to a network that is named; never with a password.
    """

    place: str
    sender: str
    secret: str = ""
    encryption: str = STARTTLS


class SmtpMail:
    """A connector to an SMTP server. It holds no secret between two messages.

    Args:
        origin: the record's name; two records never send the same Message-ID.
        open_kept: opens a text in the vault.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        limits: Limits,
        origin: str,
        open_kept: Open,
        secret_of: SecretOf,
        clock: Clock,
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._post, self._from = post_of(settings, limits), sender_of(settings.sender)
        self._secret, self._limits, self._origin = settings.secret, limits, origin
        self._open, self._secret_of, self._clock = open_kept, secret_of, clock
        self._resolve, self._trust = resolve, trust or system_trust()

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.NEITHER

    def look(self, target: str) -> str:
        address_checked(target)
        raise blind(f"whether {target} has a message")

    def find(self, order: Order) -> Receipt | None:
        raise blind(f"what became of the message to {order.target}")

    def act(self, order: Order) -> Receipt:
        address_checked(order.target)
        message = message_ordered(order.wanted, VERB, self._open)
        after = self._delivered(order.key, order.target, message, order.hops)
        return Receipt(key=order.key, outcome=Outcome.DONE, before=NOT_SEEN, after=after)

    def deliver(self, key: str, address: str, subject: str, body: str) -> str:
        """Send words that are kept nowhere else, and give what the server said."""
        address_checked(address)
        return self._delivered(key, address, Message(subject=subject, body=body), 1)

    def _delivered(self, key: str, address: str, message: Message, hops: int) -> str:
        number = self._message_id(key)
        marks = {MARK_HEADER: mark_text(self._origin, key), HOPS_HEADER: str(hops)}
        data = self._written(address, message, number, marks)
        said = plain(self._sent(address, data).decode("utf-8", "replace"))
        return f"taken by {self._post.host} for {address} as {number}: {said}"

    def _message_id(self, key: str) -> str:
        digest = hashlib.sha256(f"{self._origin}\n{key}".encode()).hexdigest()
        return f"<tocsin.{digest[:40]}@{self._from.domain}>"

    def _written(
        self, target: str, message: Message, number: str, marks: Mapping[str, str]
    ) -> bytes:
        mail = EmailMessage(_POLICY)
        try:
            mail["From"], mail["To"] = self._from, target
            mail["Subject"], mail["Message-ID"] = message.subject, number
            mail["Date"] = self._clock.now()
            mail["Auto-Submitted"] = "auto-generated"  # so that no absence notice answers
            for name, value in marks.items():
                mail[name] = value
            mail.set_content(message.body)
            return mail.as_bytes()
        except (MessageError, ValueError) as bad:
            raise final(f"the message to {target} cannot be written: {bad}") from None

    def _sent(self, target: str, data: bytes) -> bytes:
        """What the server answered once it had all of it."""
        proof = self._proof()
        post, own = self._post, self._from
        addresses = allowed_addresses(
            post.host, post.port, self._limits.networks, self._resolve, encrypted=post.encrypted
        )
        asking = Asking(host=post.host, watch=Watch(self._limits.seconds))
        try:
            line = asking.asked(
                lambda: Line(post, addresses, asking.watch, own.domain, self._trust)
            )
            with contextlib.closing(line):
                asking.asked(lambda: line.prove(proof))
                asking.step(f"mail from {own.addr_spec}", lambda: line.mail(own.addr_spec))
                asking.step(f"the recipient {target}", lambda: line.rcpt(target))
                words = asking.step(
                    f"the message to {target}", lambda: line.data(data), acting=True
                )
                with contextlib.suppress(OSError):  # it has the message, whatever it says now
                    line.quit()
            return words
        finally:
            asking.watch.end()

    def _proof(self) -> tuple[str, str] | None:
        if not self._secret:
            return None
        name, colon, password = self._secret_of(self._secret).partition(":")
        if not colon or not name.isascii() or not password.isascii():
            raise final(f"the secret {self._secret} is not NAME:PASSWORD in ASCII")
        return name, password


def post_of(settings: SmtpSettings, limits: Limits) -> Post:
    """Where mail is handed in. Raises Refused, naming the setting."""
    try:
        parts = urlsplit(settings.place)
        port = parts.port
    except ValueError as bad:
        raise Refused(f"url: {bad}") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Refused('url is "smtps://HOST" or "smtp://HOST", with a port if it is unusual')
    if "@" in parts.netloc:
        raise Refused("url: leave name and password out; give them by `secret`")
    port = PORTS[parts.scheme] if port is None else port
    if port not in USUAL_PORTS and port not in limits.ports:
        raise Refused(f"port {port} is not allowed; name it under `ports` if it is meant")
    if settings.encryption not in (STARTTLS, NONE):
        raise Refused(f'encryption is "{STARTTLS}" or "{NONE}", not {settings.encryption!r}')
    at_once = parts.scheme == "smtps"
    encrypted = at_once or settings.encryption == STARTTLS
    if settings.secret and not encrypted:
        raise Refused("a password is never sent in the clear; leave out encryption or secret")
    return Post(host=parts.hostname, port=port, at_once=at_once, encrypted=encrypted)


def sender_of(text: str) -> Address:
    """From whom the mail comes. Raises Refused."""
    found = getaddresses([text])
    name, address = found[0] if len(found) == 1 else ("", "")
    try:
        return Address(display_name=name, addr_spec=address_checked(address))
    except (ConnectorError, MessageError, ValueError):
        raise Refused(
            f'sender is an address such as "Tocsin <tocsin@example.org>", not {plain(text)!r}'
        ) from None


def address_checked(address: str) -> str:
    """The address, when it can stand in an envelope. Raises ConnectorError."""
    local = address.partition("@")[0]
    fits = len(address) <= _ADDRESS_CHARACTERS_MAX and len(local) <= _LOCAL_CHARACTERS_MAX
    if not fits or not _ADDRESS.fullmatch(address):
        raise final(
            f"target {plain(address)!r} is not a usable name; write an address such as "
            "ana@example.org (a name in other letters in its ASCII form)"
        )
    return address
