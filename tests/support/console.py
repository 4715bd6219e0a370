"""What the console has pages for."""

from django.apps import apps
from django.contrib import admin
from django.db.models import Model


def console_models() -> list[type[Model]]:
    """Each model with pages in the console."""
    return [model for model in apps.get_models() if admin.site.is_registered(model)]
