"""Refuses provider addresses that lead into our own network: a tenant types them, and we send requests there.

    check_public()    where an address is entered, and when a run begins: its form, and where its name leads now
    connect()         where a socket is opened: a name may lead elsewhere a moment later (DNS rebinding), so what counts is
                      the address that is connected to, not one that was looked up before

A sandbox of one's own needs ALLOW_PRIVATE_PROVIDER_URLS; then only the form of the address is looked at.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {80, 443, 8080, 8443}  # any other is more likely a service of our own network than a vendor's API

# All that is public of IPv6 (RFC 4291, 2.4; IANA has given out no other), and what carries a public IPv4 one: NAT64 (RFC 6052).
PUBLIC_IPV6, NAT64 = ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("64:ff9b::/96")
ISATAP = {0x00005EFE, 0x02005EFE}  # bits 64 to 95 (RFC 5214); the IPv4 address follows

# Clouds answer here with the keys of the machine itself (Azure, Oracle). Those of the other clouds are not public anyway.
METADATA = [ipaddress.ip_network(one) for one in ("168.63.129.16/32", "192.0.0.0/24")]


class RefusedAddress(ValueError):
    """The text says why, and what to write instead."""


class UnknownHost(RefusedAddress):
    """The name does not resolve now; it may later."""


def check_public(url: str, vendor: str = "") -> None:
    """Raises RefusedAddress unless `url` is http(s) and every address of its host is a public one. Credentials go over plain
    http only where `vendor`, the provider's own address, is plain http too."""
    parts, port = _parts(url)
    if settings.ALLOW_PRIVATE_PROVIDER_URLS:
        return
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHost(f"The host {host} is not known; check its spelling, or try again later.") from None
    for *_, place in found:
        _refuse_private(host, str(place[0]))
    if parts.scheme == "http" and not vendor.startswith("http://"):
        raise RefusedAddress("The credentials would be sent unencrypted: the address must begin with https://.")
    if port not in PORTS:
        raise RefusedAddress(
            f"Port {port} is refused: providers are asked at {', '.join(map(str, sorted(PORTS)))}. For a sandbox of your own "
            "set ALLOW_PRIVATE_PROVIDER_URLS=true."
        )


def connect(host: str, port: int, timeout: Any, options: Sequence[tuple[int, int, int | bytes]]) -> socket.socket:
    """A socket to the first address of the host that answers. Raises RefusedAddress at one that is not public, before
    anything is sent there; socket.gaierror and OSError as `socket.create_connection` does."""
    failure: OSError | None = None
    for family, kind, protocol, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not settings.ALLOW_PRIVATE_PROVIDER_URLS:
            _refuse_private(host, str(place[0]))
        opened = socket.socket(family, kind, protocol)
        try:
            for option in options:
                opened.setsockopt(*option)
            opened.settimeout(timeout)
            opened.connect(place)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    raise failure or OSError(f"{host} has no address")


def _refuse_private(host: str, address: str) -> None:
    if not is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise RefusedAddress(
            f"The host {host} is in a private network ({address}), where providers are not asked. Write the provider's "
            "public address; for a sandbox of your own set ALLOW_PRIVATE_PROVIDER_URLS=true."
        )


def is_public(address: Address) -> bool:
    """False also for an IPv6 address that only wraps an IPv4 one that is not."""
    if any(address in network for network in METADATA):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if (wrapped := _wrapped(address)) is not None:
            return is_public(wrapped)
        if address not in PUBLIC_IPV6:
            return False
    return address.is_global and not address.is_multicast


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    number = int(address)
    if address in NAT64 or (number >> 32) & 0xFFFFFFFF in ISATAP:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _parts(url: str) -> tuple[SplitResult, int]:
    """Its parts and its port. Parsers disagree about odd addresses, so these are refused."""
    if not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        raise RefusedAddress("The address holds signs that none may hold; write it like https://api.example.com/path.")
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedAddress("This is no address; write it like https://api.example.com/path.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedAddress("The address must begin with http:// or https:// and name a host.")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise RefusedAddress(
            "The address is scheme, host and maybe a path; take out what stands before @ or after ? or #."
        )
    return parts, port or (443 if parts.scheme == "https" else 80)
