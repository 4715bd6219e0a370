"""The Django app of the fetching side."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "providers"
