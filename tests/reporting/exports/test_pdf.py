"""What paper adds: pages that speak for themselves, an end to long tables, letters of many scripts, no file but its own."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from reporting.exports import pdf
from reporting.exports.document import Document, ExportColumn
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


def test_more_figures_than_paper_is_wide_are_tables_of_their_own() -> None:
    names = ["plays", "sessions", "devices", "attempts", "actions", "requests", "finished", "retry_wait"]
    row = {"title": "The final"} | {name: Decimal(number) for number, name in enumerate(names)}
    text = text_of(document([TITLE, *map(figure, names)], [row]))
    assert "Report, part 1 of 2" in text
    assert text.count("The final") == 2


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
