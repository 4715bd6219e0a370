"""The console's side bar, in the order in which a tenant is set up and then watched."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

MENU: dict[str, list[tuple[str, str, str, str]]] = {
    "Who": [
        ("Tenants", "apartment", "reporting_tenant_changelist", "tenant"),
        ("Customers", "handshake", "reporting_customer_changelist", "customer"),
        ("People", "person", "reporting_user_changelist", "user"),
        ("Memberships", "badge", "reporting_membership_changelist", "membership"),
        ("API tokens", "key", "reporting_apitoken_changelist", "apitoken"),
    ],
    "What is counted": [
        ("Connections", "cable", "reporting_connection_changelist", "connection"),
        ("Assets", "video_library", "reporting_asset_changelist", "asset"),
        ("Programmes", "movie", "reporting_programme_changelist", "programme"),
        ("Suggested programmes", "join", "programme_suggestions", "programme"),
        ("Programme rules", "rule_settings", "reporting_programmerule_changelist", "programmerule"),
        ("Assignment rules", "rule", "reporting_assignmentrule_changelist", "assignmentrule"),
        ("PPV accesses", "lock_open", "reporting_ppvaccess_changelist", "ppvaccess"),
    ],
    "What was fetched": [
        ("Runs", "sync", "reporting_syncrun_changelist", "syncrun"),
        ("Progress", "timeline", "reporting_feedprogress_changelist", "feedprogress"),
        ("Snapshots", "inventory_2", "reporting_snapshot_changelist", "snapshot"),
    ],
    "The ledger": [
        ("Facts", "table_rows", "facts", "fact"),
        ("Restatements", "history", "reporting_restatement_changelist", "restatement"),
        ("Counter resets", "trending_down", "reporting_counterreset_changelist", "counterreset"),
        ("PPV sessions", "live_tv", "reporting_ppvsession_changelist", "ppvsession"),
    ],
}
SIGN_IN = ("Second factors", "phonelink_lock", "mfa_authenticator_changelist", "mfa.view_authenticator")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Asked by unfold for each page; what a person may not look at is left out."""
    groups: list[dict[str, Any]] = []
    for title, entries in MENU.items():
        items = [
            _item(label, icon, name)
            for label, icon, name, model in entries
            if request.user.has_perm(f"reporting.view_{model}")
        ]
        if title == "Who" and request.user.has_perm(SIGN_IN[3]):
            items.append(_item(*SIGN_IN[:3]))
        if items:
            groups.append({"title": title, "separator": bool(groups), "items": items})
    return groups


def _item(label: str, icon: str, name: str) -> dict[str, Any]:
    return {"title": label, "icon": icon, "link": reverse(f"admin:{name}")}
