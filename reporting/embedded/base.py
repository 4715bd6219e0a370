"""The Django backend of the embedded server.

    DATABASES = {"default": {"ENGINE": "reporting.embedded", "NAME": "viewledger", "USER": "viewledger",
                             "VAR_DIR": Path("var")}}

HOST and PORT are the server's own. Every new connection sees to a running server first, so commands start it, and a
process whose server was killed gets the next one.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base, client

from reporting.embedded import PORT, ensure_running, system


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell`, with the wheel's psql."""

    def runshell(self, parameters: Iterable[str]) -> None:
        settings = self.connection.settings_dict
        settings.update(HOST=str(ensure_running(_var_dir(settings))), PORT=str(PORT))
        os.environ["PATH"] = f"{system.binaries()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, on the socket of the server of the setting VAR_DIR; also for making test databases."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params | {"host": str(ensure_running(_var_dir(self.settings_dict))), "port": PORT}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Tries once more after a server that died, or restarts after a crash, answers again. A pool does so itself."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            if self.pool:
                raise
        ensure_running(_var_dir(self.settings_dict), recheck=True)
        return super().get_new_connection(conn_params)


def _var_dir(settings: dict[str, Any]) -> Path:
    try:
        return Path(settings["VAR_DIR"])
    except KeyError:
        raise ImproperlyConfigured('ENGINE "reporting.embedded" needs VAR_DIR beside it in DATABASES.') from None
