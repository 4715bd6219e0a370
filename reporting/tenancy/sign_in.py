"""Signing in: people are invited by their tenant's managers, nobody signs up unasked.

Failed log-ins are throttled by allauth (`ACCOUNT_RATE_LIMITS`), for an address and for a client; the second factor is
allauth's too. The console has no log-in form of its own (`reporting/admin/site.py`), so that both hold there as well.
"""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """allauth's behaviour, without the sign-up form."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "Too many failed attempts. Wait a minute, then try again.",
        "email_password_mismatch": "This e-mail address and password do not belong together. Check both.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
