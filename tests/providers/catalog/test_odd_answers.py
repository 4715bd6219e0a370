"""Each kind of odd answer in each feed of each provider, read as the line reads it: through the real client, its retries, the
paging and the reader, without a database. What is stored of it is tested in `tests/providers/pipeline/test_odd_answers.py`.

By default each kind is tried in one of each class of feeds, and some in each of the many that differ from it by a word only;
`PROPERTY_EXAMPLES=1` tries all in all.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from providers import registry
from providers.http import client as http_client
from providers.http import status_errors, transport
from tests.support.clock import START
from tests.support.odd import known
from tests.support.odd.forms import form_of
from tests.support.odd.in_memory import Asked, Read
from tests.support.odd.kinds import KINDS, Expect, Kind
from tests.support.odd.replies import OddSandbox, WithoutSocket
from tests.support.profiles import EXAMPLES

FEEDS = [f"{provider.slug} {feed.name}" for provider in registry.all_providers().values() for feed in provider.feeds]
# One of each class of feeds. In each other feed a kind has a chance of 1 in SHARE.
WHOLE = {
    "247platform statistics",
    "boomstream project.day",
    "boomstream target.hour",
    "boomstream sessions",
    "boomstream media",
    "boomstream playlists",
    "callfire broadcasts",
    "callfire stats",
    "scaleengine usage",
    "smartstream play_count.all.day",
    "smartstream play_time.country.hour",
}
SHARE = 25
FEWEST = 40  # kinds in which a feed's answer can be odd


def is_tried(feed: str, kind: str) -> bool:
    """The same ones each time."""
    return bool(EXAMPLES) or feed in WHOLE or hashlib.sha256(f"{feed} {kind}".encode()).digest()[0] % SHARE == 0


@pytest.fixture(scope="module")
def vendors() -> Iterator[OddSandbox]:
    with OddSandbox(assets=2, rows=6, now=START, smartstream_limit=None) as running:
        running.shortened = {}
        yield running


@pytest.fixture(autouse=True)
def _in_memory(vendors: OddSandbox, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(transport, "GuardedAdapter", WithoutSocket)
    monkeypatch.setattr(WithoutSocket, "sandbox", vendors, raising=False)
    for module in (status_errors, http_client):
        monkeypatch.setattr(module, "DEFAULT_WAIT", 0.001)
    settings.SYNC_BACKOFF_SECONDS = 0.0001


def answered_oddly(asked: Asked, kind: Kind, name: str) -> Read | None:
    """What comes of one odd reading; None where the feed's answers can't be so."""
    vendors, form = asked.sandbox, form_of(asked.provider.slug, name)
    with vendors.odd(lambda reply: kind.make(reply, form), kind.fault):
        found = asked.read()
    return found if vendors.spoiled or kind.fault else None


def what_is_wrong(expected: Expect, good: Read, found: Read, has_figures: bool) -> str:
    """Nothing where it is as the table says."""
    if expected is Expect.BESIDE:
        missing = [cell for cell, value in good.figures.items() if found.figures.get(cell) != value]
        lost = [row for row in good.others if row not in found.others]
        return f"{len(missing) + len(lost)} rows are lost: {found.error}" if missing or lost else ""
    if found.error is not None:
        return ""
    if expected is Expect.SAME:
        return "" if (found.figures, found.others) == (good.figures, good.others) else "it is read as something else"
    if found.says_nothing and (has_figures or expected is Expect.NOTHING):
        return ""  # and held
    return "it is read" + (" as the same" if found.figures == good.figures and found.others == good.others else "")


@pytest.mark.parametrize("feed", FEEDS)
def test_an_odd_answer_is_refused_or_says_the_same(vendors: OddSandbox, feed: str) -> None:
    slug, name = feed.split(" ")
    provider = registry.get(slug)
    asked, form = Asked(provider, provider.feed(name), vendors), form_of(slug, name)
    good = asked.read()
    assert good.error is None, good.error
    assert good.figures or good.others, "the good answer says nothing"
    wrong, tried = {}, []
    for kind in KINDS.values():
        if is_tried(feed, kind.name) and (found := answered_oddly(asked, kind, name)) is not None:
            tried.append(kind.name)
            if complaint := what_is_wrong(kind.expected_of(slug), good, found, form.has_figures):
                wrong[kind.name] = complaint
    assert len(tried) >= FEWEST or feed not in WHOLE
    found_anew = {kind: complaint for kind, complaint in wrong.items() if not known.is_known(known.READ, feed, kind)}
    assert not found_anew, "\n".join(f"{feed}: {kind}: {complaint}" for kind, complaint in found_anew.items())
    mended = [kind for kind in tried if known.is_known(known.READ, feed, kind) and kind not in wrong]
    assert mended == [], "these are mended: take them out of tests/support/odd/known.py"
