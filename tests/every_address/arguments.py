"""What stands in an address for each of its arguments: the ids of one's own things, another's, and odd ones."""

import re
from collections.abc import Iterator

from reporting.reports import charts
from tests.every_address.world import Things, ago

ARGUMENT = re.compile(r"<(\w+)>")
OF_API = {
    "customers": "customer",
    "connections": "connection",
    "assets": "asset",
    "programmes": "programme",
    "sync-runs": "syncrun",
    "snapshots": "snapshot",
}
# What an address must be asked with to answer at all.
QUERIES = {
    "/t/<tenant>/lineage/": f"metrics=plays&from={ago(20)}&to={ago(1)}",
    "/api/v1/lineage": f"metrics=plays&from={ago(20)}&to={ago(1)}",
    "/api/v1/report": f"metrics=plays,cost&group_by=asset&from={ago(20)}&to={ago(1)}",
    "/admin/autocomplete/": "app_label=reporting&model_name=ppvaccess&field_name=asset&term=film",
    "/admin/search/": "s=film",
}
ODD = ("0", "-1", "9" * 30, "%00", "a%00b", "%2F", "%FF", "a" * 3000, "' OR 1=1")


def filled(address: str, things: Things, **instead: str) -> str:
    """The address with these things' ids; `instead` names other values of some arguments."""
    path = ARGUMENT.sub(lambda found: instead.get(found[1]) or value(found[1], address, things), address)
    return f"{path}?{QUERIES[address]}" if address in QUERIES else path


def value(name: str, address: str, things: Things) -> str:
    of = things.of
    match name:
        case "tenant" | "customer":
            return getattr(things, name).slug
        case "snapshot":
            return str(of["snapshot"])
        case "pk":
            return str(of[OF_API[address.split("/")[3]]])
        case "object_id" if "/r/" not in address:
            return str(of[address.split("/")[3]])
        case "id":
            return str(of["user"])
        case "version":
            return charts.bundle_name().removeprefix("vega-").removesuffix(".js")
    return {"format": "csv", "app_label": "reporting", "url": "nowhere", "uidb36": "1"}.get(name, "1")


def odd(address: str, things: Things) -> Iterator[str]:
    """Each argument by itself, with values that nobody has. The tenant is the middleware's: it is tried with one page."""
    for name in set(ARGUMENT.findall(address)) - {"tenant"}:
        for text in ODD:
            yield filled(address, things, **{name: text})
