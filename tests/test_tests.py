"""The tests are a house too: what they share is in tests/support, and they test by effect, never by a private name."""

from pathlib import Path

import pytest

from tests.support import imports, private_names

TESTS = Path(__file__).resolve().parent


def is_shared(module: str) -> bool:
    """Whether others may import it: not a module of tests, and not a conftest."""
    last = module.rsplit(".", 1)[-1]
    return not last.startswith("test_") and last != "conftest"


def of_test_modules(root: Path) -> list[str]:
    """The imports of a test module or a conftest."""
    return [str(arrow) for arrow in imports.arrows(root, "tests") if not is_shared(arrow.target)]


def private_names_in(root: Path) -> list[str]:
    files = sorted((root / "tests").rglob("*.py"))
    return [f"{path.relative_to(root)}:{found}" for path in files for found in private_names.used(path.read_text())]


def test_no_test_module_is_imported() -> None:
    assert of_test_modules(TESTS.parent) == []


def test_no_private_name_is_used() -> None:
    assert private_names_in(TESTS.parent) == []


def test_support_imports_nothing_of_the_rooms() -> None:
    """What all share depends on no room's tests."""
    found = imports.arrows(TESTS.parent, "tests")
    assert [str(a) for a in found if imports.inside(a.source, "tests.support") and a.target.count(".") > 1] == [
        str(a) for a in found if imports.inside(a.source, "tests.support") and imports.inside(a.target, "tests.support")
    ]


@pytest.mark.parametrize(
    "line",
    [
        "from tests.room.test_one import helper",
        "from .test_one import helper",
        "def late():\n    from tests.room import test_one",
        "from tests.room.conftest import fixture",
        "import tests.room.test_one",
    ],
)
def test_an_import_of_a_test_module_is_found(tmp_path: Path, line: str) -> None:
    room = tmp_path / "tests" / "room"
    room.mkdir(parents=True)
    for name in ("__init__", "conftest", "test_one"):
        (room / f"{name}.py").write_text("helper = fixture = 1\n")
    assert of_test_modules(tmp_path) == []
    (room / "test_two.py").write_text(line)
    assert [found.split(":")[0] for found in of_test_modules(tmp_path)] == ["tests.room.test_two"]


@pytest.mark.parametrize(
    "line",
    [
        'monkeypatch.setattr("reporting.query.run._secret", 1)',
        'monkeypatch.setattr(run, "_secret", 1)',
        'with patch.object(run, "_secret", 1): pass',
        'mock.patch("reporting.query.run._secret")',
        "run._secret()",
        "from reporting.query.run import _secret",
    ],
)
def test_a_private_name_is_found(line: str) -> None:
    assert [found.rsplit(".", 1)[-1].split()[-1] for found in private_names.used(line)] == ["_secret"]


@pytest.mark.parametrize(
    "line", ["self._own()", "Model._meta.label", "run.__name__", 'monkeypatch.setattr(run, "MOST", 1)']
)
def test_what_is_public_is_not(line: str) -> None:
    assert private_names.used(line) == []
