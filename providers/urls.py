"""Addresses of this app, below `/api/`; reporting/urls.py includes them by name, since it never imports providers."""

from django.urls import path

from providers.api import ProvidersView

urlpatterns = [
    path("v1/providers", ProvidersView.as_view(), name="providers"),
]
