"""The addresses of a tenant's pages, below `/t/{tenant}/`."""

from django.urls import path

from reporting.pages import lineage, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("vega-<str:version>.js", views.vega, name="vega"),
    path("lineage/", lineage.lineage, name="lineage"),
    path("readings/<int:snapshot>/", lineage.reading, name="reading"),
    path("readings/<int:snapshot>/answer", lineage.answer, name="answer"),
    path("c/<slug:customer>/", views.customer, name="customer"),
    path("c/<slug:customer>/report.<slug:format>", views.customer_file, name="customer_file"),
    path("c/<slug:customer>/changes/", views.changes, name="changes"),
    path("c/<slug:customer>/sessions/", views.sessions, name="sessions"),
]
