"""Ids of customers and assets -> their names, for rows and for the facts of a lineage."""

from collections.abc import Collection
from typing import NamedTuple

from reporting.models import Asset, Customer


class Named(NamedTuple):
    """A customer's slug and name."""

    word: str
    title: str


class NamedAsset(NamedTuple):
    """An asset's external id, title and kind, and both names of what holds it, if anything does."""

    word: str
    title: str
    kind: str
    parent: str | None = None
    parent_title: str | None = None


def customers_named(ids: Collection[int]) -> dict[int, Named]:
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "slug", "name")
    return {pk: Named(slug, name) for pk, slug, name in rows}


def assets_named(ids: Collection[int]) -> dict[int, NamedAsset]:
    names = ("external_id", "title", "kind", "parent__external_id", "parent__title")
    rows = Asset.objects.filter(pk__in=ids).order_by().values_list("pk", *names)
    return {pk: NamedAsset(*name) for pk, *name in rows}
