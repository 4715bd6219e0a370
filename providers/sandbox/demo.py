"""The demo's tenants, as a provisioning file: two agencies, five connections each to the sandbox, 90 days of history."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import tomlkit

from .vendor import Vendor
from .vendors import VENDORS

DAYS = 90
ASSETS = 5  # of each provider: the first sync of SmartSTREAM then stays within its 50 requests a minute

TENANTS = {
    "north": {"name": "Northern Sports Media", "time_zone": "Europe/Madrid", "currency": "EUR"},
    "south": {"name": "South Channel", "time_zone": "Asia/Tokyo", "currency": "USD"},
}
CUSTOMERS = {
    "north": [("fc-norte", "FC Norte"), ("harbour-tv", "Harbour TV")],
    "south": [("bay-opera", "Bay Opera"), ("gipfel-ski", "Gipfel Ski")],
}
STAFF = "staff@viewledger.example"
PASSWORD = "look-at-the-figures"  # noqa: S105  (of every demo person; the site listens on loopback only)


def document(today: date, sandbox_url: str, assets: int = ASSETS) -> str:
    """The file's text."""
    return tomlkit.dumps({"tenants": [_tenant(slug, today, sandbox_url, assets) for slug in TENANTS]})


def moved(text: str, sandbox_url: str) -> str:
    """The same file with the sandbox at another address."""
    file = tomlkit.parse(text)
    for tenant in file["tenants"]:  # type: ignore[union-attr]
        for connection in tenant["connections"]:
            connection["base_url"] = f"{sandbox_url}/{connection['provider']}"
    return tomlkit.dumps(file)


def people() -> Iterator[tuple[str, str]]:
    """E-mail and what the person sees."""
    for slug, about in TENANTS.items():
        yield f"manager@{slug}.example", f"{about['name']}, manager"
        customer, name = CUSTOMERS[slug][0]
        yield f"{customer}@{slug}.example", f"{name}, customer of {about['name']}"


def _tenant(slug: str, today: date, sandbox_url: str, assets: int) -> dict[str, Any]:
    first, second = CUSTOMERS[slug]
    return {
        "slug": slug,
        "name": TENANTS[slug]["name"],
        "time_zone": TENANTS[slug]["time_zone"],
        "users": [
            {"email": f"manager@{slug}.example", "role": "manager", "password": PASSWORD},
            {"email": f"{first[0]}@{slug}.example", "role": "customer", "customer": first[0], "password": PASSWORD},
        ],
        "customers": [
            {"slug": first[0], "name": first[1], "cost_view": "markup", "cost_markup": 15},
            {"slug": second[0], "name": second[1]},
        ],
        "connections": [_connection(slug, vendor, today, sandbox_url, assets) for vendor in VENDORS.values()],
        # For what is found later: the first customer has those numbered 1 and 2, the second the rest.
        "assignment_rules": [
            {"customer": second[0], "pattern": "*", "priority": 0},
            *[
                {"customer": first[0], "pattern": pattern, "priority": 10}
                for pattern in ("*1", "*2", "*_001.*", "*_002.*")
            ],
        ],
    }


def _connection(slug: str, vendor: Vendor, today: date, sandbox_url: str, assets: int) -> dict[str, Any]:
    """One connection; where the vendor lists no assets, they stand in the file."""
    connection: dict[str, Any] = {
        "slug": vendor.name,
        "name": vendor.title,
        "provider": vendor.name,
        "base_url": f"{sandbox_url}/{vendor.name}",
        "currency": TENANTS[slug]["currency"],
        "history_from": today - timedelta(days=DAYS - 1),
        "credentials": vendor.login(slug),
    }
    if options := vendor.options(slug):
        connection["options"] = options
    if not vendor.lists_assets:
        connection["assets"] = [
            {"external_id": external_id, "kind": kind, "title": title, "customer": CUSTOMERS[slug][index % 2][0]}
            for index, (external_id, kind, title) in enumerate(vendor.accounts.assets(slug, assets))
        ]
    if accesses := vendor.accesses(slug):
        connection["ppv_accesses"] = [
            {"asset": access.media, "hash": access.hash, "label": access.label} for access in accesses
        ]
    return connection
