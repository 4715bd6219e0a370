"""Viewers' addresses and browsers for readers without the right to personal data: the network instead of the address, the
family of browser and system instead of the agent.

An IPv4 address is shown as its /24, an IPv6 address as its /48 (the bits that Google Analytics kept when it was asked to mask),
in the notation of networks, `192.0.2.0/24`, which can't be taken for an address. What is no address is not shown, nor is an
agent that is no known browser: either could name anything.
"""

from ipaddress import ip_network

from reporting.reports.formatting import browser_of
from reporting.vendor_text import address

PREFIXES = {4: 24, 6: 48}


def network_of(ip: str) -> str:
    """Empty where it is no address."""
    word = address(ip)
    try:
        bits = PREFIXES[ip_network(word).version]
        return str(ip_network(f"{word}/{bits}", strict=False))
    except ValueError:
        return ""


def family_of(user_agent: str) -> str:
    """`Chrome, Windows`; empty where it is no browser that is known."""
    return ", ".join(part for part in browser_of(user_agent) if part)
