"""One HTTP call to a checked address: bounded in time and size, and clear about what may be done.

Nothing is followed: no redirect, no proxy, no cookie. Certificates are verified. The whole call
ends within its limit, also when the far side sends a byte now and then.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from tocsin.connectors.egress import (
    Destination,
    Network,
    Resolve,
    checked_addresses,
    destination,
    resolved,
    system_trust,
)
from tocsin.connectors.watch import Watch
from tocsin.facts import ConnectorError

Headers: TypeAlias = Mapping[str, str]
Take: TypeAlias = Callable[[bytes], object]
CHUNK_BYTES = 256 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whole. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How far calls may go.

    Args:
        networks: allowed though they are not public.
        ports: allowed besides 80 and 443.
        seconds: for the whole call once the name is resolved, connecting included.
        answer_bytes: the largest answer that is read.
    """

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()
    seconds: float = 10.0
    answer_bytes: int = 64 * 1024


class Caller:
    """Makes calls within limits. Threads may share it.

    Args:
        resolve: asked exactly once for each call.
        trust: certificates to trust; the system's when None.
    """

    def __init__(
        self,
        limits: Limits,
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._limits, self._resolve = limits, resolve
        self._trust = trust or system_trust()

    def call(
        self,
        method: str,
        url: str,
        headers: Headers,
        body: bytes = b"",
        *,
        into: Take | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """The answer, whatever its status.

        Args:
            seconds: what is left for this call; it never has more than the limits allow.
            into: takes the body of an answer with status 200 piece by piece, however large it is;
                the answer's own body is empty then.

        Raises:
            ConnectorError: no whole answer. `may_have_acted` is set once a call other than GET
                may have left the house.
        """
        place = destination(url, self._limits.ports)
        addresses = checked_addresses(place, self._limits.networks, self._resolve)
        limit = self._limits.seconds if seconds is None else min(seconds, self._limits.seconds)
        if limit <= 0:
            raise ConnectorError(
                f"{place.shown} was not asked: no time is left", may_have_acted=False
            )
        watch = Watch(limit)
        try:
            with self._connected(place, addresses, watch) as line:
                return self._exchange(place, line, watch, method, headers, body, into)
        finally:
            watch.end()

    def _connected(
        self, place: Destination, addresses: Sequence[str], watch: Watch
    ) -> socket.socket:
        problem = ""
        for address in addresses:
            if watch.passed:
                break
            try:
                share = watch.seconds / len(addresses)
                return self._line(place, address, share, watch)
            except OSError as bad:  # refused, unreachable, or a certificate that does not hold
                problem = str(bad)
        if watch.passed:
            problem = f"no connection within {watch.seconds:g} s"
        raise ConnectorError(
            f"{place.shown} cannot be reached: {problem}; nothing was sent", may_have_acted=False
        )

    def _line(
        self, place: Destination, address: str, seconds: float, watch: Watch
    ) -> socket.socket:
        line = socket.create_connection((address, place.port), timeout=seconds)
        line.settimeout(watch.seconds)
        if place.scheme == "https":
            try:
                line = self._trust.wrap_socket(
                    line, server_hostname=place.host, do_handshake_on_connect=False
                )
                watch.over(line)
                line.do_handshake()
            except OSError:
                line.close()
                raise
        watch.over(line)
        return line

    def _exchange(
        self,
        place: Destination,
        line: socket.socket,
        watch: Watch,
        method: str,
        headers: Headers,
        body: bytes,
        into: Take | None,
    ) -> Answer:
        acting = method != "GET"
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.response_class = _WholeHead
        connection.sock = line
        sent = {"Host": place.authority, "Accept-Encoding": "identity", "Connection": "close"}
        try:
            connection.request(method, place.path, body or None, {**sent, **headers})
            return self._read(place, connection.getresponse(), acting, into)
        except (OSError, http.client.HTTPException) as lost:
            why = f"{type(lost).__name__}: {lost}"
            if watch.passed or isinstance(lost, TimeoutError):
                why = f"no whole answer within {watch.seconds:g} s"
            raise ConnectorError(
                f"the answer of {place.shown} was lost ({why})", may_have_acted=acting
            ) from None

    def _read(
        self,
        place: Destination,
        response: http.client.HTTPResponse,
        acting: bool,
        into: Take | None,
    ) -> Answer:
        limit = self._limits.answer_bytes
        body = b""
        if into is not None and response.status == 200:
            while piece := response.read(CHUNK_BYTES):
                into(piece)
        else:
            body = response.read(limit + 1)
        if len(body) > limit:
            raise ConnectorError(
                f"{place.shown} answered with more than {limit} bytes; not read further",
                may_have_acted=acting,
            )
        if response.length:  # what its Content-Length promised and did not bring
            raise http.client.IncompleteRead(body, response.length)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers, body=body)


class _WholeHead(http.client.HTTPResponse):
    """An answer whose head came to its end: the standard reader takes a head cut short for one."""

    def begin(self) -> None:
        lines = _LastLine(self.fp)
        self.fp = lines  # type: ignore[assignment]
        super().begin()
        if isinstance(self.fp, _LastLine):  # None once an answer without a body is read
            self.fp = lines.beneath
        if lines.last not in (b"\r\n", b"\n"):
            raise http.client.HTTPException("its head was cut short")


class _LastLine:
    """A reader that remembers the last line it gave."""

    def __init__(self, beneath: io.BufferedReader) -> None:
        self.beneath, self.last = beneath, b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.beneath.readline(limit)
        return self.last

    def flush(self) -> None:
        self.beneath.flush()

    def close(self) -> None:
        self.beneath.close()
