"""The reading side, from facts to screens, and the Django project. Its rooms are layers; none imports what comes after it:

    settings, environment, encryption, origin, error_reports, metrics, periods, vendor_text, embedded   foundations
    models, tenancy      the tables; who may see what, closed by default
    ledger               daily totals and assignments, kept in step with the facts
    query                the report query, the only reader of facts
    reports              what a page, an export, a mail and the API show alike
    exports              a report as a file
    pages, api, admin    the surfaces

The Celery application is made with this package, so that tasks find their broker.
"""

from reporting.celery import app as celery_app

__all__ = ["celery_app"]
