"""Rows of a table as a reader sees them: a queryset whose rows are changed when they are read, so that no page, list or file
has to think of it, and none gets the stored value.

    as_shown(sessions, mask)      the same queryset, each of its rows masked
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

Row = TypeVar("Row", bound=Model)


def as_shown(found: QuerySet[Row], change: Callable[[Row], None]) -> QuerySet[Row]:
    """It may be filtered and ordered further, but `values()` and `values_list()`, which read columns, are refused."""

    class ShownRows(ModelIterable):
        def __iter__(self) -> Iterator[Any]:
            for row in super().__iter__():
                change(row)
                yield row

    class ShownQuerySet(type(found)):  # type: ignore[misc]
        def _values(self, *fields: Any, **expressions: Any) -> Any:
            raise TypeError("These rows are shown to a reader: their columns can't be read by themselves.")

    shown = found._chain()  # type: ignore[attr-defined]
    shown.__class__ = ShownQuerySet
    shown._iterable_class = ShownRows
    return shown  # type: ignore[no-any-return]
