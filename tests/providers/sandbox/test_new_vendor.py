"""A sandbox vendor is one folder and one line: the server, the ledger, the faults and the accounts follow from them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from providers.sandbox import Sandbox, vendors

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
FOLDER = '''"""A vendor that was made up for a test: one medium for each asset, ten plays a day, on Tokyo's clock."""

from datetime import timedelta, timezone

from providers.sandbox.ledger_fact import Fact, days_asked
from providers.sandbox.vendor import Vendor
from providers.sandbox.vendor_accounts import NAMES, Asset, VendorAccounts
from providers.sandbox.wire import json_answer

ACCOUNTS = VendorAccounts(
    {account: {"key": f"sandbox-{account}-madeup-key"} for account in NAMES},
    lambda account, index: Asset(f"{account}-{index}", "video", f"Title {index}"),
)


def answer(request):
    account = ACCOUNTS.account_of("key", request.query.get("key"))
    if account is None:
        return json_answer({"error": "who are you?"}, 403)
    if wait := request.wait(account):
        return json_answer({"wait": wait}, 429)
    day, shape = str(request.moment.today("madeup")), request.settings.get("madeup_shape", 1)
    return json_answer({"account": account, "today": day, "plays": 10, "shape": shape})


def facts(moment, account, asked):
    for asset in ACCOUNTS.assets(account, moment.assets):
        for day in days_asked(moment, "madeup", asked):
            yield Fact("madeup", account, asset.external_id, "plays", 10, day)


VENDOR = Vendor(
    "madeup",
    "Made up",
    ACCOUNTS,
    answer,
    facts,
    zone=timezone(timedelta(hours=9)),
    limit=4,
    failure=lambda request, code: json_answer({"failed": code}),
    settings={"madeup_shape": (1, 2)},
)
'''


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A sandbox with one more folder to look in, and one more line."""
    (tmp_path / "madeup").mkdir()
    (tmp_path / "madeup" / "__init__.py").write_text(FOLDER)
    monkeypatch.setattr(vendors, "__path__", [*vendors.__path__, str(tmp_path)])
    with Sandbox(assets=3, now=NOON, vendors=vendors.load([*vendors.FOLDERS, "madeup"])) as sandbox:
        yield sandbox.url


def get(url: str, path: str) -> requests.Response:
    return requests.get(url + path, timeout=10)


def test_it_works(url: str) -> None:
    assert get(url, "/madeup/?key=sandbox-south-madeup-key").json() == {
        "account": "south",
        "today": "2026-01-20",
        "plays": 10,
        "shape": 1,
    }
    assert get(url, "/madeup/?key=x").status_code == 403
    assert get(url, "/madeup/").status_code == 403


def test_the_front_page_names_it_and_its_accounts(url: str) -> None:
    front = get(url, "/").json()
    assert front["providers"][-1] == "/madeup"
    assert front["accounts"]["north"]["madeup"] == {"key": "sandbox-north-madeup-key"}


def test_its_truth_is_in_the_ledger(url: str) -> None:
    facts = get(url, "/_ledger?provider=madeup&account=north&from=2026-01-19").json()["facts"]
    assert [(fact["asset"], fact["day"], fact["value"]) for fact in facts[:2]] == [
        ("north-0", "2026-01-19", "10"),
        ("north-0", "2026-01-20", "10"),
    ]
    assert len(facts) == 6
    assert "callfire" in get(url, "/_ledger?provider=nobody").json()["error"]
    assert "madeup" in get(url, "/_ledger?provider=nobody").json()["error"]


def test_its_clock_is_its_zones(url: str) -> None:
    requests.post(f"{url}/_clock", json={"now": "2026-01-20T16:00:00Z"}, timeout=10)
    assert get(url, "/madeup/?key=sandbox-south-madeup-key").json()["today"] == "2026-01-21"


def test_its_faults_and_settings(url: str) -> None:
    wrong = requests.post(f"{url}/_faults", json={"madeup_shape": 3}, timeout=10)
    assert (wrong.status_code, wrong.json()["error"]) == (400, "madeup_shape must be 1 or 2")
    set_here = requests.post(f"{url}/_faults", json={"madeup_shape": 2}, timeout=10).json()["faults"]
    assert (set_here[0]["kind"], set_here[0]["madeup_shape"]) == ("madeup_shape", 2)
    assert get(url, "/madeup/?key=sandbox-south-madeup-key").json()["shape"] == 2
    requests.post(f"{url}/_faults", json={"kind": "failed_status", "provider": "madeup", "code": "77"}, timeout=10)
    assert get(url, "/madeup/?key=sandbox-south-madeup-key").json() == {"failed": "77"}


def test_its_limit(url: str) -> None:
    asked = [get(url, "/madeup/?key=sandbox-south-madeup-key").status_code for _ in range(5)]
    assert asked == [200, 200, 200, 200, 429]


def test_a_limit_of_nobody_is_refused() -> None:
    with pytest.raises(TypeError, match="no vendor has callfire_limit, only smartstream_limit"):
        Sandbox(callfire_limit=3)
