"""The Django app of the reading side."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        from reporting.tenancy import checks  # noqa: F401  (registers the system checks)
