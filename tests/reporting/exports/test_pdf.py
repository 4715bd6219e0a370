"""What paper adds: pages that speak for themselves, an end to long tables, letters of many scripts, no file but its own."""

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from reporting.exports import pdf
from reporting.exports.document import Chart, Document, ExportColumn, Kind
from reporting.exports.pdf_tables import sections
from reporting.metrics import METRICS, Family
from reporting.reports.charts import spec
from reporting.reports.formatting import period
from tests.reporting.exports.pure import document, figure

TITLE = ExportColumn("title", "Title")


@pytest.fixture
def fresh_fonts() -> Iterator[None]:
    pdf.fonts.cache_clear()
    yield
    pdf.fonts.cache_clear()


def read(made: Document) -> PdfReader:
    return PdfReader(BytesIO(b"".join(pdf.write(made))))


def text_of(made: Document) -> str:
    return "\n".join(page.extract_text() for page in read(made).pages)


def test_it_works() -> None:
    text = text_of(document([TITLE, figure("plays")], [{"title": "The final", "plays": Decimal(1204)}]))
    for words in (
        "Alice Sports",
        "1 Jan 2026 to 31 Jan 2026",
        "Created 1 Feb 2026, 06:30 (Europe/Madrid)",
        "The final",
    ):
        assert words in text
    assert "1,204" in text
    assert "How often a video was started." in text


def test_each_page_says_what_it_is_about() -> None:
    rows = [{"title": f"Film {number}", "plays": Decimal(number)} for number in range(150)]
    pages = read(document([TITLE, figure("plays")], rows, customer="Norte", asked=[("Country", "JP")])).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"page {number} of {len(pages)}" in text
        assert "Country: JP" in text
        assert "Norte" in text


def test_a_long_table_ends_and_says_so() -> None:
    rows = ({"title": f"Film {number}", "plays": Decimal(number)} for number in range(4521))
    text = text_of(document([TITLE, figure("plays")], rows))
    assert "Film 199" in text
    assert "Film 200" not in text
    assert "… and 4,321 more rows; the XLSX has all." in text


def test_each_family_is_a_table_of_its_own_figures() -> None:
    """Without the columns and rows that have none in it."""
    names = ["plays", "sessions", "devices", "attempts", "requests", "cost"]
    film = {"title": "The film", "plays": Decimal(3), "requests": Decimal(4), "cost": Decimal(5), "currency": "EUR"}
    call = {"title": "The call", "attempts": Decimal(6), "sessions": None}
    made = document([TITLE, *map(figure, names)], [dict.fromkeys(names) | film, dict.fromkeys(names) | call])
    found = {one["title"]: one for one in sections(made.main)}
    assert {title: ([column["label"] for column in one["columns"]], one["rows"]) for title, one in found.items()} == {
        "Audience": (["Title", "Plays"], [["The film", "3"]]),
        "Delivery": (["Title", "Player requests"], [["The film", "4"]]),
        "Calls": (["Title", "Attempts"], [["The call", "6"]]),
        "Cost": (["Title", "Cost"], [["The film", "5.00\u00a0EUR"]]),
    }
    text = text_of(made)
    assert text.index("Audience") < text.index("Delivery") < text.index("Calls") < text.index("Cost")


def test_a_family_that_is_wider_than_paper_goes_on() -> None:
    names = [metric.name for metric in METRICS.values() if metric.family is Family.AUDIENCE]
    row = {"title": "The final"} | {name: Decimal(number) for number, name in enumerate(names)}
    found = list(sections(document([TITLE, *map(figure, names)], [row]).main))
    assert [one["title"] for one in found] == ["Audience", "Audience, continued"]
    labels = [column["label"] for one in found for column in one["columns"] if column["is_figure"]]
    assert labels == [METRICS[name].label for name in names]


def test_a_series_keeps_its_gaps() -> None:
    columns = [ExportColumn("period", "Day", Kind.PERIOD), figure("plays")]
    rows = [{"period": f"2026-01-0{day}", "plays": Decimal(3) if day == 2 else None} for day in (1, 2, 3)]
    (only,) = sections(document(columns, rows).main)
    assert only["rows"] == [["Thu 1 Jan 2026", "—"], ["Fri 2 Jan 2026", "3"], ["Sat 3 Jan 2026", "—"]]


def test_an_external_id_stands_where_there_is_no_title() -> None:
    columns = [ExportColumn("asset", "Asset"), ExportColumn("asset_title", "Title"), figure("plays")]
    named = [("v1", "The final"), ("v2", ""), ("v3", None)]
    rows = [{"asset": id, "asset_title": title, "plays": Decimal(1)} for id, title in named]
    (only,) = sections(document(columns, rows).main)
    assert only["rows"] == [["The final", "1"], ["v2", "1"], ["v3", "1"]]


def test_ids_stand_beside_titles_that_two_assets_have() -> None:
    columns = [ExportColumn("asset", "Asset"), ExportColumn("asset_title", "Title"), figure("plays")]
    rows = [{"asset": id, "asset_title": "The final", "plays": Decimal(1)} for id in ("v1", "v2")]
    (only,) = sections(document(columns, rows).main)
    assert only["rows"] == [["v1", "The final", "1"], ["v2", "The final", "1"]]


