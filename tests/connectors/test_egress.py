"""No name, however written, leads a call into our own house unless an integration says so."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.connectors.egress import checked_addresses, destination, network_list
from tocsin.facts import ConnectorError, Refused

EVERYWHERE = network_list(["0.0.0.0/0", "::/0"])


def allowed(address: str, scheme: str = "https", networks: tuple[str, ...] = ()) -> bool:
    place = destination(f"{scheme}://far.example/", ())
    try:
        found = checked_addresses(place, network_list(networks), lambda host, port: [address])
    except ConnectorError as refused:
        assert not refused.may_have_acted and not refused.retry
        return False
    return found == [address]


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_public_addresses_are_called_by_https_only(address: str) -> None:
    assert allowed(address)
    assert not allowed(address, "http")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",
     "169.254.1.1", "0.0.0.0", "0.1.2.3", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1",
     "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00::1", "fec0::1", "ff02::1",
     "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
     "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
     "2001:0:7f00:1::", "2001:db8::1", "::ffff:0:7f00:1", "100::1", "not an address"],
)  # fmt: skip
def test_special_addresses_are_not_called(address: str) -> None:
    assert not allowed(address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "168.63.129.16",
     "100.100.100.200", "fd00:ec2::254", "224.0.0.1", "ff02::1", "0.0.0.0", "::"],
)  # fmt: skip
def test_metadata_multicast_and_nowhere_are_never_called(address: str) -> None:
    place = destination("https://far.example/", ())
    with pytest.raises(ConnectorError, match="never called"):
        checked_addresses(place, EVERYWHERE, lambda host, port: [address])


def test_a_named_network_is_allowed_also_without_encryption_and_no_other_is() -> None:
    assert allowed("10.20.3.4", "http", ("10.20.0.0/16",))
    assert allowed("::ffff:10.20.3.4", "http", ("10.20.0.0/16",))
    assert not allowed("10.21.3.4", "https", ("10.20.0.0/16",))


@given(inner=st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_dress(inner: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(int(ipaddress.IPv6Address("::ffff:0:0")) | int(inner))
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(inner))
    assert allowed(str(inner)) == allowed(str(mapped)) == allowed(str(nat64))


@pytest.mark.parametrize(
    "url",
    ["ftp://far.example/", "file:///etc/passwd", "gopher://far.example/", "//far.example/",
     "far.example", "https://", "https:///path", "https://user@far.example/",
     "https://user:word@far.example/", "https://far.example:22/", "https://far.example:0/",
     "https://far.example:99999/", "https://far.example:x/", "https://far.exämple/",
     "https://far.example/a b", "https://far.example/\r\nX: y", "https://far.example\\@evil/",
     "https://[fe80::1%25eth0]/", "https://[::1", "", "https://@far.example/"],
)  # fmt: skip
def test_an_odd_address_is_refused(url: str) -> None:
    with pytest.raises(ConnectorError) as refused:
        destination(url, (8443,))
    assert not refused.value.may_have_acted and not refused.value.retry


def test_an_address_is_taken_apart_and_shown_without_what_may_be_secret() -> None:
    place = destination("https://FAR.example:8443/hook/T0K3N?key=S3CR3T#x", (8443,))
    assert (place.host, place.port, place.path) == ("far.example", 8443, "/hook/T0K3N?key=S3CR3T")
    assert place.shown == "https://far.example:8443" and place.authority == "far.example:8443"
    assert destination("http://[2606:4700::1]", ()).authority == "[2606:4700::1]"


def test_a_name_that_leads_nowhere_is_tried_again_later() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(ConnectorError, match="cannot be found") as away:
        checked_addresses(destination("https://far.example", ()), (), nowhere)
    assert away.value.retry and not away.value.may_have_acted
    with pytest.raises(ConnectorError, match="0 addresses"):
        checked_addresses(destination("https://far.example", ()), (), lambda host, port: [])


def test_old_ways_to_write_an_address_are_resolved_before_they_are_judged() -> None:
    from tocsin.connectors.egress import resolved

    for host in ("2130706433", "0x7f.1", "127.1"):
        place = destination(f"https://{host}/", ())
        with pytest.raises(ConnectorError):
            checked_addresses(place, (), resolved)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match=r"10\.20\.0\.0/16"):
        network_list(["10.0.0.1/8"])
