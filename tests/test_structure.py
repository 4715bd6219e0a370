"""Imports go one way, and in no circle: DESIGN.md's rooms as rules, computed from every import in the tree.

The computing is in `tests/support/imports.py`; here are the rooms, and at the end a proof that a wrong arrow is found: a
scratch copy of the tree gets one of each kind.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import imports
from tests.support.imports import Arrow, Layer

ROOT = Path(__file__).resolve().parents[1]
VENDORS = sorted((ROOT / "providers" / "sandbox" / "vendors").glob("*/__init__.py"))

# From the bottom up. A module may import its own layer and those below it; peers do not import each other.
REPORTING = [
    Layer(
        (
            "reporting.settings",
            "reporting.environment",
            "reporting.encryption",
            "reporting.error_reports",
            "reporting.metrics",
            "reporting.currencies",
            "reporting.periods",
            "reporting.comparisons",
            "reporting.origin",
            "reporting.vendor_text",
            "reporting.embedded",
            "reporting.celery",
            "reporting.wsgi",
        )
    ),
    Layer(("reporting.models", "reporting.tenancy", "reporting.apps")),  # apps: registers tenancy's system checks
    Layer(("reporting.ledger",)),
    Layer(("reporting.query",)),
    Layer(("reporting.reports",)),
    Layer(("reporting.exports", "reporting.templatetags"), peers=True),
    Layer(("reporting.pages", "reporting.api", "reporting.admin"), peers=True),
    Layer(("reporting.urls", "reporting.management")),
]
PROVIDERS = [
    Layer(("providers.toolkit",)),
    Layer(("providers.catalog", "providers.registry")),
    Layer(("providers.http",)),
    Layer(("providers.connections",)),
    Layer(("providers.pipeline",)),
    Layer(("providers.scheduling",)),
    Layer(
        (
            "providers.tasks",
            "providers.admin",
            "providers.api",
            "providers.connection_api",
            "providers.applications_page",
            "providers.urls",
            "providers.management",
            "providers.provisioning",
            "providers.apps",
        )
    ),
]
# Within the query: what is asked, where it looks, what it reads, what becomes of that, and where a figure came from.
QUERY = [
    Layer(
        (
            "reporting.query.question",
            "reporting.query.costs",
            "reporting.query.names",
            "reporting.query.json_figures",
            "reporting.query.result_rows",
        )
    ),
    Layer(("reporting.query.scope", "reporting.query.direct")),
    Layer(("reporting.query.sql",)),
    Layer(("reporting.query.arithmetic",)),
    Layer(("reporting.query.selection", "reporting.query.report")),
    Layer(
        (
            "reporting.query.rows",
            "reporting.query.freshness",
            "reporting.query.missing",
            "reporting.query.parameters",
            "reporting.query.coverage",
            "reporting.query.size",
        )
    ),
    Layer(("reporting.query.as_of", "reporting.query.finality", "reporting.query.row_names", "reporting.query.others")),
    Layer(("reporting.query.notes", "reporting.query.limit")),
    Layer(("reporting.query.earlier",)),
    Layer(("reporting.query.run",)),
    Layer(("reporting.query.lineage",)),
]
# Within the sandbox: what happened and what is said, a vendor, the vendors (none knows another), the server.
SANDBOX = [
    Layer(("providers.sandbox.truth", "providers.sandbox.vendor_accounts", "providers.sandbox.limiter")),
    Layer(("providers.sandbox.wire", "providers.sandbox.ledger_fact")),
    Layer(("providers.sandbox.vendor", "providers.sandbox.faults")),
    Layer(tuple(f"providers.sandbox.vendors.{path.parent.name}" for path in VENDORS), peers=True),
    Layer(("providers.sandbox.vendors",)),
    Layer(
        ("providers.sandbox.accounts", "providers.sandbox.ledger", "providers.sandbox.world", "providers.sandbox.demo")
    ),
    Layer(("providers.sandbox.control",)),
    Layer(("providers.sandbox.server",)),
]
LAYERS = [REPORTING, PROVIDERS, QUERY, SANDBOX]
# Rooms whose modules are their own affair: outsiders import what the `__init__` passes on.
FACES = ["reporting.query.lineage", "reporting.query.notes"]
# What Django finds by its place: nobody imports it.
FOUND_BY_DJANGO = ["reporting.urls", "reporting.management", "reporting.templatetags", "providers.urls"]
# (source, target) -> why this one arrow may go against the rules.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def read(root: Path) -> list[Arrow]:
    """All imports of the tree. Migrations are left out: each is a picture of a day, and moves no more."""
    return [
        arrow
        for arrow in imports.arrows(root, "providers", "reporting")
        if ".migrations" not in arrow.source and (arrow.source, arrow.target) not in EXCEPTIONS
    ]


def circles(root: Path) -> list[str]:
    return [" <-> ".join(group) for group in imports.circles(read(root))]


def against_the_layers(root: Path) -> list[str]:
    return [str(arrow) for layers in LAYERS for arrow in imports.against(read(root), layers)]


def from_reporting_to_providers(root: Path) -> list[str]:
    return [str(arrow) for arrow in imports.between(read(root), "reporting", "providers")]


def out_of_or_into_the_sandbox(root: Path) -> list[str]:
    """It is written from the vendors' documents, so that both can't share a mistake; only commands start it."""
    found, room = read(root), "providers.sandbox"
    return [
        str(arrow)
        for arrow in found
        if imports.inside(arrow.source, room) != imports.inside(arrow.target, room)
        and not imports.inside(arrow.source, "providers.management")
    ]


def past_a_face(root: Path) -> list[str]:
    return [str(arrow) for arrow in imports.past_the_face(read(root), FACES)]


def of_what_django_finds(root: Path) -> list[str]:
    """Imports of such a room by another; a command may build on another app's command."""
    return [
        str(arrow)
        for arrow in read(root)
        for room in FOUND_BY_DJANGO
        if imports.inside(arrow.target, room)
        and not imports.inside(arrow.source, room)
        and not imports.inside(arrow.source, "providers.management")
    ]


