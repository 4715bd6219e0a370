"""Sessions that an answer names twice, or in the future; addresses in one spelling; what was odd in a reading."""

from collections.abc import Iterator
from typing import Any

from django.db import migrations, models

from reporting.vendor_text import address

MANY = 2000
# What tells one session of an access from another, but for its address and number.
MOMENT = ("access_id", "started_text", "agent_digest")


def _respelled(sessions: Any) -> Iterator[Any]:
    """Those whose address has another spelling now. Two that an answer named in two spellings stay two."""
    for session in sessions.exclude(ip="").iterator(chunk_size=MANY):
        if (ip := address(session.ip)) == session.ip:
            continue
        session.ip = ip
        alike = sessions.filter(ip=ip, **{name: getattr(session, name) for name in MOMENT})
        while alike.filter(number=session.number).exists():
            session.number += 1
        yield session


def respell(apps: Any, schema_editor: Any) -> None:
    sessions = apps.get_model("reporting", "PpvSession").objects.order_by("pk")
    for session in _respelled(sessions):
        session.save(update_fields=["ip", "number"])


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0010_logs_and_resembling_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='syncrun',
            name='notes',
            field=models.JSONField(default=list, help_text='What was odd and stored all the same: feed, asset, window, note.'),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='notes',
            field=models.JSONField(default=list, help_text='What was odd in it and is stored all the same, a sentence each.'),
        ),
        migrations.RemoveConstraint(model_name='ppvsession', name='ppv_session_once'),
        migrations.AddField(
            model_name='ppvsession',
            name='number',
            field=models.PositiveIntegerField(default=1, help_text='From 1, among those of one second with equal address and agent.'),
        ),
        migrations.AddField(
            model_name='ppvsession',
            name='is_future',
            field=models.BooleanField(default=False, help_text='It begins after the moment at which the provider was asked for it.'),
        ),
        migrations.RunPython(respell, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='ppvsession',
            constraint=models.UniqueConstraint(fields=('tenant', 'access', 'started_text', 'ip', 'agent_digest', 'number'), name='ppv_session_once'),
        ),
    ]
