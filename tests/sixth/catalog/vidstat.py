"""VidStat, a vendor that does not exist: the sixth provider of a test, and the smallest that a catalog file can be."""

from collections.abc import Iterator

from providers.toolkit.auth import QueryKey
from providers.toolkit.feeds import Ask, Credential, Document, Feed, Figure, Pages, Provider, Reading, Request, Series
from providers.toolkit.fields import counter, moment


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
