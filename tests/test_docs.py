"""The docs name what there is, so that they can't drift."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver

from providers import registry
from reporting.metrics import DIMENSIONS, METRICS

ROOT = Path(__file__).resolve().parents[1]
OURS = sorted(name for name, app in get_commands().items() if app in ("providers", "reporting"))
HIDDEN = {
    "help",
    "version",
    "verbosity",
    "settings",
    "pythonpath",
    "traceback",
    "no-color",
    "force-color",
    "skip-checks",
}


def text(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_documented_with_its_options(name: str) -> None:
    page = text("docs/commands.md") + text("docs/provisioning.md")
    assert f"manage.py {name}" in page or f"`{name}" in page
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    if name in ("migrate", "flush"):  # Django's own, with its own options
        return
    options = [o for action in command.create_parser("manage.py", name)._actions for o in action.option_strings]
    if name == "report":  # its options are the query's parameters and dimensions
        page += (text("docs/api.md") + text("docs/ledger.md")).replace("`", "--").replace("_", "-")
    wanted = {o.replace("_", "-") for o in options if o.startswith("--") and o[2:] not in HIDDEN}
    missing = sorted(option for option in wanted if option not in page)
    assert not missing, f"docs/commands.md does not say what {name} {' '.join(missing)} does"


def test_each_setting_of_the_environment_is_in_the_example() -> None:
    code = text("reporting/settings.py") + text("reporting/environment.py")
    read = set(re.findall(r'\b(?:env(?:\.\w+)?|secret)\(\s*"([A-Z_]+)"', code))
    assert len(read) > 10
    example = text(".env.example")
    assert {name for name in read if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()


def test_each_address_of_the_api_is_documented() -> None:
    api = next(one for one in get_resolver().url_patterns if str(one.pattern) == "api/")
    v1 = next(one for one in api.url_patterns if str(one.pattern) == "v1/")
    addresses = {re.match(r"\^?([\w-]+)", str(one.pattern)).group(1) for one in v1.url_patterns if one.name}  # type: ignore[union-attr]
    assert len(addresses) > 8
    page = text("docs/api.md")
    assert {address for address in addresses if address not in page} == set()


def test_each_metric_and_dimension_is_in_the_ledgers_page() -> None:
    page = text("docs/ledger.md") + text("docs/api.md") + text("docs/writing-a-provider.md")
    assert {name for name in (*METRICS, *DIMENSIONS) if not re.search(rf"\b{name}\b", page)} == set()


@pytest.mark.parametrize("slug", registry.all_providers())
def test_each_provider_has_a_page_of_all_that_it_has(slug: str) -> None:
    """Labels and names of what is entered, each feed by name or by pattern, and what comes out of it."""
    provider, page = registry.get(slug), text(f"docs/providers/{slug}.md")
    assert f"(providers/{slug}.md)" in text("docs/providers.md")
    assert provider.docs in page
    for field in (*provider.credentials, *provider.options):
        assert f"| {field.label} | `{field.name}` |" in page, f"{field.label} is not on its page"
    words = set(re.findall("`([^`]+)`", page)) - {"*"}
    assert [feed.name for feed in provider.feeds if not any(fnmatchcase(feed.name, word) for word in words)] == []
    series = {one for feed in provider.feeds for one in feed.series}
    assert ({one.metric for one in series} | {one.dimension for one in series}) - {""} - words == set()
    assert provider.time_zone in page


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_each_file_that_is_named_is_there(name: str) -> None:
    """Links between pages, and paths of the code."""
    page = text(name)
    links = {link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)#][^)]*)\)", page)}
    paths = set(re.findall(r"`((?:providers|reporting|tests|docs|templates)/[\w/.]+\.\w+)`", page))
    missing = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    assert missing + [path for path in paths if not (ROOT / path).exists()] == []
