"""Settings of PostgreSQL's planner where it expects few rows and there are many.

It counts the filter on the tenant twice (ours and the policy's), expects one row where there are millions, and chooses a nested
loop. For many rows that is switched off: measured, 3 s instead of 19 s for two million facts. What is switched off costs so
much by its own count that it would compile each statement, which is dearer than most.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.utils import CursorWrapper

FOR_MANY = (
    "SET LOCAL enable_nestloop = off; SET LOCAL enable_sort = off; SET LOCAL jit = off; SET LOCAL work_mem = '128MB'"
)
FOR_FEW = (
    "SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL enable_sort TO DEFAULT; SET LOCAL jit TO DEFAULT;"
    "SET LOCAL work_mem TO DEFAULT"
)


@contextmanager
def many_rows(cursor: CursorWrapper) -> Iterator[None]:
    """The statements inside go through many rows."""
    cursor.execute(FOR_MANY)
    yield
    cursor.execute(FOR_FEW)


@contextmanager
def unsorted(cursor: CursorWrapper) -> Iterator[None]:
    """The statements inside read an index in its order, and no further than they must."""
    cursor.execute("SET LOCAL enable_sort = off")
    yield
    cursor.execute("SET LOCAL enable_sort TO DEFAULT")
