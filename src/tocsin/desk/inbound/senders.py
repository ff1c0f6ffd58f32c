"""Who sends: a machine of the register by its token, an integration by its secret, or nobody known.

Read anew at most once a second, so that a revoked token is worth nothing a second later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from tocsin.desk.people import RECORD_SCOPE
from tocsin.desk.record import Writer
from tocsin.facts import ConnectorError, Refused, Unreachable
from tocsin.register.inbound import BY_DEFAULT, SignalPolicy
from tocsin.register.keyring import Keyring
from tocsin.register.model import Integration, Register
from tocsin.signals.signatures import USUAL, Signed, check_signature

SIGNALS_SCOPE = "signals"
"""What a token must allow for its machine to send alarms; `record` allows that too."""

INTEGRATION_KIND = "signals-in"
"""The kind of an integration by whose secret what comes in is proven."""

FRESH = timedelta(seconds=1)
TOKENS_KEPT = 1000

SecretOf = Callable[[str], str]


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends.

    Args:
        wrong: why what they showed proves nobody; empty when it does.
    """

    source: str = ""
    wrong: str = ""
    delivery: str = ""


class Senders:
    """The senders of the register in force. One thread asks."""

    def __init__(self, desk: Writer, secret_of: SecretOf) -> None:
        self._desk, self._secret_of = desk, secret_of
        self._read_at: datetime | None = None
        self._entries = -1
        self._keyring, self._register = Keyring(), Register()
        self._known: OrderedDict[str, Sender] = OrderedDict()

    @property
    def policy(self) -> SignalPolicy:
        """What the register says of alarms from outside, as last read."""
        return self._register.inbound if self._read_at is not None else BY_DEFAULT

    @property
    def systems(self) -> Mapping[str, str]:
        """The names of systems by id, as last read."""
        return {one.id: one.name for one in self._register.systems.values()}

    def refresh(self, now: datetime) -> bool:
        """Read what is in force, if that was not just done; whether it is another.

        Raises:
            Unreachable: the record cannot be read.
        """
        if self._read_at is not None and timedelta() <= now - self._read_at < FRESH:
            return False
        entries = self._desk.knowledge.home_entries()
        first, self._read_at = self._read_at is None, now
        if len(entries) == self._entries and not first:
            self._known.clear()  # a token may have expired meanwhile
            return False
        self._entries = len(entries)
        self._keyring = Keyring.replay(entries)
        try:
            self._register = self._desk.knowledge.register()
        except Refused:
            self._register = Register()
        self._known.clear()
        return True

    def by_token(self, token: str, now: datetime) -> Sender:
        """The machine that a token proves."""
        known = self._known.get(token)
        if known is not None:
            return known
        sender = self._proven(token, now)
        if not sender.wrong:
            self._known[token] = sender
            if len(self._known) > TOKENS_KEPT:
                self._known.popitem(last=False)
        return sender

    def by_signature(
        self,
        name: str,
        format_: str,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
    ) -> Sender:
        """The integration by whose secret a body is signed.

        Raises:
            Unreachable: its secret cannot be read here.
        """
        one = self._register.integrations.get(name)
        if one is None or one.kind != INTEGRATION_KIND or one.secret is None:
            # As long as for a wrong signature, and in the same words.
            return Sender(wrong="no signature holds")
        signed = self._checked(one, format_, body, headers, now)
        if signed.wrong:
            return Sender(wrong=signed.wrong)
        return Sender(source=name, delivery=signed.delivery)

    def _checked(
        self,
        one: Integration,
        format_: str,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
    ) -> Signed:
        kind = one.settings.get("signature") or USUAL.get(format_, "standard")
        try:
            secret = self._secret_of(one.secret or "")
        except ConnectorError as missing:
            raise Unreachable(f"{one.id}: {missing}") from None
        return check_signature(kind, secret, body, headers, now, one.settings)

    def _proven(self, token: str, now: datetime) -> Sender:
        why = ""
        for scope in (SIGNALS_SCOPE, RECORD_SCOPE):
            try:
                source = self._keyring.machine_proven(token, now, scope)
            except Refused as no:
                why = why or str(no)
                continue
            return Sender(source=source)
        return Sender(wrong=why)
