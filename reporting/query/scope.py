"""What a report may look at: its filters' slugs and external ids, looked up once, as ids.

What is named but not there (or is another tenant's, or not the bearer's) raises NotThere: a typing error must not read like
"nothing was watched".
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import Q, QuerySet

from reporting.ledger.holdings import assets_of
from reporting.ledger.sql_template import NOTHING, Sql, Template
from reporting.models import Asset, Customer, Programme
from reporting.periods import today_in
from reporting.query.costs import refuse_hidden
from reporting.query.question import OF_NOTHING, ReportQuery

# The assets that the customers of a scope hold, or held, some day.
HELD = Sql("""
    SELECT h.asset_id FROM reporting_assignment h WHERE h.tenant_id = %(tenant)s AND h.customer_id = ANY(%(customers)s)
""")


MOST_HELD = 2000  # assets; more are not carried from statement to statement, but asked for in each

# Composed by the ORM, this would cost more of our processor than all else of a small report. Which side tables hold anything
# is asked here, where it costs next to nothing, so that mostly they need not be read.
LINKS = Template("""
    SELECT c.id, c.slug, c.name, c.provider, c.currency, c.time_zone, c.history_from, c.last_success,
           c.state IN ('paused', 'deleted'),
           (SELECT json_agg(json_build_array(t.metric, t.interval, t.dimension, t.first_day, t.last_day))
            FROM reporting_reportedseries t WHERE t.tenant_id = %(tenant)s AND t.connection_id = c.id
                AND t.metric = ANY(%(metrics)s) AND t.dimension = ANY(%(dimensions)s)),
           EXISTS (SELECT FROM reporting_restatement r WHERE r.tenant_id = %(tenant)s AND r.connection_id = c.id
                   AND r.day BETWEEN %(first)s AND %(last)s),
           EXISTS (SELECT FROM reporting_counterreset r WHERE r.tenant_id = %(tenant)s AND r.connection_id = c.id
                   AND r.day BETWEEN %(first)s AND %(last)s),
           {held}
    FROM reporting_connection c {holding} WHERE c.tenant_id = %(tenant)s ORDER BY c.slug
""")
HELD_BY_ALL = Sql("false, true, NULL")
HELD_BY_CUSTOMERS = Sql("coalesce(held.for_a_time, false), held.connection_id IS NOT NULL, held.assets")
# What will be theirs later is not named to them yet.
HOLDING = Sql("""
    LEFT JOIN (
        SELECT a.connection_id, bool_or(h.from_day IS NOT NULL OR h.to_day IS NOT NULL) AS for_a_time,
               CASE WHEN count(*) <= %(most_held)s THEN array_agg(DISTINCT a.id) END AS assets
        FROM reporting_assignment h JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = h.asset_id
        WHERE h.tenant_id = %(tenant)s AND h.customer_id = ANY(%(customers)s)
          AND (h.from_day IS NULL OR h.from_day <= %(now)s)
        GROUP BY a.connection_id
    ) held ON held.connection_id = c.id
""")


class NotThere(LookupError):
    """A filter names something that this bearer has not. `name` is the filter's."""

    def __init__(self, name: str, values: Iterable[str]) -> None:
        what = "connection of the provider" if name == "provider" else name
        shown = ", ".join(f"“{value}”" for value in values)
        super().__init__(f"There is no {what} {shown} here.")
        self.name = name


class Series(NamedTuple):
    """That a connection has, or had, figures of a metric at a stored interval: none before the first day, none after the
    last."""

    metric: str
    interval: str
    dimension: str
    first: date
    last: date


class Link(NamedTuple):
    """What a report needs to know of a connection. `series` are those of the metrics asked for; `is_restated` and
    `has_resets` are of its days; `is_left`: it is asked for nothing any more; `for_a_time`: the customers hold, or held,
    some of its assets for a part of their life."""

    id: int
    slug: str
    name: str
    provider: str
    currency: str
    time_zone: str
    history_from: date
    last_success: datetime | None
    is_left: bool
    series: tuple[Series, ...]
    is_restated: bool
    has_resets: bool
    for_a_time: bool


class ChosenAsset(NamedTuple):
    """One that the filters name; `connection` and `parent` are ids."""

    pk: int
    word: str
    connection: int
    parent: int | None


@dataclass(frozen=True)
class Scope:
    """None means: no restriction. An empty collection means: nothing can match. `parents` hold just these `assets`, where
    they are asked for by that alone. `held` are the assets that the customers hold, or held, some day; None, where they are
    too many to be carried along."""

    tenant_id: int
    connections: dict[int, Link]
    narrowed: bool  # `connections` are not all of the tenant's
    customers: tuple[int, ...] | None
    assets: tuple[int, ...] | None
    parents: tuple[int, ...] | None = None
    held: tuple[int, ...] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Its parameters in statements."""
        return {
            "tenant": self.tenant_id,
            "connections": list(self.connections),
            "assets": list(self.assets or ()),
            "parents": list(self.parents or ()),
            "customers": list(self.customers or ()),
            "held": list(self.held or ()),
        }

    def is_held(self, column: str) -> Sql:
        """The condition that an asset is, or was, the customers'."""
        return Sql(f"{column} IN ({HELD})" if self.held is None else f"{column} = ANY(%(held)s)")

    @property
    def connection_ids(self) -> list[int] | None:
        return list(self.connections) if self.narrowed else None


