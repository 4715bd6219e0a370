"""What the end of a run means for its connection: it recovers, it is counted as failing, or it rests until a person acts. A
connection's managers are written to once per incident; the incident is over when a run brings something again.

    refused credentials     needs attention at once
    other failures          the rhythm slows down (`queue.DUE`); after WARN_AFTER in a row, or a LONG time, its page shows it;
                            after REST_AFTER in a row it rests
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from providers import registry
from providers.scheduling import circuit_breaker
from reporting.models import Connection, Membership, SyncRun
from reporting.tenancy.scoping import tenant_scope

logger = logging.getLogger(__name__)

WARN_AFTER = 20  # failed runs in a row
REST_AFTER = 30
LONG = timedelta(days=2)  # with growing pauses, or one sync a day, WARN_AFTER failures are weeks of old figures
SOME = 3  # fewer may be chance, however long they took
MAIL_TIMEOUT = 20  # seconds
OURS = {"KeyboardInterrupt", "SystemExit"}  # a run that was broken off says nothing about its connection
NOTED = ["state", "state_message", "last_success", "failures", "failing_since", "notified_at"]
State = Connection.State


def ended(run: SyncRun, stored: int = 0, refusal: str = "") -> None:
    """Records in the connection, and in its provider's health, how a run ended. `stored` counts its readings; `refusal` is
    the sentence of an AskPerson that ended it."""
    with tenant_scope(run.tenant_id):
        connection = (
            Connection.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=run.connection_id)
        )
        circuit_breaker.ended(connection, run, stored)
        is_plain = not (run.feed or run.from_day or run.to_day)
        if is_plain and run.state == SyncRun.State.SUCCEEDED:
            connection.last_success = run.finished_at
        if refusal:
            _refused(connection, refusal)
        elif stored or run.state == SyncRun.State.SUCCEEDED:
            _recovered(connection)
        elif is_plain and run.state in (SyncRun.State.FAILED, SyncRun.State.PARTIAL) and not _is_ours(run):
            _failed(connection, run)
        connection.save(update_fields=NOTED)


def _is_ours(run: SyncRun) -> bool:
    return bool(run.errors) and run.errors[-1]["error"] in OURS


def _refused(connection: Connection, refusal: str) -> None:
    """It did answer: the count of failures begins anew, so that it is asked in its own rhythm once it is mended."""
    connection.failing_since, connection.failures = connection.failing_since or timezone.now(), 0
    if connection.state in (State.PAUSED, State.DELETED):  # a person has decided that
        return
    connection.state, connection.state_message = State.NEEDS_ATTENTION, refusal
    _notify(connection)


def _recovered(connection: Connection) -> None:
    connection.failures, connection.failing_since, connection.notified_at = 0, None, None
    if connection.state == State.NEEDS_ATTENTION:
        connection.state = State.ACTIVE
    if connection.state == State.ACTIVE:
        connection.state_message = ""


def _failed(connection: Connection, run: SyncRun) -> None:
    connection.failing_since, connection.failures = connection.failing_since or timezone.now(), connection.failures + 1
    is_long = connection.failures >= SOME and timezone.now() - connection.failing_since >= LONG
    if not (connection.failures >= WARN_AFTER or is_long) or connection.state != State.ACTIVE:
        return
    since, detail = (
        _clock(connection.failing_since, connection),
        run.errors[-1]["detail"] if run.errors else "No reason.",
    )
    said = f"Since {since} {connection.failures} runs in a row have failed. The last one said: {detail}"
    if connection.failures >= REST_AFTER:
        connection.state = State.NEEDS_ATTENTION
        connection.state_message = f"{said} It rests now: save it, or ask for a sync, to try again."
    else:
        connection.state_message = f"{said} It is still tried, less and less often, and rests after {REST_AFTER}."
    _notify(connection)


def _clock(moment: datetime, connection: Connection) -> str:
    """In the tenant's zone, which is for times shown to people."""
    zone = connection.tenant.time_zone
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _notify(connection: Connection) -> None:
    if connection.notified_at is None:
        connection.notified_at = timezone.now()
        transaction.on_commit(partial(_write, connection.tenant_id, connection.pk))


def _write(tenant_id: int, connection_id: int) -> None:
    """Mail to the tenant's managers. Whatever goes wrong here is logged; the next run that fails tries again."""
    try:
        with tenant_scope(tenant_id):
            messages = _messages(Connection.objects.select_related("tenant").get(pk=connection_id))
        if messages:
            get_connection(timeout=MAIL_TIMEOUT).send_messages(messages)
    except Exception:
        logger.exception(
            "No mail about connection %s could be sent to the managers of tenant %s.", connection_id, tenant_id
        )
        with tenant_scope(tenant_id):
            Connection.objects.filter(pk=connection_id).update(notified_at=None)


def _messages(connection: Connection) -> list[EmailMessage]:
    """One to each manager."""
    managers = Membership.objects.filter(role=Membership.Role.MANAGER, user__is_active=True)
    known = registry.all_providers().get(connection.provider)
    facts = {
        "connection": connection,
        "tenant": connection.tenant,
        "provider": known.name if known else connection.provider,
        "rests": connection.state == State.NEEDS_ATTENTION,
        "since": _clock(connection.failing_since or timezone.now(), connection),
        "page": _link(reverse("overview", args=[connection.tenant.slug])),
        "console": _link(reverse("admin:reporting_connection_change", args=[connection.pk])),
    }
    subject = " ".join(render_to_string("reporting/mail/attention_subject.txt", facts).split())
    text = render_to_string("reporting/mail/attention.txt", facts)
    return [EmailMessage(subject, text, to=[to]) for to in managers.values_list("user__email", flat=True)]


def _link(path: str) -> str:
    """With the site's own address where the settings name one; a path elsewhere."""
    origins = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin]
    return f"{origins[0].rstrip('/') if origins else ''}{path}"
