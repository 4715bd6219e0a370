"""`manage.py serve`: web, worker and scheduler in the foreground as one thing, after `migrate`."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from reporting.embedded.supervisor import Stop, Supervisor

GUNICORN = ["--workers=2", "--log-level=warning", "--graceful-timeout=1", "--timeout=120"]

NO_ROOT_WARNING = ["-W", "ignore:You're running the worker"]  # in a container the worker often is root
CELERY = [*NO_ROOT_WARNING, "-m", "celery", "--app=reporting.celery", "--quiet"]


class Command(BaseCommand):
    help = "Migrates, then runs the web server, a Celery worker and the scheduler until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: PORT or 8000"
        )
        parser.add_argument("--web-threads", type=int, default=8)
        parser.add_argument("--workers", type=int, default=2, help="syncs at the same time (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        supervisor = Supervisor()
        try:
            start_site(supervisor, options["host"], options["port"], options["web_threads"], options["workers"])
            self.stdout.write(f"Viewledger: http://{options['host']}:{options['port']}/ (Ctrl-C stops it)")
            ended = supervisor.wait()
        except Stop:
            return
        finally:
            supervisor.stop()
        raise CommandError(f"The {ended} ended by itself, so all were stopped. Its messages stand above.")


def start_site(supervisor: Supervisor, host: str, port: int, threads: int, workers: int) -> None:
    """The three programs of the site."""
    for folder in ("broker/queue", "broker/control"):
        (settings.VAR_DIR / folder).mkdir(parents=True, exist_ok=True)
    supervisor.start(
        "web server",
        ["-m", "gunicorn", "reporting.wsgi", f"--bind={host}:{port}", f"--threads={threads}", *GUNICORN],
    )
    supervisor.start("worker", worker(workers))
    supervisor.start("scheduler", [*CELERY, "beat", "--loglevel=warning"])


def worker(processes: int) -> list[str]:
    """Python's arguments for a worker that makes so many syncs at a time. Workers have nothing to tell each other."""
    alone = ["--without-gossip", "--without-mingle"]
    return [*CELERY, "worker", f"--concurrency={processes}", "--loglevel=warning", *alone]
