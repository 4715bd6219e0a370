"""Small clients of the vendors, written for the sandbox's own tests alone, and the time that their clock shows."""

import base64
import hashlib
import hmac
import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests

from providers.sandbox import Sandbox
from providers.sandbox.accounts import ACCOUNTS
from providers.sandbox.vendors.scaleengine.accounts import APPS

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)  # 15:00 in Moscow, 21:00 in Tokyo
STREAKS = "/smartstream/v1/merchants/sandbox-north"


class Client:
    """Asks a sandbox as the account `north`, unless a call names another."""

    def __init__(self, sandbox: Sandbox, http: requests.Session) -> None:
        self.sandbox, self.http = sandbox, http

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.sandbox.url + path, timeout=10, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.http.post(self.sandbox.url + path, timeout=10, **options)

    def fault(self, **fault: Any) -> requests.Response:
        return self.post("/_faults", json=fault)

    def ledger(self, path: str = "/_ledger", **query: Any) -> list[dict[str, Any]]:
        answer = self.get(path, params=query).json()
        return answer["facts"] if path == "/_ledger" else answer["sessions"]

    def truth(self, **query: Any) -> dict[tuple[str, ...], Decimal]:
        """The ledger by (asset, metric, interval, dimension, key, day, minute) of account north."""
        names = ("asset", "metric", "interval", "dimension", "key", "day", "minute")
        found: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for fact in self.ledger(account="north", **query):  # one video of two applications adds up
            found[tuple(str(fact[name]) for name in names)] += Decimal(fact["value"])
        return dict(found)

    def platform247(self, video: str = "40001", **query: str) -> requests.Response:
        fixed = {"sessionId": ACCOUNTS["north"]["247platform"]["session_id"], "userId": "1001", "reportType": "vod"}
        return self.get(f"/247platform/api/statistics/get/{video}", params=fixed | query)

    def boomstream(self, method: str = "stats", **query: Any) -> dict[str, Any]:
        key = {"apikey": ACCOUNTS["north"]["boomstream"]["apikey"], "format": "json"}
        return self.get(f"/boomstream/api/{method}", params=key | query).json()

    def smartstream(self, headers: dict[str, str] | None = None, **query: str) -> requests.Response:
        own = ACCOUNTS["north"]["smartstream"]
        keys = {"X-Streaks-Api-Key": own["api_key"], "Authorization": f"Bearer {own['token']}"}
        period = {"from": "20260110000000", "to": "20260112235959"}
        return self.get(f"{STREAKS}/aggregations", params=period | query, headers=keys | (headers or {}))

    def callfire(self, path: str, account: str = "north", **query: Any) -> requests.Response:
        own = ACCOUNTS[account]["callfire"]
        return self.get(f"/callfire/api/1.1/rest/{path}", params=query, auth=(own["login"], own["password"]))

    def scaleengine(self, secret: str | None = None, multipart: bool = False, **fields: Any) -> dict[str, Any]:
        own = ACCOUNTS["north"]["scaleengine"]
        stamp = int(self.sandbox.clock().timestamp())
        body = {
            "command": "usage.vse",
            "api_key": own["api_key"],
            "timestamp": stamp,
            "cdn": own["cdn"],
            "app": APPS["north"],
            "year": 2026,
            "month": 1,
            "day": 10,
        } | fields
        body = {name: value for name, value in body.items() if value is not None}
        signed = json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()
        digest = hmac.new((secret or own["secret"]).encode(), signed, hashlib.sha256).digest()
        text = json.dumps(body | {"signature": base64.b64encode(digest).decode()})
        sent: dict[str, Any] = {"files": {"json": (None, text)}} if multipart else {"data": {"json": text}}
        return self.post("/scaleengine/stable/", **sent).json()