def test_kinds_stand_where_there_are_several() -> None:
    """A playlist of films is beside them, and none of them."""
    columns = [ExportColumn("asset_kind", "Kind"), ExportColumn("asset_title", "Title"), figure("plays")]
    film, playlist = (
        {"asset_kind": kind, "asset_title": "Films", "plays": Decimal(1)} for kind in ("video", "playlist")
    )
    for rows, words in (([film, playlist], ["Kind", "Title"]), ([film, film], ["Title"])):
        (only,) = sections(document(columns, rows).main)
        assert [column["label"] for column in only["columns"] if not column["is_figure"]] == words


def test_rows_say_what_they_are() -> None:
    columns = [ExportColumn("country", "Country"), figure("plays")]
    rows = [
        {"country": "JP", "plays": Decimal(3), "row_type": "plain", "final": True},
        {"country": None, "plays": Decimal(2), "row_type": "other", "final": False, "restated": 2},
        {"country": None, "plays": Decimal(1), "row_type": "remainder", "final": True, "restated": 1},
        {"country": "ES", "plays": Decimal(1), "row_type": "plain", "previous_marks": ["fewer_days", "restated"]},
    ]
    (only,) = sections(document(columns, rows).main)
    assert only["rows"] == [
        ["JP", "final", "3"],
        ["All others", "provisional, corrected 2 times", "2"],
        ["Not split by country", "final, corrected once", "1"],
        ["ES", "before: fewer days, restated", "1"],
    ]


def test_figures_before_stand_beside_those_of_now() -> None:
    before = ExportColumn("previous_plays", "Plays before", Kind.FIGURE, METRICS["plays"], is_before=True)
    columns = [TITLE, figure("plays"), figure("sessions"), before]
    rows = [{"title": "The final", "plays": Decimal(3), "sessions": Decimal(4), "previous": {"plays": Decimal(2)}}]
    (only,) = sections(document(columns, rows).main)
    assert [column["label"] for column in only["columns"]] == ["Title", "Plays", "Plays before", "Sessions"]
    assert only["rows"] == [["The final", "3", "2", "4"]]


def test_a_chart_has_the_figures_that_it_draws_beside_it() -> None:
    """For those who can't see it: all of them, the gaps too, in their order."""
    periods = [f"2026-01-{day:02}" for day in range(1, 32)]
    figures = [
        (period(name), "not reported" if name.endswith("05") else f"{1000 + at:,}") for at, name in enumerate(periods)
    ]
    drawn = Chart("Plays by day", "", spec(METRICS["plays"], []), "Plays", figures)
    text = re.sub(r"\s+", " ", text_of(document([figure("plays")], [], charts=[drawn])))
    assert " ".join(word for pair in figures for word in pair) in text


def test_a_very_long_title_is_cut() -> None:
    text = text_of(document([TITLE], [{"title": "x" * 30_000}]))
    assert text.count("x") < 300
    assert "…" in text


@pytest.mark.parametrize(
    "words",
    [
        "Łódź İğşŒ",
        "Київ Ґґ Қазақ",
        "Ελληνικά",
        "हिन्दी",
        "決勝戦 ハイライト ー",
        "简体 繁體",
        "한국어",
        "− — … · € ₽ ₺ ₹",
    ],
)
def test_names_of_many_scripts_have_letters(words: str) -> None:
    """From the fonts that come along; a font of typst's own would mean that ours do not have a letter."""
    reader = read(document([TITLE], [{"title": words}]))
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert [name for name in fonts if "NotoSans" not in name] == []


def test_an_operators_fonts_are_taken_along(settings: Any, fresh_fonts: None) -> None:
    folder = Path("/usr/share/fonts/truetype/dejavu")
    if not folder.is_dir():
        pytest.skip("There is no DejaVu on this machine to try it with.")
    assert "DejaVu Serif" not in pdf.fonts().families()
    pdf.fonts.cache_clear()
    settings.PDF_FONTS = [str(folder)]
    assert "DejaVu Serif" in pdf.fonts().families()


def test_nothing_to_report_is_said() -> None:
    assert "Nothing was reported for these days." in text_of(document([figure("plays")], []))


@pytest.mark.parametrize(
    "asks",
    [
        '#read("{outside}")', '#include "{outside}"', '#image("{outside}")', '#json("{outside}")', '#csv("{outside}")',
        '#import "{outside}": *', '#bibliography("{outside}")', '#raw(read("../secret.typ"))',
    ],
)  # fmt: skip
def test_the_typesetter_reads_no_folder_but_the_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    """Were a text ever taken for markup: it finds what is beside the template, and nothing of the machine."""
    folder, outside = tmp_path / "template", tmp_path / "secret.typ"
    folder.mkdir()
    for file in (outside, folder / "beside.typ"):
        file.write_text("what is in the file")
    template = folder / "report.typ"
    monkeypatch.setattr(pdf, "TEMPLATE", template)
    made = document([TITLE], [])
    template.write_text('#read("beside.typ")')
    assert "what is in the file" in text_of(made)
    template.write_text(asks.replace("{outside}", str(outside)))
    with pytest.raises(Exception, match=r"(?s)not found|outside|access denied|escape|root") as refused:
        text_of(made)
    assert "what is in the file" not in str(refused.value)
