"""Ids of customers, programmes and assets -> their names, for rows and for the facts of a lineage."""

from collections.abc import Collection
from typing import NamedTuple

from reporting.models import Asset, Customer, Programme


class Named(NamedTuple):
    """The slug and name of a customer or a programme."""

    word: str
    title: str


class NamedAsset(NamedTuple):
    """An asset's external id, title and kind, both names of what holds it, if anything does, and the programme that it is a
    copy of, if it is of one."""

    word: str
    title: str
    kind: str
    parent: str | None = None
    parent_title: str | None = None
    programme: str | None = None
    programme_name: str | None = None


def customers_named(ids: Collection[int]) -> dict[int, Named]:
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "slug", "name")
    return {pk: Named(slug, name) for pk, slug, name in rows}


def programmes_named(ids: Collection[int]) -> dict[int, Named]:
    rows = Programme.objects.filter(pk__in=ids).values_list("pk", "slug", "name")
    return {pk: Named(slug, name) for pk, slug, name in rows}


def assets_named(ids: Collection[int]) -> dict[int, NamedAsset]:
    names = (
        "external_id",
        "title",
        "kind",
        "parent__external_id",
        "parent__title",
        "programme__slug",
        "programme__name",
    )
    rows = Asset.objects.filter(pk__in=ids).order_by().values_list("pk", *names)
    return {pk: _named(*name) for pk, *name in rows}


def _named(word: str, title: str, kind: str, *others: str | None) -> NamedAsset:
    """An account is a copy of nothing."""
    named = NamedAsset(word, title, kind, *others)
    return named._replace(programme=None, programme_name=None) if kind == Asset.Kind.ACCOUNT else named
