"""Paging: the loops end, ask for what they should, and notice pages that come twice, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from providers.toolkit.errors import Incomplete, Unreadable
from providers.toolkit.pagination import by_offset, numbered, until_nothing_new
from providers.toolkit.requests import Pages, Request
from tests.support.contract import steps

ROWS = [f"row {number}" for number in range(7)]


def drive(pages: Pages, answer: Callable[[Request], Any], most: int = 40) -> list[dict[str, Any]]:
    """The parameters of all requests."""
    return [params for together in rounds(pages, answer, most) for params in together]


def rounds(pages: Pages, answer: Callable[[Request], Any], most: int = 40) -> list[list[dict[str, Any]]]:
    """The same, those apart that were asked for together."""
    asked: list[list[dict[str, Any]]] = []
    for together in steps(pages, answer):
        asked.append([dict(request.params) for request in together])
        assert sum(map(len, asked)) <= most, "it does not end"
    return asked


def test_it_works() -> None:
    pages = numbered(Request("/stats", params={"group": "day"}), lambda d: (d["page"], 3), lambda d: [d["page"]])
    asked = drive(pages, lambda request: {"page": request.params["page"]})
    assert asked == [{"group": "day", "page": n} for n in (1, 2, 3)]


def numbered_pages() -> Pages:
    return numbered(Request("/"), lambda d: (d["page"], d["count"]), lambda d: d["items"])


@pytest.mark.parametrize("count", [0, 1])
def test_one_page_is_enough(count: int) -> None:
    assert drive(numbered_pages(), lambda _: {"page": 1, "count": count, "items": []}) == [{"page": 1}]


def test_another_page_than_asked_for_is_an_error() -> None:
    with pytest.raises(Unreadable, match="Page 2 was asked for, and page 1 came"):
        drive(numbered_pages(), lambda _: {"page": 1, "count": 3, "items": ["a"]})


@pytest.mark.parametrize("items", [["a"], []])
def test_a_page_without_anything_new_is_an_error(items: list[str]) -> None:
    with pytest.raises(Unreadable, match="Page 2 of 3 has nothing"):
        drive(numbered_pages(), lambda request: {"page": request.params["page"], "count": 3, "items": items})


def test_until_nothing_new_comes() -> None:
    def answer(request: Request) -> list[str]:
        place = request.params["page"] - 1
        return ROWS[place * 3 : place * 3 + 3]

    assert drive(until_nothing_new(Request("/"), list), answer) == [{"page": n} for n in (1, 2, 3, 4)]


def test_the_same_page_for_ever_ends() -> None:
    assert len(drive(until_nothing_new(Request("/"), list), lambda _: ROWS)) == 3


@pytest.mark.parametrize("by_items", [False, True])
def test_a_page_in_the_place_of_another_is_an_error(by_items: bool) -> None:
    asked = 0

    def answer(request: Request) -> list[str]:
        nonlocal asked
        asked += 1
        place = request.params["at"] if by_items else (request.params["at"] - 1) * 3
        return ROWS[:3] if asked == 2 else ROWS[place : place + 3]

    with pytest.raises(Unreadable, match=r"Page 2 has nothing .* and page 3 has more"):
        drive(until_nothing_new(Request("/"), list, "at", by_items), answer)


@pytest.mark.parametrize("by_items", [False, True])
def test_an_item_that_stands_in_two_places_is_no_error(by_items: bool) -> None:
    rows = ["a", "b", "c", "b"]

    def answer(request: Request) -> list[str]:
        place = request.params["at"] if by_items else (request.params["at"] - 1) * 3
        return rows[place : place + 3]

    assert len(drive(until_nothing_new(Request("/"), list, "at", by_items), answer)) == 3


def test_a_list_that_grows_where_pages_are_not_known_is_read_on() -> None:
    grown = iter([ROWS[:3], ROWS[:3], ROWS[:4], ROWS[:4], ROWS[:4]])
    assert len(drive(until_nothing_new(Request("/"), list), lambda _: next(grown))) == 5


def test_on_by_the_items_received() -> None:
    pages = until_nothing_new(Request("/"), list, "offset", by_items=True)
    asked = drive(pages, lambda request: ROWS[request.params["offset"] : request.params["offset"] + 3])
    assert asked == [{"offset": n} for n in (0, 3, 6, 7)]


def offsets(total: int | None, page_size: int | None = None) -> Pages:
    return by_offset(lambda offset: Request("/", params={"at": offset}), lambda rows: (rows, total), page_size)


def slices(size: int) -> Callable[[Request], list[str]]:
    return lambda request: ROWS[request.params["at"] : request.params["at"] + size]


def places(asked: list[dict[str, Any]]) -> list[int]:
    return [params["at"] for params in asked]


def test_on_by_the_rows_received_until_the_total() -> None:
    assert places(drive(offsets(7), slices(3))) == [0, 3, 6]
    assert places(drive(offsets(0), lambda request: [])) == [0]


def test_without_a_total_until_an_empty_page() -> None:
    assert places(drive(offsets(None), slices(3))) == [0, 3, 6, 7]


def test_until_a_page_is_not_full() -> None:
    assert places(drive(offsets(7, page_size=3), slices(3))) == [0, 3, 6]
    assert places(drive(offsets(7, page_size=7), slices(7))) == [0, 7]
    assert places(drive(offsets(None, page_size=8), slices(8))) == [0]


@pytest.mark.parametrize(("total", "came"), [(0, 3), (2, 3), (5, 6)])
def test_more_rows_than_announced_are_no_answer(total: int, came: int) -> None:
    with pytest.raises(Incomplete, match=f"announces {total} rows, and {came} came"):
        drive(offsets(total), slices(3))


def test_an_item_of_two_pages_has_moved() -> None:
    pages = by_offset(lambda at: Request("/", params={"at": at}), lambda rows: (rows, 4), are_unique=True)
    with pytest.raises(Incomplete, match="the page at 2 has items of those before it"):
        drive(pages, lambda request: ["a", "b"] if request.params["at"] == 0 else ["b", "c"])


def test_an_item_twice_on_one_page_is_no_answer() -> None:
    pages = by_offset(lambda at: Request("/", params={"at": at}), lambda rows: (rows, 2), are_unique=True)
    with pytest.raises(Incomplete, match="page at 0 has an item twice"):
        drive(pages, lambda request: ["a", "a"])


@pytest.mark.parametrize("page_size", [None, 3])
def test_fewer_rows_than_announced_are_incomplete(page_size: int | None) -> None:
    with pytest.raises(Incomplete, match="announces 9 rows, and 7 came"):
        drive(offsets(9, page_size), slices(3))


@pytest.mark.parametrize("page_size", [None, 3])
def test_a_repeated_page_is_an_error(page_size: int | None) -> None:
    with pytest.raises(Unreadable, match="repeats one before it"):
        drive(offsets(9, page_size), lambda _: ROWS[:3])


def test_a_first_page_that_comes_again_later_is_an_error() -> None:
    def answer(request: Request) -> list[str]:
        return slices(2)(request) if request.params["at"] < 4 else ROWS[:2]

    with pytest.raises(Unreadable, match="The page at 4 repeats one before it"):
        drive(offsets(7, page_size=2), answer)


def test_a_server_that_gives_less_than_asked_is_incomplete_not_done() -> None:
    with pytest.raises(Incomplete):
        drive(offsets(7, page_size=5), slices(3))


def test_pages_of_a_known_total_are_asked_for_together() -> None:
    rows = [f"row {number}" for number in range(90)]
    pages = by_offset(lambda offset: Request("/", params={"at": offset}), lambda found: (found, 90), 4)
    together = rounds(pages, lambda request: rows[request.params["at"] : request.params["at"] + 4])
    assert [places(asked) for asked in together] == [[0], list(range(4, 68, 4)), list(range(68, 90, 4))]


def test_a_page_in_between_that_is_not_full_is_incomplete() -> None:
    def short(request: Request) -> list[str]:
        at = request.params["at"]
        return ROWS[at : at + (1 if at == 2 else 2)]

    with pytest.raises(Incomplete, match="not full, and rows come after it"):
        drive(offsets(7, page_size=2), short)


@pytest.mark.parametrize("totals", [[7, 7, 5, 5], [6, 7], [7, None]])
def test_a_total_that_changes_between_pages_is_an_incomplete_reading(totals: list[int | None]) -> None:
    """A row may have moved from one page to the other meanwhile, and be in both, or in none."""
    left = iter(totals)
    pages = by_offset(lambda offset: Request("/", params={"at": offset}), lambda rows: (rows, next(left)), 2)
    with pytest.raises(Incomplete, match="The list changed while it was read"):
        drive(pages, lambda request: ROWS[request.params["at"] : request.params["at"] + 2])


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ([(5, [])], "announces 5 items, and 0 came"),
        ([(3, ["a", "b"]), (3, ["c", "d"])], "announces 3 items, and 4 came"),
        ([(4, ["a", "b"]), (3, ["c"])], "announce 3 and 4 items"),
        ([(4, ["a", "b"]), (4, ["b", "c"])], "page 2 has items of the pages before it"),
    ],
)
def test_numbered_pages_that_do_not_come_to_their_total(pages: list[tuple[int, list[str]]], says: str) -> None:
    asked = numbered(Request("/"), lambda d: (d["page"], len(pages)), lambda d: d["items"], lambda d: d["total"])

    def answer(request: Request) -> dict[str, Any]:
        total, items = pages[request.params["page"] - 1]
        return {"page": request.params["page"], "total": total, "items": items}

    with pytest.raises(Incomplete, match=says):
        drive(asked, answer)


def test_a_server_that_gives_more_than_asked_is_followed_row_by_row() -> None:
    rows = [f"row {number}" for number in range(50)]
    pages = by_offset(lambda offset: Request("/", params={"at": offset}), lambda found: (found, 50), 10)
    asked = places(drive(pages, lambda request: rows[request.params["at"] : request.params["at"] + 15]))
    assert asked == [0, 15, 30, 45]


def test_more_rows_than_asked_for_among_several_pages_are_an_error() -> None:
    """Their offsets are fixed: what is too many comes again with the next."""
    rows = [f"row {number}" for number in range(50)]
    pages = by_offset(lambda offset: Request("/", params={"at": offset}), lambda found: (found, 50), 10)
    with pytest.raises(Unreadable, match="has 15 rows where 10 were asked for"):
        drive(pages, lambda request: rows[(at := request.params["at"]) : at + (15 if at else 10)])
