"""Where a call may go: every address behind a name is checked, and only a checked one is called.

A name that leads to a private, local or metadata address could make Tocsin attack its own house.
The name is resolved once; each address it gives must be allowed; the call goes to one of those very
addresses, so that a second answer of the name server changes nothing.

Source: RFC 6890 (special-purpose addresses), RFC 6052 (NAT64), RFC 4291 2.5.5.2 (IPv4-mapped).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

import msgspec

from tocsin.facts import ConnectorError, Refused

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
Resolve = Callable[[str, int], Sequence[str]]
"""Every address of a host, as text. Raises OSError when the name leads nowhere."""

USUAL_PORTS = {"http": 80, "https": 443}
ADDRESSES_MAX = 16
_METADATA = tuple(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200",
                 "192.0.0.192", "fd00:ec2::254", "fe80::a9fe:a9fe")
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TUNNELS = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b:1::/48", "2001::/32", "2002::/16", "::/96", "::ffff:0:0:0/96",
                 "fec0::/10", "100::/64")
)  # fmt: skip


@cache
def system_trust() -> ssl.SSLContext:
    """The certificates that this system trusts; read once, for that takes longer than a call."""
    return ssl.create_default_context()


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """An address on the web, taken apart. `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """As it may stand in messages: a path or query can hold a secret, so it is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == USUAL_PORTS[self.scheme]
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        return self.shown.partition("://")[2]


def network_list(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks an integration names, such as `10.20.0.0/16`. Raises Refused."""
    try:
        return tuple(ipaddress.ip_network(text.strip()) for text in texts)
    except ValueError as bad:
        raise Refused(f"networks: {bad}; write addresses like 10.20.0.0/16") from None


def destination(url: str, ports: Sequence[int]) -> Destination:
    """Where `url` leads, if calls may go there at all.

    Args:
        ports: allowed besides 80 and 443.

    Raises:
        ConnectorError: not http or https, a user name in it, an odd character, another port.
    """
    if not url.isascii() or any(c.isspace() or not c.isprintable() or c in '\\"<>' for c in url):
        raise _forbidden("an address holds only printable ASCII without spaces; encode the rest")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as bad:
        raise _forbidden(f"not an address that can be called: {bad}") from None
    if parts.scheme not in USUAL_PORTS:
        raise _forbidden(f"calls go by https or http, not by {parts.scheme or 'nothing'!r}")
    return _with_port(parts, port, ports)


def _with_port(parts: SplitResult, port: int | None, ports: Sequence[int]) -> Destination:
    host = parts.hostname or ""
    if not host or "%" in host:
        raise _forbidden("an address names a host, without a zone")
    if "@" in parts.netloc:
        raise _forbidden("an address with a user name or password in it is refused; use a secret")
    port = USUAL_PORTS[parts.scheme] if port is None else port
    if port not in USUAL_PORTS.values() and port not in ports:
        raise _forbidden(f"port {port} of {host} is not allowed; name it under `ports` if it is")
    query = f"?{parts.query}" if parts.query else ""
    return Destination(scheme=parts.scheme, host=host, port=port, path=(parts.path or "/") + query)


def checked_addresses(
    place: Destination, networks: Sequence[Network], resolve: Resolve
) -> list[str]:
    """The addresses of `place`, when every one of them is allowed; see `allowed_addresses`."""
    encrypted = place.scheme == "https"
    return allowed_addresses(place.host, place.port, networks, resolve, encrypted=encrypted)


def allowed_addresses(
    host: str, port: int, networks: Sequence[Network], resolve: Resolve, *, encrypted: bool
) -> list[str]:
    """The addresses of `host`, in the name server's order, when every one of them is allowed.

    Public addresses are allowed over TLS. A network that the integration names is allowed, also
    without encryption. Metadata, multicast and unspecified addresses never are.

    Raises:
        ConnectorError: the name leads nowhere, or to even one address that is not allowed.
    """
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as bad:
        raise ConnectorError(
            f"{host} cannot be found: {bad}; check the name and the name server",
            may_have_acted=False,
        ) from None
    if not found or len(found) > ADDRESSES_MAX:
        raise _forbidden(f"{host} has {len(found)} addresses; 1 to {ADDRESSES_MAX} are right")
    for text in found:
        objection = _objection(text, networks, encrypted=encrypted)
        if objection:
            raise _forbidden(f"{host} leads to {text}, {objection}")
    return found


def resolved(host: str, port: int) -> list[str]:
    """Every address of a host, asked of the system once."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in rows]


def _objection(text: str, networks: Sequence[Network], *, encrypted: bool) -> str | None:
    try:
        address = _effective(ipaddress.ip_address(text))
    except ValueError:
        return "which is not an address"
    if address in _METADATA or address.is_multicast or address.is_unspecified:
        return "which is never called: a metadata, multicast or unspecified address"
    if any(address in network for network in networks):
        return None
    if not _is_public(address):
        return "which is not public; name its network under `networks` if that is meant"
    if not encrypted:
        return "and only networks named under `networks` are called without TLS; use TLS"
    return None


def _effective(address: Address) -> Address:
    """The address that really answers: the IPv4 address inside a mapped or NAT64 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if any(address in tunnel for tunnel in _TUNNELS):
        return False
    return address.is_global and not address.is_reserved and not address.is_link_local


def _forbidden(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
