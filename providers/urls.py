"""Addresses of this app, below `/api/`; reporting/urls.py includes them by name, since it never imports providers."""

from typing import Any

from django.urls import path

from providers.api import AskForRun, CancelRun, ProvidersView, TryCredentials
from providers.connection_api import Connections

ROW: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("v1/providers", ProvidersView.as_view(), name="providers"),
    path("v1/connections", Connections.as_view({"get": "list", "post": "create"}), name="connection-list"),
    path("v1/connections/<int:pk>", Connections.as_view(ROW), name="connection-detail"),
    path("v1/connections/<int:pk>/feeds", Connections.as_view({"get": "feeds"}), name="connection-feeds"),
    path("v1/connections/<int:pk>/sync", AskForRun.as_view({"post": "sync"}), name="connection-sync"),
    path("v1/connections/<int:pk>/test", TryCredentials.as_view({"post": "test"}), name="connection-test"),
    path("v1/sync-runs/<int:pk>/cancel", CancelRun.as_view({"post": "cancel"}), name="sync-run-cancel"),
]
