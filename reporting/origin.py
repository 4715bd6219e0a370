"""Scheme, host and port of an address: what decides who gets the secrets that are sent there. A path decides nothing."""

from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """The same text for the same place: `HTTPS://API.example.com.:443/v1` is at `https://api.example.com:443`. Empty for an
    empty address; the address itself where it is none, so that it is like no other."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return url
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{port}"
