"""The reading side, and the project package. The Celery application is made with it, so that tasks find their broker."""

from reporting.celery import app as celery_app

__all__ = ["celery_app"]
