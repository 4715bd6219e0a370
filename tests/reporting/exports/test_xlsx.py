"""Cells of every kind, the edges of a sheet, a disk that is full, and the memory of a million rows."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from reporting.exports import ExportFailed, xlsx
from reporting.exports.document import ExportColumn, Kind
from reporting.metrics import METRICS
from tests.reporting.exports.pure import document, figure

TITLE = ExportColumn("title", "Title")
PERIOD = ExportColumn("period", "Week", Kind.PERIOD)


def book_of(columns: list[ExportColumn], rows: list[dict[str, Any]]) -> Workbook:
    return load_workbook(BytesIO(b"".join(xlsx.write(document(columns, rows)))))


def test_it_works() -> None:
    sheet = book_of([TITLE, figure("plays")], [{"title": "The final", "plays": Decimal(1204)}])["Report"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["Title", "Plays"], ["The final", 1204]]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B2")
    assert sheet.column_dimensions["A"].width >= len("The final")


@pytest.mark.parametrize(
    ("metric", "value", "shown", "format"),
    [
        ("plays", "1204", 1204, "#,##0"),
        ("plays", "-3", -3, "#,##0"),
        ("watch_time", "3661", timedelta(hours=1, minutes=1, seconds=1), "[h]:mm:ss"),
        ("watch_time", "90000", timedelta(hours=25), "[h]:mm:ss"),
        ("watch_time", "0.5", timedelta(seconds=0.5), "[h]:mm:ss.0"),
        ("watch_time", "-43200", -0.5, '#,##0.000000" days"'),
        ("cost", "23.564220929056", 23.564220929056, "#,##0.00##########"),
        ("billed_share", "0.25", 0.25, "0.0%"),
    ],
)
def test_figures(metric: str, value: str, shown: object, format: str) -> None:
    cell = book_of([figure(metric)], [{metric: Decimal(value)}])["Report"]["A2"]
    assert (cell.value, cell.number_format) == (shown, format)


def test_bytes_stay_bytes() -> None:
    cell = book_of([figure("data_transfer")], [{"data_transfer": Decimal(1_500_000_001)}])["Report"]["A2"]
    assert cell.value == 1_500_000_001
    assert '" GB"' in cell.number_format


def test_unknown_is_no_cell_and_nought_is_one() -> None:
    sheet = book_of([TITLE, figure("plays")], [{"title": "a", "plays": None}, {"title": "b", "plays": Decimal(0)}])[
        "Report"
    ]
    assert (sheet["B2"].value, sheet["B3"].value) == (None, 0)


@pytest.mark.parametrize(
    ("period", "shown", "format"),
    [
        ("2026-W05", datetime(2026, 1, 26), "yyyy-mm-dd"),
        ("2026-01", datetime(2026, 1, 1), "mmm yyyy"),
        ("2026-01-31", datetime(2026, 1, 31), "yyyy-mm-dd"),
        ("2026-01-31T14", datetime(2026, 1, 31, 14), "yyyy-mm-dd hh:mm"),
        ("2026-01-31T14:35", datetime(2026, 1, 31, 14, 35), "yyyy-mm-dd hh:mm"),
        ("All others", "All others", "General"),
    ],
)
def test_periods_are_dates(period: str, shown: object, format: str) -> None:
    sheet = book_of([PERIOD], [{"period": period}])["Report"]
    assert sheet["A1"].value == "Week from"
    assert (sheet["A2"].value, sheet["A2"].number_format) == (shown, format)


def test_moments_keep_the_clock_of_their_place() -> None:
    moment = datetime(2026, 1, 1, 20, tzinfo=UTC)
    sheet = book_of([ExportColumn("at", "At", Kind.MOMENT)], [{"at": moment}])["Report"]
    assert sheet["A2"].value == datetime(2026, 1, 1, 20)


def test_more_digits_than_a_number_has_stand_beside_the_row() -> None:
    """Excel keeps 15 digits; what it can't hold must not change in silence."""
    long, short = Decimal("1234567890123456.789012"), Decimal("123456789.012345")
    sheet = book_of([TITLE, figure("cost")], [{"title": "a", "cost": long}, {"title": "b", "cost": short}])["Report"]
    assert sheet["B2"].value == pytest.approx(1234567890123456.8)
    assert sheet["C2"].value == "Cost: 1234567890123456.789012"
    assert (sheet["B3"].value, sheet["C3"].value) == (123456789.012345, None)
    assert sheet["C1"].value == "Exact digits"


@pytest.mark.parametrize("metric", ["plays", "watch_time", "data_transfer", "cost"])
@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 10**30 + 7])
def test_integers_that_a_number_can_not_hold_are_text(metric: str, value: int) -> None:
    cell = book_of([figure(metric)], [{metric: Decimal(value)}])["Report"]["A2"]
    assert (cell.data_type, cell.value) == ("s", str(value))


