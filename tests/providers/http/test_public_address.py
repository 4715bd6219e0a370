"""Provider addresses that lead into our own network are refused, however they are written."""

import ipaddress

import pytest
from pytest_django import Settings

from providers.http.public_address import RefusedAddress, UnknownHost, check_public, is_public


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False


def test_it_works() -> None:
    check_public("https://93.184.215.14/api")
    check_public("https://[2606:4700::6810:84e5]:8443")
    check_public("https://[64:ff9b::5db8:d70e]")
    check_public("https://[::ffff:93.184.215.14]")
    check_public("http://93.184.215.14", vendor="http://console.vendor.example")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/x", "http://localhost", "http://10.1.2.3", "http://192.168.0.1", "http://172.16.5.4",
        "http://169.254.169.254/latest/meta-data", "http://0.0.0.0", "http://[::1]", "http://[fe80::1]", "http://[fc00::1]",
        "http://2130706433", "http://0x7f.1", "http://127.1", "http://[::ffff:127.0.0.1]", "http://[64:ff9b::7f00:1]",
        "http://[2002:7f00:1::]", "http://100.64.0.1", "http://224.0.0.1",
        "http://100.100.100.200", "http://168.63.129.16", "http://[fd00:ec2::254]", "http://[64:ff9b:1::a00:1]", "http://[::a00:1]",
        "http://[::ffff:0:127.0.0.1]", "http://[64:ff9b:1:7f00:0:100::]", "http://[fec0::1]", "http://[100::1]", "http://[ff0e::1]",
        "http://[::]", "http://[::93.184.215.14]", "http://[2001:db8::1]", "http://[4000::1]",
        "http://[2606:4700::5efe:10.0.0.1]", "http://[2606:4700::200:5efe:a9fe:a9fe]", "http://192.0.0.192",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(url: str, settings: Settings) -> None:
    with pytest.raises(RefusedAddress, match="private network"):
        check_public(url)
    settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    check_public(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "http://", "http:///x",
        "http://user:word@93.184.215.14", "http://93.184.215.14\\@127.0.0.1", "http://93.184.215.14/a b", "http://x:99999999",
        "http://93.184.215.14?x=1", "http://93.184.215.14#x", "http://exämple.com", "http://[::1", "http://a\r\nb",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_everywhere(url: str, settings: Settings) -> None:
    for settings.ALLOW_PRIVATE_PROVIDER_URLS in (False, True):
        with pytest.raises(RefusedAddress):
            check_public(url)


def test_a_name_that_does_not_resolve_is_told_apart() -> None:
    with pytest.raises(UnknownHost, match="check its spelling"):
        check_public(f"https://{'x' * 64}.example")


def test_teredo_is_judged_by_the_address_that_it_wraps() -> None:
    client = ipaddress.IPv4Address("10.0.0.1")
    wrapped = (0x20010000 << 96) | (0xFFFFFFFF ^ int(client))
    assert not is_public(ipaddress.IPv6Address(wrapped))


def test_credentials_do_not_go_unencrypted_where_the_vendor_has_https(settings: Settings) -> None:
    for vendor in ("", "https://api.vendor.example"):
        with pytest.raises(RefusedAddress, match="https://"):
            check_public("http://93.184.215.14", vendor)
    settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    check_public("http://93.184.215.14", "https://api.vendor.example")


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 9200, 65535])
def test_ports_of_other_services_are_refused(port: int, settings: Settings) -> None:
    with pytest.raises(RefusedAddress, match=f"Port {port}"):
        check_public(f"https://93.184.215.14:{port}")
    settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    check_public(f"https://93.184.215.14:{port}")
