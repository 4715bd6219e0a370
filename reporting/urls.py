"""Addresses: signing in, the console, the API, the pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.defaults import page_not_found

from reporting.pages.home import home

urlpatterns = [
    path("", home, name="home"),
    path("accounts/email/", page_not_found, {"exception": Exception()}),  # nobody verifies it here
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("reporting.api.urls")),
    path("api/", include("providers.urls")),  # by name: nothing here imports providers
    path("t/<slug:tenant>/", include("reporting.pages.urls")),
]

handler404 = "reporting.api.problems.not_found"
handler500 = "reporting.api.problems.server_error"
