"""Odd content in a whole answer: each takes a good answer's document and changes it; part of `kinds.py`, whose words for
what may be expected stand here as text."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from tests.support.odd.forms import Document, Form, Place, Raw
from tests.support.odd.replies import Reply

Change = Callable[[Document, Reply], bool | None]  # False: this answer can't be so


def changed(change: Change) -> Callable[[Reply, Form], Reply | None]:
    def make(reply: Reply, form: Form) -> Reply | None:
        document = Document(form, reply.body)
        if change(document, reply) is False:
            return None
        body = document.bytes()
        return None if body == Document(form, reply.body).bytes() else reply.saying(body)

    return make


def every(part: str, value: Any, *, first: bool = False) -> Change:
    """A value in the place of each figure, date or name; or of the first of them. A function makes it of the old one."""

    def change(document: Document, reply: Reply) -> bool:
        form = document.form
        found = document.figures() if part == "numbers" else document.places(*getattr(form, part))
        for place in found[:1] if first else found:
            place.put(value(place.value) if callable(value) else value)
        return bool(found)

    return change


def figures(value: Any) -> Change:
    """All figures are the same; numbers that are no figures of a day stay."""
    return lambda document, reply: document.form.has_sums and bool(every("numbers", value)(document, reply))


def count(by: int) -> Change:
    def change(document: Document, reply: Reply) -> bool:
        place = document.one(document.form.count)
        if place is None or int(place.value) + by < 0:
            return False
        place.put(int(place.value) + by)
        return True

    return change


def page(number: Any) -> Change:
    return lambda document, reply: _put(document.one(document.form.page), number)


def _put(place: Place | None, value: Any) -> bool:
    if place is not None:
        place.put(value)
    return place is not None


def rows(change_rows: Callable[[list[Any]], Any], adapt: bool = False) -> Change:
    """Other rows; `adapt`: the count says how many they are."""

    def change(document: Document, reply: Reply) -> bool:
        before = document.rows()
        if not before:
            return False
        after = change_rows(before)
        document.put_rows(after)
        place = document.one(document.form.count)
        if adapt and place is not None:
            place.put(len(after))
        return True

    return change


def doubled(adapt: bool) -> Change:
    def change(document: Document, reply: Reply) -> bool:
        if document.form.may_repeat and (adapt or not document.form.count):
            return False
        return bool(rows(lambda old: [*old, *deepcopy(old)], adapt)(document, reply))

    return change


def no_rows(document: Document, reply: Reply) -> bool:
    return bool(document.form.count) and bool(rows(lambda old: [])(document, reply))


def holes(old: list[Any]) -> dict[str, Any]:
    """As PHP writes a list from which something was taken out."""
    return {str(2 * number): row for number, row in enumerate(old)}


def in_json(make: Callable[[list[Any]], Any]) -> Change:
    return lambda document, reply: document.form.kind == "json" and bool(rows(make)(document, reply))


def beside(name: str, value: Any) -> Change:
    """One member more; beside a bare list in a map around it."""

    def change(document: Document, reply: Reply) -> bool:
        if document.form.kind == "xml":
            document.root.append(element(name, value))
        elif isinstance(document.root, list):
            document.root = {"items": document.root, name: value}
        else:
            document.root[name] = value
        return True

    return change


def element(name: str, value: Any) -> Any:
    made = etree.Element(name)
    made.text = str(value)
    return made


def unknown(value: Any) -> Change:
    """A field that no page documents, in the answer and in each row."""

    def change(document: Document, reply: Reply) -> bool:
        if document.form.kind == "xml":
            for place in (document.root, *document.rows()):
                place.append(element("Later", value if isinstance(value, str) and value.isprintable() else "later"))
            return True
        for place in (document.root, *document.rows()):
            if isinstance(place, dict) and document.form.rows != ".":
                place["later"] = value
        return True

    return change


def status(word: Any) -> Change:
    """The word for success is another."""

    def change(document: Document, reply: Reply) -> bool:
        if document.form.kind == "xml":
            found = document.root.find("Status")
            if found is None:
                return beside("Status", word)(document, reply) if document.root.tag == "Response" else False
            found.text = str(word)
            return True
        if isinstance(document.root, list):
            return bool(beside("status", word)(document, reply))
        names = [name for name in ("status", "Status") if name in document.root]
        document.root[names[0] if names else "code"] = word
        return True

    return change


def root(change_root: Callable[[Any], Any], kind: str) -> Change:
    def change(document: Document, reply: Reply) -> bool:
        if document.form.kind != kind:
            return False
        document.root = change_root(document.root)
        return True

    return change


def renamed(tag: str) -> Callable[[Any], Any]:
    def rename(old: Any) -> Any:
        old.tag = tag
        return old

    return rename


def other_namespace(old: Any) -> Any:
    text = etree.tostring(old).replace(b"http://api.callfire.com/", b"http://api.callfire.example/")
    return etree.fromstring(text)


def two_pages(moved: int = 0, repeats: bool = False) -> Change:
    """The rows in two pages, which announce as many; on the second `moved` more. Or the first page for ever."""

    def change(document: Document, reply: Reply) -> bool:
        form = document.form
        document.root = Document(form, reply.first_body).root
        all_rows, total = document.rows(), document.one(form.count)
        if total is None or not (form.pages or form.offset) or len(all_rows) < 2:
            return False
        half = len(all_rows) // 2
        asked = reply.query.get("page", "1") != "1" if form.pages else int(reply.query.get(form.offset) or 0) > 0
        announced = 2 * half if repeats else len(all_rows) + (moved if asked else 0)
        document.put_rows(all_rows[:half] if repeats or not asked else all_rows[half:])
        total.put(announced)
        _put(document.one(form.pages), 2)
        _put(document.one(form.page), 2 if asked else 1)
        return True

    return change


def odd_name(name: Any) -> Change:
    """One row more, which is a copy of the last but for its name and date."""

    def change(document: Document, reply: Reply) -> bool:
        form = document.form
        if not form.names or form.kind == "xml":
            return False
        added = rows(lambda old: [*old, deepcopy(old[-1])], adapt=True)(document, reply)
        if added:
            last = document.rows()[-1]
            last[form.names[0].rpartition(".")[2]] = name
            if "Code" in last:
                last["Code"] = f"{last['Code']}x"
        return bool(added)

    return change


def _dates(value: Any) -> Change:
    return every("dates", value)


def _another_year(text: str) -> str:
    return text.replace(next(year for year in _years() if year in text), "2018")


def _years() -> Iterator[str]:
    yield from (str(year) for year in range(2020, 2040))


def _other_format(text: str) -> str:
    """Days first where the year was, and the other way round."""
    day, *clock = text.split(" ")
    sign = next(sign for sign in "./-" if sign in day)
    return " ".join(["|".join(reversed(day.split(sign))), *clock])


LONG = "x" * 1_500
CHANGES: dict[str, tuple[str, Change]] = {
    "zeroed": ("nothing", figures(0)),
    "figures null": ("nothing", figures(None)),
    "figure endless": ("refused", every("numbers", Raw("1e999999999"), first=True)),
    "figure of a thousand digits": ("refused", every("numbers", Raw("9" * 1_000), first=True)),
    "figure negative": ("refused", every("numbers", lambda old: Raw("-5"), first=True)),
    "figure a word": ("refused", every("numbers", "N/A", first=True)),
    "figure with commas": ("refused", every("numbers", "1,234", first=True)),
    "figure true": ("refused", every("numbers", True, first=True)),
    "figure NaN": ("refused", every("numbers", Raw("NaN"), first=True)),
    "figure Infinity": ("refused", every("numbers", Raw("Infinity"), first=True)),
    "figure a list": ("refused", every("numbers", [1], first=True)),
    "figure hexadecimal": ("refused", every("numbers", "0x1F", first=True)),
    "figure in other digits": ("refused", every("numbers", "\u0664\u0665x", first=True)),
    "figures as text": ("same", every("numbers", lambda old: old.text if isinstance(old, Raw) else str(old))),
    "dates of another year": ("nothing", _dates(_another_year)),
    "dates in another form": ("refused", _dates(_other_format)),
    "dates of nothing": ("refused", _dates("0000-00-00")),
    "dates null": ("refused", _dates(None)),
    "dates a number": ("refused", _dates(Raw("17"))),
    "count bigger": ("refused", count(+1)),
    "count smaller": ("refused", count(-1)),
    "count a word": ("refused", lambda document, reply: _put(document.one(document.form.count), "many")),
    "count negative": ("refused", lambda document, reply: _put(document.one(document.form.count), -1)),
    "count, but no rows": ("refused", no_rows),
    "page wrong": ("refused", page(7)),
    "page zero": ("refused", page(0)),
    "page a word": ("refused", page("first")),
    "in two pages": ("same", two_pages()),
    "total changes between pages": ("refused", two_pages(moved=1)),
    "page repeated": ("refused", two_pages(repeats=True)),
    "rows doubled": ("refused", doubled(adapt=False)),
    "rows doubled, and counted": ("refused", doubled(adapt=True)),
    "list with holes": ("same", in_json(holes)),
    "false for the list": ("nothing", in_json(lambda old: False)),
    "text for the list": ("refused", in_json(lambda old: "none")),
    "rows null": ("refused", in_json(lambda old: [None for _ in old])),
    "rows of lists": ("refused", in_json(lambda old: [[1] for _ in old])),
    "error beside": ("refused", beside("error", "Internal error")),
    "errors beside": ("refused", beside("errors", "timeout")),
    "Error beside": ("refused", beside("Error", "Internal error")),
    "status error": ("refused", status("error")),
    "status a number": ("refused", status(500)),
    "status False": ("refused", status(False)),
    "another's id": ("same", unknown("OTHER-ASSET")),
    "unknown fields": ("same", unknown({"a": [1, None]})),
    "unknown NUL": ("same", unknown("a\0b")),
    "unknown surrogate": ("same", unknown("\ud800")),
    "root of another name": ("refused", root(renamed("Result"), "xml")),
    "another namespace": (
        "refused",
        lambda document, reply: b"callfire" in reply.body and root(other_namespace, "xml")(document, reply),
    ),
    "wrapped": ("refused", root(lambda old: {"data": {"answer": old}}, "json")),
    "in a list": ("refused", root(lambda old: [old], "json")),
    "name endless": ("beside", odd_name(LONG)),
    "name NUL": ("beside", odd_name("a\0b")),
    "name surrogate": ("beside", odd_name("a\ud83d")),
    "name controls": ("beside", odd_name("a\x1b[31m\x07\u202e")),
    "name a number": ("beside", odd_name(20240101)),
    "title false": (
        "beside",
        lambda document, reply: not document.form.has_figures and odd_name(False)(document, reply),
    ),
    "row without a name": (
        "refused",
        lambda document, reply: document.form.has_figures and odd_name(False)(document, reply),
    ),
}
