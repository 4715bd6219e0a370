"""The applications that a vendor has for a connection, asked for so that nobody has to type their names.

It waits for the provider: never call it inside a tenant_scope.
"""

from providers.connections.check import asking
from providers.http.fetcher import fetch
from providers.toolkit.errors import SyncError, UnknownFailure, Unreadable
from reporting.models import Connection


def listed(connection: Connection) -> list[str]:
    """Their names. Raises SyncError, scrubbed: Unreadable where the provider answers none of its questions in a way that we can
    read; and UnknownProvider."""
    with asking(connection) as client:
        last: SyncError = Unreadable(f"{client.provider.name} lists no applications.")
        for question in client.provider.applications_questions:
            try:
                return client.provider.application_names(fetch(client, question).document())
            except (Unreadable, UnknownFailure) as error:  # it may know the other command
                last = error
        raise last
