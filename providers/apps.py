"""The Django app of the fetching side."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "providers"

    def ready(self) -> None:
        from providers.http import log_scrubber  # needs the settings

        log_scrubber.install()
