"""What a report may look at: its filters' slugs and external ids, looked up once, as ids.

What is named but not there (or is another tenant's, or not the bearer's) raises NotThere: a typing error must not read like
"nothing was watched".
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection as database

from reporting.models import Asset, Customer

if TYPE_CHECKING:
    from reporting.query import ReportQuery


# The assets that the customers of a scope hold, or held, some day.
HELD = """
    SELECT h.asset_id FROM reporting_assignment h WHERE h.tenant_id = %(tenant)s AND h.customer_id = ANY(%(customers)s)
"""


# Composed by the ORM, this would cost more of our processor than all else of a small report. Which side tables hold anything
# is asked here, where it costs next to nothing, so that mostly they need not be read.
LINKS = """
    SELECT c.id, c.slug, c.name, c.provider, c.currency, c.time_zone, c.history_from, c.last_success,
           EXISTS (SELECT FROM reporting_restatement r WHERE r.tenant_id = %(tenant)s AND r.connection_id = c.id
                   AND r.day BETWEEN %(first)s AND %(last)s),
           EXISTS (SELECT FROM reporting_counterreset r WHERE r.tenant_id = %(tenant)s AND r.connection_id = c.id
                   AND r.day BETWEEN %(first)s AND %(last)s),
           {counts}
    FROM reporting_connection c WHERE c.tenant_id = %(tenant)s ORDER BY c.slug
"""
COUNTS_FOR_CUSTOMERS = f"""
    c.id IN (SELECT a.connection_id FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.id IN ({HELD}))
"""


class NotThere(LookupError):
    """A filter names something that this bearer has not. `name` is the filter's."""

    def __init__(self, name: str, values: Iterable[str]) -> None:
        what = "connection of the provider" if name == "provider" else name
        shown = ", ".join(f"“{value}”" for value in values)
        super().__init__(f"There is no {what} {shown} here.")
        self.name = name


class Link(NamedTuple):
    """What a report needs to know of a connection; the last two are of the report's days."""

    id: int
    slug: str
    name: str
    provider: str
    currency: str
    time_zone: str
    history_from: date
    last_success: datetime | None
    is_restated: bool
    has_resets: bool


class Named(NamedTuple):
    """A customer's slug and name, or an asset's external id and title."""

    word: str
    title: str


@dataclass(frozen=True)
class Scope:
    """None means: no restriction. An empty collection means: nothing can match."""

    tenant_id: int
    connections: dict[int, Link]
    narrowed: bool  # `connections` are not all of the tenant's
    customers: tuple[int, ...] | None
    assets: tuple[int, ...] | None

    @property
    def connection_ids(self) -> list[int] | None:
        return list(self.connections) if self.narrowed else None


def scope_of(query: "ReportQuery") -> Scope:
    """Raises NotThere."""
    customers = _customers(query)
    links, narrowed = _links(query, customers)
    assets = _assets(query, [link.id for link in links])
    if assets is not None:
        holding = set(Asset.objects.filter(pk__in=assets).order_by().values_list("connection_id", flat=True))
        links, narrowed = [link for link in links if link.id in holding], True
    return Scope(query.tenant.pk, {link.id: link for link in links}, narrowed, customers, assets)


def customers_named(ids: Collection[int]) -> dict[int, Named]:
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "slug", "name")
    return {pk: Named(slug, name) for pk, slug, name in rows}


def assets_named(ids: Collection[int]) -> dict[int, Named]:
    rows = Asset.objects.filter(pk__in=ids).values_list("pk", "external_id", "title")
    return {pk: Named(external_id, title) for pk, external_id, title in rows}


def _customers(query: "ReportQuery") -> tuple[int, ...] | None:
    """The bearer's own customer, or those of the filter."""
    wanted = query.filters.get("customer")
    if not wanted:
        return None if query.customer_id is None else (query.customer_id,)
    visible = Customer.objects.filter(slug__in=wanted)
    if query.customer_id is not None:
        visible = visible.filter(pk=query.customer_id)
    found = dict(visible.values_list("slug", "pk"))
    _refuse_missing("customer", wanted, found)
    return tuple(found.values())


def _links(query: "ReportQuery", customers: Collection[int] | None) -> tuple[list[Link], bool]:
    """The connections of the filters that count something for these customers; deleted ones too, since their figures stay. A
    customer's bearer does not learn of others: to such a bearer their names are not there."""
    values: dict[str, Any] = {"tenant": query.tenant.pk, "first": query.days.start, "last": query.days.end}
    counts = "true" if customers is None else COUNTS_FOR_CUSTOMERS
    with database.cursor() as cursor:
        cursor.execute(LINKS.format(counts=counts), values | {"customers": list(customers or ())})
        found = [(Link._make(row[:-1]), row[-1]) for row in cursor.fetchall()]
    found = [(link, counts) for link, counts in found if counts or query.customer_id is None]
    narrowed = customers is not None
    for name, field in (("connection", "slug"), ("provider", "provider")):
        wanted = query.filters.get(name)
        if wanted:
            _refuse_missing(name, wanted, {getattr(link, field) for link, _ in found})
            found, narrowed = [pair for pair in found if getattr(pair[0], field) in wanted], True
    return [link for link, counts in found if counts], narrowed


def _assets(query: "ReportQuery", connections: Collection[int]) -> tuple[int, ...] | None:
    """External ids are unique within a connection only: one word may name several assets."""
    wanted = query.filters.get("asset")
    if not wanted:
        return None
    visible = Asset.objects.filter(external_id__in=wanted, connection__in=connections)
    if query.customer_id is not None:
        visible = visible.filter(assignments__customer=query.customer_id).distinct()
    rows = list(visible.order_by().values_list("external_id", "pk"))
    _refuse_missing("asset", wanted, {word for word, _ in rows})
    return tuple(pk for _, pk in rows)


def _refuse_missing(name: str, wanted: Iterable[str], found: Collection[str]) -> None:
    missing = [value for value in wanted if value not in found]
    if missing:
        raise NotThere(name, missing)
