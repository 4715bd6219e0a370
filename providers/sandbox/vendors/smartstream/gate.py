"""SmartSTREAM's door: the API key and token of each request, and log-in."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from ...truth import Moment, draw
from ...wire import Answer, Request, json_answer
from .accounts import ACCOUNTS

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


def _token(moment: Moment, account: str, expires: int) -> str:
    """A token says when it ends and proves that the sandbox wrote it, so none need be remembered."""
    proof = hashlib.sha256(f"{draw(moment.seed, 'token', account)}|{expires}".encode()).hexdigest()
    return f"{expires}.{proof}"


def _is_valid(moment: Moment, account: str, token: str) -> bool:
    """The fixed token, or one that was handed out and has not run out."""
    expires = token.partition(".")[0]
    fixed = token == ACCOUNTS.credentials[account]["token"]
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
    own = ACCOUNTS.credentials[account]
    if pair != (own["mail_address"], own["password"]) or request.credential not in ("", own["api_key"]):
        raise Refused(401, "UNAUTHORIZED")
    expires = int((request.moment.now + TOKEN_LIFE).timestamp())
    stamp = f"{datetime.fromtimestamp(expires, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    return json_answer({"token": _token(request.moment, account, expires), "expiration": stamp})


def identified(request: Request, merchant: str) -> str:
    """The account whose merchant, key and token these are; Refused otherwise."""
    account = ACCOUNTS.account_of("merchant_id", merchant)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if account is None or request.credential != ACCOUNTS.credentials[account]["api_key"]:
        raise Refused(401, "UNAUTHORIZED")
    if not _is_valid(request.moment, account, token):
        raise Refused(401, "UNAUTHORIZED")
    return account
