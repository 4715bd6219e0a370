"""Addresses below `/api/`."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from reporting.api import lineage, lists, views

router = SimpleRouter(trailing_slash=False)
router.register("customers", lists.CustomerViewSet, "customer")
router.register("programmes", lists.ProgrammeViewSet, "programme")
router.register("assets", lists.AssetViewSet, "asset")
router.register("sync-runs", lists.SyncRunViewSet, "sync-run")
router.register("snapshots", lists.SnapshotViewSet, "snapshot")
router.register("restatements", lists.RestatementViewSet, "restatement")
router.register("counter-resets", lists.CounterResetViewSet, "counter-reset")
router.register("ppv-sessions", lists.PpvSessionViewSet, "ppv-session")

v1 = [
    path("report", views.ReportView.as_view(), name="report"),
    path("lineage", lineage.LineageView.as_view(), name="lineage"),
    path("metrics", views.MetricsView.as_view(), name="metrics"),
    *router.urls,
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(), name="docs"),
]
