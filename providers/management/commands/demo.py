"""`manage.py demo`: the site with two demo tenants, synced from the sandbox. `make demo` calls it.

The file that was provisioned at the first start is kept in VAR_DIR, so a second start finds everything as it was.
"""

import os
import socket
import time
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from providers.sandbox import demo
from providers.scheduling import queue
from reporting.embedded.supervisor import Stop, Supervisor
from reporting.management.commands.serve import start_site
from reporting.models import Connection, SyncRun, User
from reporting.tenancy.scoping import all_tenants, tenant_scope


class Command(BaseCommand):
    help = "Runs the site with two demo tenants and the sandbox as their five providers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--sandbox-port", type=int, default=int(os.environ.get("SANDBOX_PORT", "9000")))

    def handle(self, *args: Any, **options: Any) -> None:
        self.begun, self.told = time.monotonic(), False
        settings.ALLOW_PRIVATE_PROVIDER_URLS = True
        environment = {"ALLOW_PRIVATE_PROVIDER_URLS": "true"}
        port, sandbox_port = free_port(options["port"]), free_port(options["sandbox_port"])
        supervisor = Supervisor()
        try:
            sandbox = ["manage.py", "sandbox", f"--port={sandbox_port}", f"--assets={demo.ASSETS}", "--verbosity=0"]
            supervisor.start("sandbox", sandbox, environment)
            call_command("migrate", verbosity=0)
            self.provision(f"http://127.0.0.1:{sandbox_port}")
            os.environ.update(environment)
            start_site(supervisor, "127.0.0.1", port, threads=8, workers=2)
            self.queue_first_syncs()
            self.tell(port, sandbox_port)
            ended = supervisor.wait(self.tell_when_synced)
            self.stderr.write(f"The {ended} ended by itself, so all were stopped. Its messages stand above.")
        except Stop:
            self.stdout.write("Stopping.")
        finally:
            supervisor.stop()

    def provision(self, sandbox_url: str) -> None:
        """From the kept file; its days stay those of the first start, its addresses follow the sandbox."""
        path: Path = settings.VAR_DIR / "demo.toml"
        known = path.read_text() if path.exists() else ""
        if f'"{sandbox_url}/' not in known:
            first_day = timezone.now().date()
            path.write_text(demo.document(first_day, sandbox_url) if not known else demo.moved(known, sandbox_url))
        call_command("provision", str(path), stdout=StringIO())
        User.objects.filter(email=demo.STAFF).exists() or User.objects.create_superuser(demo.STAFF, demo.PASSWORD)

    def queue_first_syncs(self) -> None:
        """What has never been synced is synced now, through Celery; the rest is the scheduler's."""
        with all_tenants():
            fresh = list(Connection.objects.filter(last_success=None, tenant__slug__in=demo.TENANTS))
            SyncRun.objects.filter(connection__in=fresh, state=SyncRun.State.QUEUED).delete()
        for connection in fresh:
            with tenant_scope(connection.tenant_id):
                queue.queue(connection)

    def tell(self, port: int, sandbox_port: int) -> None:
        site = f"http://127.0.0.1:{port}"
        self.stdout.write(f"\nViewledger: {site}/   the providers' sandbox: http://127.0.0.1:{sandbox_port}/_ledger\n")
        self.stdout.write(f"Everybody's password is {demo.PASSWORD}")
        for email, about in [*demo.people(), (demo.STAFF, "platform staff, /admin/")]:
            self.stdout.write(f"  {email:32} {about}")
        self.stdout.write("The first sync is running; Ctrl-C stops everything.")

    def tell_when_synced(self) -> None:
        """Says once when every connection has its figures."""
        if self.told or time.monotonic() - self.begun < 1:
            return
        with all_tenants():
            missing = Connection.objects.filter(last_success=None, tenant__slug__in=demo.TENANTS).count()
        if not missing:
            self.told = True
            self.stdout.write(f"All connections are synced, {time.monotonic() - self.begun:.0f} s after the start.")


def free_port(wanted: int) -> int:
    """The wanted port, or another where it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