def test_the_last_integers_that_are_exact_are_numbers() -> None:
    for value in (2**53, -(2**53), 2**53 - 1):
        cell = book_of([figure("plays")], [{"plays": Decimal(value)}])["Report"]["A2"]
        assert (cell.data_type, cell.value) == ("n", value)


def test_no_two_columns_have_one_name() -> None:
    """Excel tells columns apart by their names, whatever their case."""
    columns = [
        ExportColumn("customer", "Customer"),
        ExportColumn("customer_name", "customer"),
        figure("plays"),
        ExportColumn("cost.EUR", "Cost · Edge", Kind.FIGURE, METRICS["cost"], "EUR"),
        ExportColumn("cost.USD", "Cost · Edge", Kind.FIGURE, METRICS["cost"], "USD"),
        ExportColumn("exact", "Exact digits"),
    ]
    sheet = book_of(columns, [])["Report"]
    assert [cell.value for cell in sheet[1]] == [
        "Customer (customer)",
        "customer (customer_name)",
        "Plays",
        "Cost · Edge, EUR",
        "Cost · Edge, USD",
        "Exact digits (exact)",
        "Exact digits (exact_digits)",
    ]


def test_text_that_looks_like_the_writers_own_markup_is_text() -> None:
    for words in ("<r><t>raw</t></r>", "<r></c><evil/></r>"):
        assert book_of([TITLE], [{"title": words}])["Report"]["A2"].value == f"{words} "


def test_what_xml_can_not_write_is_replaced() -> None:
    sheet = book_of([TITLE], [{"title": "a\x00b\ud800c\uffffd\te"}])["Report"]
    assert sheet["A2"].value == "a�b�c�d\te"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A/B: [c]*?\\", "AB c"),
        ("x" * 40, "x" * 31),
        ("'quoted'", "quoted"),
        ("[]", "Sheet"),
    ],
)
def test_names_of_sheets(title: str, name: str) -> None:
    assert xlsx.sheet_name(title) == name
    assert len(xlsx.sheet_name(title, 1)) <= 31
    assert xlsx.sheet_name(title, 1).endswith(" (2)")


def test_more_rows_than_a_sheet_has_go_on_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS_OF_A_SHEET", 4)
    rows = [{"plays": Decimal(number)} for number in range(7)]
    book = book_of([figure("plays")], rows)
    others = ["Notes", "Data status", "Definitions"]
    assert book.sheetnames == ["Summary", "Report", "Report (2)", "Report (3)", *others]
    found = [[cell.value for cell in book[name]["A"]] for name in book.sheetnames[1:4]]
    assert found == [["Plays", 0, 1, 2], ["Plays", 3, 4, 5], ["Plays", 6]]
    full = book_of([figure("plays")], rows[:6])
    assert full.sheetnames == ["Summary", "Report", "Report (2)", *others]


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def exports(settings: Any, tmp_path: Path) -> Path:
    """The folder in which files are made, for this test alone."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


def test_an_error_in_the_rows_leaves_nothing_behind(exports: Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"plays": Decimal(1)}
        raise LookupError("the database went away")

    with pytest.raises(LookupError):
        xlsx.write(document([figure("plays")], rows()))
    assert list(exports.iterdir()) == []


def test_a_file_that_is_being_read_has_no_name_any_more(exports: Path) -> None:
    pieces = xlsx.write(document([figure("plays")], [{"plays": Decimal(1)}]))
    assert list(exports.iterdir()) == []
    content = b"".join(pieces)
    assert pieces.size == len(content) > 5000
    pieces.close()


CHILD = """
import resource, sys
from decimal import Decimal
import django
django.setup()
from reporting.exports import ExportFailed, xlsx
from tests.reporting.exports.pure import ExportColumn, document, figure

def rows(count):
    for number in range(count):
        yield {"title": f"Title of asset {number}", "plays": Decimal(number), "cost": Decimal(number) / 7}

def write(count):
    return xlsx.write(document([ExportColumn("title", "Title"), figure("plays"), figure("cost")], rows(count)))
"""


def child(script: str, folder: Path) -> str:
    """What a process of its own prints, with its own VAR_DIR."""
    import os

    environment = os.environ | {"VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "reporting.settings"}
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-c", CHILD + script], cwd=root, env=environment, capture_output=True, text=True, timeout=200
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """In megabytes. `ru_maxrss` would begin with this process's own: it survives fork and exec."""
    script = """
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
write(2_000).close()
before = peak()
write(40_000).close()
print(before, peak())
"""
    before, after = map(int, child(script, tmp_path).split())
    assert after - before < 15, "the rows are kept in memory"
    assert after < 200


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the same error at the same place."""
    script = """
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    write(100_000)
except ExportFailed as error:
    print(error)
"""
    said = child(script, tmp_path)
    assert "File too large" in said
    assert "Make room there" in said
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_folder_that_can_not_be_written(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.VAR_DIR = tmp_path / "file"
    with pytest.raises(ExportFailed, match="The file can't be made in"):
        xlsx.write(document([figure("plays")], []))