def scope_of(query: ReportQuery) -> Scope:
    """Raises NotShown for what is kept from the reader, NotThere."""
    refuse_hidden(query)
    customers = _customers(query)
    links, narrowed = _links(query, customers)
    held = None
    if customers is not None and all(assets is not None for assets in links.values()):
        held = tuple(chain.from_iterable(assets or () for assets in links.values()))
    chosen = _assets(query, [link.id for link in links])
    if chosen is None:
        return Scope(query.tenant.pk, {link.id: link for link in links}, narrowed, customers, None, held=held)
    holding = {row.connection for row in chosen}
    within = {link.id: link for link in links if link.id in holding}
    names_only_parents = not (query.filters.get("asset") or query.filters.get("programme"))
    of_parents = names_only_parents and all(row.parent is not None for row in chosen)
    parents = tuple({row.parent for row in chosen if row.parent is not None}) if of_parents else None
    return Scope(query.tenant.pk, within, True, customers, tuple(row.pk for row in chosen), parents, held)


def _customers(query: ReportQuery) -> tuple[int, ...] | None:
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


def _links(query: ReportQuery, customers: Collection[int] | None) -> tuple[dict[Link, list[int] | None], bool]:
    """The connections of the filters that count something for these customers, with the assets held; deleted ones too, since
    their figures stay. A customer's bearer does not learn of others: to such a bearer their names are not there."""
    statement = LINKS.fill(
        held=HELD_BY_ALL if customers is None else HELD_BY_CUSTOMERS, holding=NOTHING if customers is None else HOLDING
    )
    values: dict[str, Any] = {"tenant": query.tenant.pk, "first": query.days.start, "last": query.days.end}
    values |= {"customers": list(customers or ()), "most_held": MOST_HELD, "now": today_in(query.tenant.time_zone)}
    values |= {"metrics": list(query.read_metrics), "dimensions": list({"", query.dimension, query.plain[0]})}
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        rows = [(_link(row[:-2]), *row[-2:]) for row in cursor.fetchall()]
    found = [(link, counts, held) for link, counts, held in rows if counts or query.customer_id is None]
    narrowed = customers is not None
    for name, field in (("connection", "slug"), ("provider", "provider")):
        wanted = query.filters.get(name)
        if wanted:
            _refuse_missing(name, wanted, {getattr(link, field) for link, *_ in found})
            found, narrowed = [row for row in found if getattr(row[0], field) in wanted], True
    return {link: held for link, counts, held in found if counts}, narrowed


def _link(row: tuple[Any, ...]) -> Link:
    """With its series, which come as JSON."""
    link = Link._make(row)
    found: list[list[str]] = row[Link._fields.index("series")] or []
    series = (Series(one[0], one[1], one[2], *map(date.fromisoformat, one[3:])) for one in found)
    return link._replace(series=tuple(series))


def _assets(query: ReportQuery, connections: Collection[int]) -> list[ChosenAsset] | None:
    """External ids are unique within a connection and parent only: one word may name several assets, or parents."""
    if not query.names_assets:
        return None
    wanted, programmes, holders = (query.filters.get(name, ()) for name in ("asset", "programme", "parent"))
    visible: QuerySet[Asset] = Asset.objects.filter(connection__in=connections).order_by()
    if query.customer_id is not None:
        visible = visible.filter(pk__in=assets_of(query.customer_id, today_in(query.tenant.time_zone)).values("pk"))
    visible = visible.filter(_copies_of(programmes, visible, query.customer_id is None), _held_by(holders, visible))
    if not wanted:  # an account is in no sum of assets
        return _chosen(visible.exclude(kind=Asset.Kind.ACCOUNT))
    rows = _chosen(visible.filter(external_id__in=wanted))
    _refuse_missing("asset", wanted, {row.word for row in rows})
    return rows


def _chosen(assets: QuerySet[Asset]) -> list[ChosenAsset]:
    rows = assets.values_list("pk", "external_id", "connection_id", "parent_id")
    return [ChosenAsset._make(row) for row in rows]


def _copies_of(programmes: Collection[str], visible: QuerySet[Asset], sees_all: bool) -> Q:
    """Those that are in one of these. Whoever sees all customers may ask for a programme without assets, too. An account is a
    copy of nothing."""
    if not programmes:
        return Q()
    is_account, named = Q(kind=Asset.Kind.ACCOUNT), [word for word in programmes if word != OF_NOTHING]
    if named:
        there = Programme.objects.filter(slug__in=named)
        if not sees_all:
            there = there.filter(pk__in=visible.exclude(is_account).values("programme_id"))
        _refuse_missing("programme", named, set(there.values_list("slug", flat=True)))
    copies = Q(programme__slug__in=named) & ~is_account
    return copies | Q(programme__isnull=True) | is_account if OF_NOTHING in programmes else copies


def _held_by(holders: Collection[str], visible: QuerySet[Asset]) -> Q:
    """Those that one of these holds. An application that holds nothing yet is there, too."""
    if not holders:
        return Q()
    named = [word for word in holders if word != OF_NOTHING]
    held = Q(parent__external_id__in=named)
    if named:
        empty = visible.filter(external_id__in=named, kind=Asset.Kind.APPLICATION)
        known = {
            *visible.filter(held).values_list("parent__external_id", flat=True).distinct(),
            *empty.values_list("external_id", flat=True),
        }
        _refuse_missing("parent", named, known)
    return held | Q(parent__isnull=True) if OF_NOTHING in holders else held


def _refuse_missing(name: str, wanted: Iterable[str], found: Collection[str]) -> None:
    missing = [value for value in wanted if value not in found]
    if missing:
        raise NotThere(name, missing)
