"""The addresses of a tenant's pages, below `/t/{tenant}/`."""

from django.urls import path

from reporting.pages import customer, lineage, overview, restatements, sessions

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("vega-<str:version>.js", customer.vega, name="vega"),
    path("lineage/", lineage.lineage, name="lineage"),
    path("readings/<int:snapshot>/", lineage.reading, name="reading"),
    path("readings/<int:snapshot>/answer", lineage.answer, name="answer"),
    path("c/<slug:customer>/", customer.customer, name="customer"),
    path("c/<slug:customer>/report.<slug:format>", customer.customer_file, name="customer_file"),
    path("c/<slug:customer>/changes/", restatements.changes, name="changes"),
    path("c/<slug:customer>/sessions/", sessions.sessions, name="sessions"),
]
