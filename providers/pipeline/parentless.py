"""Assets from before each had a parent: part of `store.py`.

Until applications were assets, one reading spoke of all applications of a connection, and a stream of two of them was one
asset. Its history is fetched anew by application. At no moment is a byte counted twice or lost: in the transaction in which a
day of one application is stored, that much is taken from the streams without a parent; with the last of the applications of
which the old answer spoke, what is left of the day goes. What an application had that nobody asks for any more stays there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from providers.pipeline.plan import Due
from providers.toolkit.requests import Window
from reporting.models import Asset, Connection, Days, FeedProgress, Snapshot

# A new connection, whose first day may name 200,000 assets, has none.
HAS_ANY = """
    SELECT EXISTS (
        SELECT FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
        AND a.parent_id IS NULL AND a.kind = %(kind)s)
"""

HAND_ON_TITLES = """
    UPDATE reporting_asset a SET title = old.title, kind = old.kind, programme_id = old.programme_id,
        programme_rule_id = old.programme_rule_id, is_placed_by_hand = old.is_placed_by_hand
    FROM unnest(%(ids)s::bigint[]) n (id), reporting_asset old
    WHERE a.id = n.id AND a.tenant_id = %(tenant)s AND old.tenant_id = %(tenant)s
      AND old.connection_id = %(connection)s AND old.external_id = a.external_id AND old.parent_id IS NULL
"""

HAND_ON_CUSTOMERS = """
    INSERT INTO reporting_assignment (tenant_id, asset_id, customer_id, from_day, to_day, rule_id)
    SELECT %(tenant)s, a.id, s.customer_id, s.from_day, s.to_day, s.rule_id
    FROM unnest(%(ids)s::bigint[]) n (id)
    JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = n.id
    JOIN reporting_asset old ON old.tenant_id = %(tenant)s AND old.connection_id = %(connection)s
        AND old.external_id = a.external_id AND old.parent_id IS NULL
    JOIN reporting_assignment s ON s.tenant_id = %(tenant)s AND s.asset_id = old.id
"""

MARK_GONE = """
    UPDATE reporting_asset a SET unlisted_since = %(now)s
    WHERE a.tenant_id = %(tenant)s AND a.id IN (SELECT asset_id FROM changed WHERE new IS NULL) AND a.parent_id IS NULL
      AND a.unlisted_since IS NULL AND NOT EXISTS (
        SELECT FROM reporting_fact f WHERE f.tenant_id = %(tenant)s AND f.connection_id = %(connection)s AND f.asset_id = a.id)
"""


def hand_on_customers(cursor: CursorWrapper, values: Mapping[str, Any], ids: Sequence[int], kind: str) -> None:
    """New assets of this kind are whose the asset of their name without a parent is, are called as it is, and are copies of the
    same programme."""
    cursor.execute(HAS_ANY, {**values, "kind": kind})
    if not cursor.fetchone()[0]:
        return
    cursor.execute(HAND_ON_TITLES, {**values, "ids": list(ids)})
    if cursor.rowcount:
        cursor.execute(HAND_ON_CUSTOMERS, {**values, "ids": list(ids)})


def applications_before(connection: Connection, due: Due, window: Window) -> set[str]:
    """The applications of which earlier answers spoke together, in these days; none where there are no such answers."""
    earlier = Snapshot.objects.filter(
        connection=connection,
        feed=due.feed.name,
        asset=None,
        access_id=None,
        state=Snapshot.State.READ,
        from_day__lte=window.end,
        to_day__gte=window.start,
    )
    return {app for options in earlier.values_list("options", flat=True) for app in options.get("apps") or ()}


def is_last(connection: Connection, due: Due, window: Window, applications: set[str]) -> bool:
    """Whether all of these applications but the one that is being stored are read of these days."""
    others = FeedProgress.objects.filter(
        connection=connection,
        feed=due.feed.name,
        asset__kind=Asset.Kind.APPLICATION,
        asset__external_id__in=applications,
    )
    days = Days([(window.start, window.end)])
    read = {name for name, covered in others.values_list("asset__external_id", "covered") if not days - covered}
    return applications <= read | {due.asset.external_id if due.asset else ""}
