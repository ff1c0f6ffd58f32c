"""A real SMTP server on loopback with mailboxes, and a switch for each way it can fail."""

from __future__ import annotations

import asyncio
import hashlib
import io
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, BinaryIO

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tocsin.connectors.egress import Resolve, resolved
from tocsin.connectors.kinds import limits_from
from tocsin.connectors.message import Open
from tocsin.connectors.smtp import SmtpMail, SmtpSettings
from tocsin.facts import Refused
from tocsin.world import Clock, RealClock

WHO, WORD = "tocsin", "a word that opens"


class Drawer:
    """Texts by their digests, as a vault keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, subject: str, body: str) -> str:
        data = f"{subject}\n\n{body}\n".encode()
        digest = hashlib.sha256(data).hexdigest()
        self.kept[digest] = data
        return digest

    def open(self, digest: str) -> BinaryIO:
        if digest not in self.kept:
            raise Refused(f"no evidence is kept under {digest}")
        return io.BytesIO(self.kept[digest])


class Mailboxes:
    """What arrived, in order, and how the server behaves from now on."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, EmailMessage]] = []
        self.logins: list[str] = []
        self.says: dict[str, str] = {}  # to a command, in place of its own answer
        self.loses_answers = 0
        self.drops_at = ""  # the command at which it hangs up
        self.slow_seconds = 0.0  # before it answers to a whole message

    @property
    def numbers(self) -> list[str]:
        return [str(mail["Message-ID"]) for _, mail in self.arrived]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.says:
            return self.says["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drops_at == "RCPT":
            self.hang_up(server)
        if "RCPT" in self.says:
            return self.says["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.says:
            return self.says["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        for address in envelope.rcpt_tos:
            self.arrived.append((address, mail))
        await asyncio.sleep(self.slow_seconds)
        if self.loses_answers:
            self.loses_answers -= 1
            self.hang_up(server)
        return "250 2.0.0 Ok: queued as 4bXq"

    def hang_up(self, server: SMTP) -> None:
        assert server.transport is not None
        server.transport.close()

    def let_in(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        """Whoever says the word."""
        good = data.login == WHO.encode() and data.password == WORD.encode()
        self.logins.append(f"{how} {'good' if good else 'bad'}")
        return AuthResult(success=good, handled=False)


class Office:
    """A server that listens, and the ways to reach it."""

    def __init__(self, boxes: Mailboxes, drawer: Drawer, port: int) -> None:
        self.boxes, self.drawer, self.port = boxes, drawer, port

    def mail(
        self,
        *,
        scheme: str = "smtp",
        encryption: str = "none",
        secret: str = "",
        word: str = f"{WHO}:{WORD}",
        host: str = "127.0.0.1",
        seconds: float = 5.0,
        sender: str = "Tocsin <tocsin@alarm.example>",
        origin: str = "tocsin.example/record",
        networks: str = "127.0.0.0/30",
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        open_kept: Open | None = None,
    ) -> SmtpMail:
        settings = SmtpSettings(
            place=f"{scheme}://{host}:{self.port}", sender=sender, secret=secret,
            encryption=encryption,
        )  # fmt: skip
        limits = limits_from(
            {"networks": networks, "ports": str(self.port), "timeout_seconds": str(seconds)}
        )
        return SmtpMail(
            settings, limits, origin, open_kept or self.drawer.open, lambda _: word,
            clock or RealClock(), resolve, trust,
        )  # fmt: skip


@contextmanager
def post_office(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    asks_who: bool = False,
) -> Iterator[Office]:
    """A server on a free local port, until the block ends."""
    boxes = Mailboxes()
    more: dict[str, Any] = {"tls_context": starttls} if starttls else {}
    if asks_who:
        more |= {"authenticator": boxes.let_in, "auth_required": True}
        more |= {"auth_require_tls": starttls is not None}
    controller = _Free(boxes, hostname="127.0.0.1", port=0, ssl_context=tls, **more)
    controller.start()
    try:
        yield Office(boxes, Drawer(), controller.port)
    finally:
        controller.stop(no_assert=True)


class _Free(Controller):
    """A controller on whatever port is free, which it asks whether the server is up."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
