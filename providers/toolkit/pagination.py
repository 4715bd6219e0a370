"""How answers come in pages: loops over a feed's requests. Each is a generator to be used with `yield from`.

An answer that names another page than was asked for, or repeats one, would make a loop or a double count: it is an error.
Pages that do not fit each other are Incomplete: the list is then asked for again from its start (`http/pending.py`).
"""

from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from providers.toolkit.errors import Incomplete, Unreadable
from providers.toolkit.requests import Document, Pages, Request

AT_ONCE = 16  # pages that a feed asks for together: so many documents are in memory


def numbered(
    request: Request,
    page_of: Callable[[Document], tuple[int, int]],
    items_of: Callable[[Document], Sequence[Hashable]],
    total_of: Callable[[Document], int | None] = lambda document: None,
) -> Pages:
    """`?page=1`, `2`, …, until the answer's own (page, count of pages) says that it was the last. `items_of` gives what
    identifies the items of a page: one without any new item repeats another. `total_of` is how many items all pages have, where
    the answer says so. Raises Incomplete where they are not as many, or where the list changes between two pages."""
    seen: set[Hashable] = set()
    totals: set[int] = set()
    number, received = 1, 0
    while True:
        document = yield replace(request, params={**request.params, "page": number})
        page, count = page_of(document)
        if page != number:
            raise Unreadable(f"Page {number} was asked for, and page {page} came.")
        items = items_of(document)
        if number > 1 and seen.issuperset(items):
            raise Unreadable(f"Page {number} of {count} has nothing that the pages before it had not.")
        if not seen.isdisjoint(items):
            raise Incomplete(f"The list moved while it was read: page {number} has items of the pages before it.")
        if (total := total_of(document)) is not None:
            totals.add(total)
        seen.update(items)
        received += len(items)
        if number >= count:
            break
        number += 1
    if len(totals) > 1:
        raise Incomplete(f"The list changed while it was read: its pages announce {_listed(totals)} items.")
    if totals and received not in totals:
        raise Incomplete(f"The answer announces {_listed(totals)} items, and {received} came.")


def _listed(totals: set[int]) -> str:
    return " and ".join(map(str, sorted(totals)))


def until_nothing_new(
    request: Request,
    items_of: Callable[[Document], Iterable[Hashable]],
    parameter: str = "page",
    by_items: bool = False,
) -> Pages:
    """For answers that do not say how many there are: `?page=1`, `2`, … until a page has no new item. With `by_items` the
    parameter is an offset, on by the items received.

    A page that only repeats others is the end, unless the next one has others only: then it was given in the place of one.
    """
    seen: set[Hashable] = set()
    number, is_repeated = 1, False
    while True:
        at = len(seen) + is_repeated if by_items else number
        document = yield replace(request, params={**request.params, parameter: at})
        items = set(items_of(document))
        if is_repeated and items and items.isdisjoint(seen):
            raise Unreadable(
                f"Page {number - 1} has nothing that the pages before it had not, and page {number} has more."
            )
        if not items or (is_repeated and items <= seen):
            return
        is_repeated = items <= seen
        seen |= items
        number += 1


def by_offset(
    ask: Callable[[int], Request],
    rows_of: Callable[[Document], tuple[Sequence[Any], int | None]],
    page_size: int | None = None,
    are_unique: bool = False,
) -> Pages:
    """By offset: on by the rows received until the announced total is reached, or (with `page_size`) until a page is not
    full. Where both are known, several pages are asked for at once, as long as each has as many rows as it should. `rows_of`
    gives what identifies the rows of a page, and the total or None; `are_unique`: none may stand in the list twice. Raises
    Incomplete where the rows do not come to the total, or where the list changes between two pages: then a row may have
    moved from one to the other, and be in both or in none."""
    offset, total, is_last, is_exact = 0, None, False, True
    seen: set[str] = set()
    names: set[Hashable] = set()
    while not is_last:
        documents = yield from _together(
            [ask(start) for start in _next_offsets(offset, total, page_size if is_exact else None)]
        )
        for document in documents:
            rows, announced = rows_of(document)
            if offset and announced != total:
                raise Incomplete(f"The list changed while it was read: {total} rows were announced, then {announced}.")
            total = announced
            if rows and is_last:
                raise Incomplete(f"The page before {offset} is not full, and rows come after it.")
            if (mark := _mark(rows)) in seen:
                raise Unreadable(f"The page at {offset} repeats one before it.")
            if len(documents) > 1 and page_size is not None and len(rows) > page_size:
                raise Unreadable(f"The page at {offset} has {len(rows)} rows where {page_size} were asked for.")
            if are_unique:
                _name_once(names, rows, offset)
            seen |= {mark} if rows else set()
            offset, is_exact = offset + len(rows), is_exact and len(rows) == page_size
            full = bool(rows) if page_size is None else len(rows) >= page_size
            is_last = not full or (page_size is None and total is not None and offset >= total)
    if total is not None and offset != total:
        raise Incomplete(f"The answer announces {total} rows, and {offset} came.")


def _name_once(names: set[Hashable], rows: Sequence[Hashable], offset: int) -> None:
    """Adds the rows of a page to the names of the pages before it. Raises Incomplete where one is there already."""
    if not names.isdisjoint(rows):
        raise Incomplete(f"The list moved while it was read: the page at {offset} has items of those before it.")
    if len(set(rows)) < len(rows):
        raise Incomplete(f"The page at {offset} has an item twice.")
    names.update(rows)


def _mark(rows: Sequence[Any]) -> str:
    """What tells a page from all others, without going through its rows: how many, the first, the middle and the last."""
    return repr((len(rows), rows[0], rows[len(rows) // 2], rows[-1])) if rows else ""


def _next_offsets(offset: int, total: int | None, page_size: int | None) -> list[int]:
    """The offsets to ask for next."""
    if total is None or page_size is None or offset >= total:
        return [offset]
    return list(range(offset, total, page_size))[:AT_ONCE]


def _together(requests: list[Request]) -> Generator[Request | list[Request], Any, list[Document]]:
    """The documents of all; a single one is asked for as such."""
    return [(yield requests[0])] if len(requests) == 1 else (yield requests)
