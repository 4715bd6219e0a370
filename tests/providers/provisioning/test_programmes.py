"""`manage.py provision`: programmes, their rules, and the assets that are copies of them."""

import pytest

from reporting.models import Asset, Programme, ProgrammeRule
from reporting.tenancy.scoping import all_tenants
from tests.support.provisioning import ACME, Provision, problems, provision

__all__ = ["provision"]  # a fixture

PROGRAMMES = """
  [[tenants.programmes]]
  slug = "final-2026"
  name = "The final"
  tags = { series = "Cup", licensor = "env:LICENSOR" }
  [[tenants.programme_rules]]
  programme = "final-2026"
  connection = "boom"
  pattern = "final-*"
"""
COPY = ("""    customer = "fc-norte"\n""", """    customer = "fc-norte"\n    programme = "final-2026"\n""")
TEXT = ACME.replace(*COPY) + PROGRAMMES


@pytest.fixture(autouse=True)
def _licensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LICENSOR", "League")


def copies() -> dict[str, tuple[str | None, bool]]:
    """External id -> its programme, and whether by hand."""
    with all_tenants():
        rows = Asset.objects.values_list("external_id", "programme__slug", "is_placed_by_hand")
        return {name: (slug, by_hand) for name, slug, by_hand in rows if name != "all"}


def test_it_works(provision: Provision) -> None:
    """By hand and by rule; a second run changes nothing."""
    said = provision(text=TEXT)
    assert "created programme acme/final-2026\n" in said
    assert "created programme rule acme/final-2026 “final-*”\n" in said
    wanted = {"XXXXXXXX": ("final-2026", True), "final-2": ("final-2026", False)}
    assert copies() == wanted
    with all_tenants():
        programme = Programme.objects.get()
        assert (programme.name, programme.tags) == ("The final", {"series": "Cup", "licensor": "League"})
    assert "0 created, 0 updated" in provision(text=TEXT)
    assert copies() == wanted


def test_what_differs_is_updated(provision: Provision) -> None:
    provision(text=TEXT)
    said = provision(('name = "The final"\n  tags', 'name = "Cup final"\n  tags'), ('"Cup",', '"Cups",'), text=TEXT)
    assert "updated programme acme/final-2026 (name, tags)\n" in said
    said = provision(('programme = "final-2026"\n    [[', 'programme = "gala"\n    [['), text=TEXT)
    assert "created programme acme/gala\n" in said
    assert "updated asset acme/boom/XXXXXXXX (programme)\n" in said
    assert copies()["XXXXXXXX"] == ("gala", True)


def test_a_programme_that_an_asset_names_is_made(provision: Provision) -> None:
    """Also where another file names it later: its name stays."""
    text = ACME.replace(*COPY)
    provision(text=text)
    with all_tenants():
        programme = Programme.objects.get()
        assert (programme.slug, programme.name) == ("final-2026", "final-2026")
        Programme.objects.update(name="The final")
    assert "0 created, 0 updated" in provision(text=text)
    with all_tenants():
        assert Programme.objects.get().name == "The final"


def test_a_changed_rule_is_applied_to_what_is_there(provision: Provision) -> None:
    provision()
    assert copies()["final-2"] == (None, False)
    assert "moved 1 assets of acme to the programmes that the rules now name\n" in provision(text=ACME + PROGRAMMES)
    assert copies()["final-2"] == ("final-2026", False)
    with all_tenants():
        assert ProgrammeRule.objects.count() == 1


def test_a_dry_run_changes_nothing(provision: Provision) -> None:
    assert "would create programme acme/final-2026\n" in provision(text=TEXT, dry_run=True)
    with all_tenants():
        assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('slug = "final-2026"', 'slug = "-"', "slug", "assets that are in no programme"),
        ('slug = "final-2026"', 'slug = "the final"', "slug", "valid “slug”"),
        ('series = "Cup"', "series = [1]", "tags.series", "must be a text"),
        ('tags = { series = "Cup", licensor = "env:LICENSOR" }', 'tags = "Cup"', "tags", "must be a table"),
        ('series = "Cup"', '" " = "Cup"', "tags", "needs a name"),
        ('name = "The final"\n  tags', 'nmae = "The final"\n  tags', "nmae", "did you mean name?"),
        (
            '  connection = "boom"\n  pattern = "final-*"\n',
            '  connection = "bom"\n  pattern = "*"\n',
            "connection",
            "boom?",
        ),
        ('programme = "final-2026"\n    [[', 'programme = "-"\n    [[', "programme", "in no programme"),
    ],
)
def test_refusals(provision: Provision, old: str, new: str, key: str, words: str) -> None:
    """By the line of the key."""
    place = TEXT.rindex(old)
    text = TEXT[:place] + new + TEXT[place + len(old) :]
    lines = problems(provision, text=text)
    name = key.rpartition(".")[2]
    number = next(n for n, line in enumerate(text.splitlines(), 1) if n > TEXT[:place].count("\n") and name in line)
    assert any(f"line {number}," in line and key in line and words in line for line in lines), lines


def test_an_account_is_no_copy(provision: Provision) -> None:
    (line,) = problems(provision, ('kind = "video"\n    title', 'kind = "account"\n    title'), text=TEXT)
    assert "assets[0].programme" in line
    assert "an account is no copy of a programme" in line


def test_one_slug_twice(provision: Provision) -> None:
    again = '  [[tenants.programmes]]\n  slug = "final-2026"\n  name = "Again"\n'
    (line,) = problems(provision, text=TEXT + again)
    assert "this programme is in line" in line
