"""VidStat, a vendor that does not exist: the sixth provider of a test, and the smallest that a catalog file can be."""

from collections.abc import Iterator

from providers.toolkit.auth import QueryKey
from providers.toolkit.feeds import Feed, Series
from providers.toolkit.fields import counter, moment
from providers.toolkit.provider import Credential, Provider
from providers.toolkit.requests import Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import Figure


class Views(Feed):
    name = "views"
    kinds = ("video",)
    series = (Series("plays"),)

    def ask(self, ask: Ask) -> Pages:
        assert ask.asset
        yield Request(
            f"/views/{ask.asset.external_id}", params={"from": str(ask.window.start), "to": str(ask.window.end)}
        )

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        for row in document["views"]:
            yield Figure("plays", counter(row["n"]), moment(row["day"], "%Y-%m-%d").date())


class VidStat(Provider):
    slug = "vidstat"
    name = "VidStat"
    docs = "https://vidstat.example/api"
    base_url = "https://api.vidstat.example"
    time_zone = "UTC"
    format = "json"
    auth = QueryKey("key", "api_key")
    credentials = (Credential("api_key", "API key"),)
    feeds = (Views(),)
