"""Feeds in a provisioning file: what is stored, what it is said to cost, and what is refused."""

import pytest

from reporting.models import Connection, FeedProgress
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.provisioning import ACME, Provision, problems, provision

__all__ = ["provision"]  # a fixture

OPTIONS = 'options = { project = "all" }\n'
SMARTSTREAM = """
[[tenants]]
slug = "acme"
name = "Acme"
  [[tenants.connections]]
  slug = "smart"
  name = "SmartSTREAM"
  provider = "smartstream"
  history_from = 2026-01-01
  reread_every = "0"
  credentials = { merchant_id = "m", api_key = "k", token = "t" }
  options = { groups_of_media = true }
  feeds = ["play_count.country.hour"]
    [[tenants.connections.assets]]
    external_id = "one"
    kind = "video"
"""


def with_feeds(feeds: str) -> tuple[str, str]:
    return OPTIONS, f'{OPTIONS}  reread_every = "0"\n  feeds = {feeds}\n'


def stored() -> Connection:
    with all_tenants():
        return Connection.objects.get()


def test_it_works(provision: Provision) -> None:
    said = provision(with_feeds('["target.hour", "-live"]'))
    assert stored().feeds == ["target.hour", "-live"]
    costs = "project.day 24, target.day 48, sessions 48, target.hour 48, media 48, playlists 48"
    assert f"scheduled 264 requests a day for acme/boom: {costs}\n" in said
    with all_tenants():
        begun = set(FeedProgress.objects.filter(is_chosen=True).values_list("feed", flat=True))
    assert {"target.hour", "target.day"} <= begun


def test_a_second_run_changes_nothing_and_one_without_keeps_them(provision: Provision) -> None:
    provision(with_feeds('["target.hour"]'))
    assert "0 created, 0 updated" in provision(with_feeds('["target.hour"]'))
    assert "0 created, 0 updated" in provision()
    assert stored().feeds == ["target.hour"]
    assert "1 updated" in provision(with_feeds("[]"))
    assert stored().feeds == []


def test_what_a_feed_costs_is_said_before_it_is_done(provision: Provision) -> None:
    assert "would schedule" in provision(with_feeds('["target.hour"]'), dry_run=True)
    with all_tenants():
        assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("feeds", "says"),
    [
        ('["taget.hour"]', "Boomstream has no feed “taget.hour”. Did you mean target.hour?"),
        ('["*.week"]', "Boomstream has no feed “*.week”."),
        ('["-*"]', "No feed is left to sync."),
        ('"target.hour"', 'this must be a list; write it as ["one", "two"].'),
        ("[1.5]", "this must be a text"),
    ],
)
def test_a_feed_that_is_not_there_is_refused_by_its_line(provision: Provision, feeds: str, says: str) -> None:
    text = ACME.replace(*with_feeds(feeds))
    (line,) = problems(provision, text=text)
    number = 1 + text[: text.index("feeds =")].count("\n")
    assert line.startswith(f"acme.toml line {number}, tenants[0].connections[0].feeds: {says}")


def test_options_that_are_true_or_false(provision: Provision) -> None:
    provision(text=SMARTSTREAM)
    assert stored().options == {"groups_of_media": True}
    provision(("= true }", "= false }"), text=SMARTSTREAM)
    assert stored().options == {"groups_of_media": False}
    (line,) = problems(provision, ("= true }", '= "yes" }'), text=SMARTSTREAM)
    assert line.endswith("options.groups_of_media: this must be true or false, without quotes.")


def test_a_limit_that_can_not_carry_them_is_told(provision: Provision) -> None:
    assert "SmartSTREAM takes 50 requests" not in provision(text=SMARTSTREAM)
    many = "".join(SMARTSTREAM[SMARTSTREAM.index("    [[") :].replace("one", f"media-{n}") for n in range(30))
    said = provision(('["play_count.country.hour"]', '["*"]'), text=SMARTSTREAM + many)
    assert "SmartSTREAM takes 50 requests in 60 s for each key: at most 70,819 a day." in said
    assert "tenants[0].connections[0]: " in said


def test_progress_is_settled_where_a_feed_is_taken_away(provision: Provision) -> None:
    provision(with_feeds('["target.hour"]'))
    provision(with_feeds("[]"))
    with tenant_scope(stored().tenant_id):
        assert set(FeedProgress.objects.filter(feed="target.hour").values_list("is_chosen", flat=True)) == {False}