RULES: list[Callable[[Path], list[str]]] = [
    circles,
    against_the_layers,
    from_reporting_to_providers,
    out_of_or_into_the_sandbox,
    past_a_face,
    of_what_django_finds,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_import_breaks_a_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


def test_every_module_has_a_place() -> None:
    """A new room is in no layer, so it must be given one here before it may exist."""
    names = imports.modules(ROOT, "providers", "reporting")
    assert len(names) > 150
    of_their_own = ("providers.sandbox", "reporting.migrations")
    rest = [name for name in names if "." in name and not any(imports.inside(name, room) for room in of_their_own)]
    assert imports.homeless(rest, [*REPORTING, *PROVIDERS]) == []
    for room, layers in (("reporting.query", QUERY), ("providers.sandbox", SANDBOX)):
        inner = [name for name in names if imports.inside(name, room) and name != room]
        assert imports.homeless(inner, layers) == []


def test_every_exception_is_still_needed() -> None:
    there = {(arrow.source, arrow.target) for arrow in imports.arrows(ROOT, "providers", "reporting")}
    assert [pair for pair in EXCEPTIONS if pair not in there] == []


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch copy of the tree."""
    root = tmp_path_factory.mktemp("tree")
    for package in ("providers", "reporting"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    return root


# What is wrong: the new module that imports so, what it imports, and the rule that must report it.
WRONG = {
    "upwards": ("reporting/ledger", "from reporting.query import arithmetic", against_the_layers),
    "upwards, relative": ("reporting/ledger", "from ..query.arithmetic import *", against_the_layers),
    "upwards in a function": (
        "reporting/models",
        "def late():\n    from ..reports import headline",
        against_the_layers,
    ),
    "upwards for the type checker": (
        "reporting/reports",
        "import typing\nif typing.TYPE_CHECKING:\n    import reporting.pages.forms",
        against_the_layers,
    ),
    "upwards by a literal": ("reporting/tenancy", "import_module('reporting.api.views')", against_the_layers),
    "to a peer": ("reporting/pages", "import reporting.api.filters", against_the_layers),
    "upwards in providers": ("providers/toolkit", "from ..pipeline import plan", against_the_layers),
    "upwards in the query": ("reporting/query/sql", "from .. import rows", against_the_layers),
    "to another vendor": ("providers/sandbox/vendors/callfire", "from ..boomstream import ppv", against_the_layers),
    "a vendor to the server": (
        "providers/sandbox/vendors/callfire",
        "from ...server import Sandbox",
        against_the_layers,
    ),
    "reporting to providers": ("reporting/admin", "from providers import registry", from_reporting_to_providers),
    "the sandbox to its reader": ("providers/sandbox", "from ..toolkit import formats", out_of_or_into_the_sandbox),
    "a reader to the sandbox": ("providers/catalog", "from ..sandbox import Sandbox", out_of_or_into_the_sandbox),
    "past a face": ("reporting/api", "from reporting.query.lineage import facts", past_a_face),
    "into the commands": ("reporting/ledger", "from ..management.commands import serve", of_what_django_finds),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_arrow_is_found(copy: Path, kind: str) -> None:
    folder, text, rule = WRONG[kind]
    module = copy / folder / "wrong_way.py"
    before = rule(copy)
    module.write_text(text + "\n")
    try:
        found = [line for line in rule(copy) if line not in before]
    finally:
        module.unlink()
    assert len(found) == 1
    assert found[0].startswith(f"{folder.replace('/', '.')}.wrong_way:")


# The same import, as the ways in which one is written; `{module}` is what is imported.
BACK = {
    "at the top": "import {module}",
    "in a function": "def late():\n    import {module}",
    "for the type checker": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {module} as back",
}


@pytest.mark.parametrize("way", BACK)
@pytest.mark.parametrize("room", ["providers.toolkit", "providers.pipeline", "reporting.reports"])
def test_a_real_arrow_turned_into_a_circle_is_found(copy: Path, room: str, way: str) -> None:
    """An import that the tree has gets its opposite."""
    known = {name for group in imports.circles(read(copy)) for name in group}
    inner = [a for a in read(copy) if {a.source.rpartition(".")[0], a.target.rpartition(".")[0]} == {room}]
    arrow = next(a for a in inner if a.target not in known and a.source not in known)
    path = imports.modules(copy, "providers", "reporting")[arrow.target]
    text = path.read_text()
    path.write_text(f"{text}\n{BACK[way].format(module=arrow.source)}\n")
    try:
        assert any({arrow.source, arrow.target} <= set(group) for group in imports.circles(read(copy)))
    finally:
        path.write_text(text)


def test_a_package_counts_only_for_its_own_names(tmp_path: Path) -> None:
    """`from package import module` is the module's; what an `__init__` passes on is the package's."""
    files = {
        "room/__init__.py": "from .inner import answer\nfrom . import inner",
        "room/inner.py": "answer = 1",
        "room/user.py": "from room import answer\nfrom . import inner",
        "room/other.py": "import room.inner as inner",
    }
    (tmp_path / "room").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert [(arrow.source, arrow.target) for arrow in imports.arrows(tmp_path, "room")] == [
        ("room", "room.inner"),
        ("room", "room.inner"),
        ("room.other", "room.inner"),
        ("room.user", "room"),
        ("room.user", "room.inner"),
    ]
