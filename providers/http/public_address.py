"""Refuses provider addresses that lead into our own network: a tenant types them, and we send requests there.

Asked where an address is entered and again at each run, since a name can lead elsewhere later. A local sandbox needs
ALLOW_PRIVATE_PROVIDER_URLS; then only the form of the address is looked at.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits


class RefusedAddress(ValueError):
    """The text says why, and what to write instead."""


class UnknownHost(RefusedAddress):
    """The name does not resolve now; it may later."""


def check_public(url: str) -> None:
    """Raises RefusedAddress unless `url` is http(s) and every address of its host is a public one."""
    host, port = _parts(url)
    if settings.ALLOW_PRIVATE_PROVIDER_URLS:
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHost(f"The host {host} is not known; check its spelling, or try again later.") from None
    for *_, (address, *_rest) in found:
        if not is_public(ipaddress.ip_address(str(address).partition("%")[0])):
            raise RefusedAddress(
                f"The host {host} is in a private network ({address}), where providers are not asked. Write the provider's "
                "public address; for a sandbox of your own set ALLOW_PRIVATE_PROVIDER_URLS=true."
            )


def is_public(address: Address) -> bool:
    """False also for an IPv6 address that only wraps a private IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if wrapped is None and address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast


def _parts(url: str) -> tuple[str, int]:
    """Host and port. Parsers disagree about odd addresses, so these are refused."""
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
        raise RefusedAddress("The address is scheme, host and maybe a path; take out what is before @ or after ? or #.")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)
