"""The Celery application: `celery -A reporting.celery worker --beat`."""

import os

from celery import Celery

import reporting.embedded.broker  # noqa: F401  (makes the embedded broker known to kombu)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reporting.settings")
app = Celery("viewledger")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
