"""Signing in: people are invited by their tenant's managers, nobody signs up by himself."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """allauth's behaviour, without the sign-up form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
