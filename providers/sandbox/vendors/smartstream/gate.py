"""SmartSTREAM's door: the API key and token of each request, log-in, and 50 requests a minute for each key."""

import hashlib
import json
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from math import ceil
from threading import Lock
from time import monotonic

from ...accounts import ACCOUNTS, account_of
from ...truth import Moment, draw
from ...wire import Answer, Request, json_answer

NAME = "smartstream"
TOKEN_LIFE = timedelta(hours=1)
TEXTS = {
    "BAD_REQUEST": "リクエストが正しくありません",
    "UNAUTHORIZED": "認証に失敗しました",
    "TOO_MANY_REQUESTS": "リクエスト数が上限を超えました",
    "NOT_FOUND": "見つかりません",
}


class Refused(Exception):
    """A request that the vendor does not serve: HTTP status and the name of the error; its text is localised."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status, self.name = status, name

    def answer(self, **headers: str) -> Answer:
        return json_answer({"code": self.name, "message": TEXTS[self.name]}, self.status, **headers)


class Limiter:
    """At most `limit` requests in any 60 seconds for each key, by the real clock. What it refuses does not count."""

    def __init__(self, limit: int | None, seconds: float = 60) -> None:
        self.limit, self.seconds = limit, seconds
        self._lock = Lock()
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def wait(self, key: str) -> int:
        """Counts a request; seconds to wait where there are too many, else 0."""
        if self.limit is None:
            return 0
        with self._lock:
            times, now = self._times[key], monotonic()
            while times and times[0] <= now - self.seconds:
                times.popleft()
            if len(times) >= self.limit:
                return max(1, ceil(times[0] + self.seconds - now))
            times.append(now)
            return 0


def _token(moment: Moment, account: str, expires: int) -> str:
    """A token says when it ends and proves that the sandbox wrote it, so none need be remembered."""
    proof = hashlib.sha256(f"{draw(moment.seed, 'token', account)}|{expires}".encode()).hexdigest()
    return f"{expires}.{proof}"


def _is_valid(moment: Moment, account: str, token: str) -> bool:
    """The fixed token, or one that was handed out and has not run out."""
    expires = token.partition(".")[0]
    fixed = token == ACCOUNTS[account][NAME]["token"]
    return fixed or (
        expires.isdecimal() and int(expires) > moment.now.timestamp() and token == _token(moment, account, int(expires))
    )


def log_in(request: Request, account: str) -> Answer:
    """POST auth-token/: mail address and password for a token of one hour by the sandbox's clock."""
    try:
        sent = json.loads(request.body)
        pair = sent["mail_address"], sent["password"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(400, "BAD_REQUEST") from error
    own = ACCOUNTS[account][NAME]
    if pair != (own["mail_address"], own["password"]) or request.credential not in ("", own["api_key"]):
        raise Refused(401, "UNAUTHORIZED")
    expires = int((request.moment.now + TOKEN_LIFE).timestamp())
    stamp = f"{datetime.fromtimestamp(expires, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    return json_answer({"token": _token(request.moment, account, expires), "expiration": stamp})


def identified(request: Request, merchant: str) -> str:
    """The account whose merchant, key and token these are; Refused otherwise."""
    account = account_of(NAME, "merchant_id", merchant)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if account is None or request.credential != ACCOUNTS[account][NAME]["api_key"]:
        raise Refused(401, "UNAUTHORIZED")
    if not _is_valid(request.moment, account, token):
        raise Refused(401, "UNAUTHORIZED")
    return account
