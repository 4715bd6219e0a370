"""Addresses: signing in, the console, the API, the pages."""

from django.contrib import admin
from django.urls import include, path

from reporting import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("reporting.api.urls")),
    path("api/", include("providers.urls")),  # by name: nothing here imports providers
    path("t/<slug:tenant>/", include("reporting.page_urls")),
]
