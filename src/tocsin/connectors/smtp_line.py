"""A line to an SMTP server: to a checked address, encrypted where that is meant, bounded in time.

What the server refuses with a code it has not done. Only when its answer to the whole message is
lost does nobody know whether it has it.

Source: RFC 5321 4.2.1 (replies).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import msgspec

from tocsin.connectors.targets import plain
from tocsin.connectors.watch import Watch
from tocsin.facts import ConnectorError

Value = TypeVar("Value")
Reply: TypeAlias = tuple[int, bytes]

CLOSING = 421
"""The server goes away: it will answer no other message either."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed in, and how."""

    host: str
    port: int
    at_once: bool  # TLS from the first byte
    encrypted: bool


class Line(smtplib.SMTP):
    """An encrypted line to one of the addresses that were checked, once it is made.

    Certificates must hold for the host's name. Where TLS is meant, nothing goes on without it.
    """

    def __init__(
        self, post: Post, addresses: list[str], watch: Watch, own: str, trust: ssl.SSLContext
    ) -> None:
        self._post, self._addresses, self._watch, self._trust = post, addresses, watch, trust
        super().__init__(post.host, post.port, local_hostname=own, timeout=watch.seconds)
        try:
            self._greet()
        except OSError:
            self.close()
            raise

    def prove(self, proof: tuple[str, str] | None) -> None:
        """Say who we are, where there is something to say."""
        if proof is not None:
            self.login(*proof)

    def _greet(self) -> None:
        self.ehlo_or_helo_if_needed()
        if self._post.encrypted and not self._post.at_once:
            self.starttls(context=self._trust)
            if self.sock is not None:
                self._watch.over(self.sock)
            self.ehlo_or_helo_if_needed()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        problem = OSError("no address")
        for address in self._addresses:
            try:
                share = self._watch.seconds / len(self._addresses)
                line = socket.create_connection((address, port), timeout=share)
            except OSError as bad:
                problem = bad
                continue
            line.settimeout(self._watch.seconds)
            self._watch.over(line)
            return self._safe(line) if self._post.at_once else line
        raise problem

    def _safe(self, line: socket.socket) -> socket.socket:
        try:
            safe = self._trust.wrap_socket(
                line, server_hostname=self._post.host, do_handshake_on_connect=False
            )
            self._watch.over(safe)
            safe.do_handshake()
            return safe
        except OSError:
            line.close()
            raise


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Asks a server one thing after the other, within one span of time."""

    host: str
    watch: Watch

    def step(self, what: str, say: Callable[[], Reply], *, acting: bool = False) -> bytes:
        """The server's words to a command that it accepted. Raises ConnectorError."""
        code, words = self.asked(say, acting=acting)
        if 200 <= code < 300:
            return words
        if acting and not 400 <= code < 600:
            raise self._lost("an answer that is none", acting=True)
        raise _refused(f"{self.host} refuses {what}", code, words)

    def asked(self, say: Callable[[], Value], *, acting: bool = False) -> Value:
        """What was given. Only with `acting` may the message have been taken without a word."""
        try:
            return say()
        except smtplib.SMTPAuthenticationError as bad:
            what = f"{self.host} does not let us in; check `secret`"
            raise _refused(what, bad.smtp_code, bad.smtp_error) from None
        except smtplib.SMTPDataError as bad:
            raise _refused(f"{self.host} takes no message", bad.smtp_code, bad.smtp_error) from None
        except smtplib.SMTPNotSupportedError as bad:
            raise final(f"{self.host}: {bad} Nothing was sent") from None
        except smtplib.SMTPResponseException as bad:
            if acting:
                raise self._lost(plain(str(bad)), acting=True) from None
            raise _refused(f"{self.host} refuses", bad.smtp_code, bad.smtp_error) from None
        except OSError as lost:
            why = plain(f"{type(lost).__name__}: {lost}")
            if self.watch.passed or isinstance(lost, TimeoutError):
                why = f"no answer within {self.watch.seconds:g} s"
            raise self._lost(why, acting=acting) from None

    def _lost(self, why: str, *, acting: bool) -> ConnectorError:
        told = "nobody knows whether it has the message" if acting else "nothing was sent"
        return ConnectorError(f"{self.host}: {why}; {told}", may_have_acted=acting)


def _refused(what: str, code: int, words: bytes | str) -> ConnectorError:
    """A refusal with a code did nothing. 4yz: it may be tried again. Source: RFC 5321 4.2.1."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return ConnectorError(
        f"{what}: {code} {plain(text)}",
        may_have_acted=False,
        retry=not 500 <= code < 600,
        answered=code != CLOSING,
    )


def final(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
