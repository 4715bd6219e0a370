"""XLSX of a million rows, from a generator: the most memory that its process ever held."""

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from tests.benchmarks import stage
from tests.benchmarks.stage import Outcome

ROWS = 1_000_000
MOST = 200.0  # megabytes


def measure() -> list[Outcome]:
    """In a process of its own, with its own folder: what was measured before has left its mark on ours."""
    folder = stage.folder() / "xlsx"
    folder.mkdir()
    environment = os.environ | {"VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "reporting.settings"}
    asked = [sys.executable, "-m", "tests.benchmarks.xlsx_memory"]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    megabytes, empty, seconds, size = map(float, done.stdout.split())
    sides = f"{ROWS:,} rows of three columns, {size:,.0f} MB, in {seconds:.0f} s"
    limit = f"{empty:.0f} MB are the program itself, before the first row; a row is in memory until it is written"
    return [Outcome("XLSX of 1,000,000 rows, memory", megabytes, MOST, sides, limit, is_most=True, unit="MB")]


def peak() -> float:
    """Megabytes; `ru_maxrss` would begin with the parent's own, as it survives fork and exec."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def write() -> None:
    """Prints the peak of memory, that before the first row, the seconds, and the megabytes of the file."""
    import django

    django.setup()
    from reporting.exports import xlsx
    from tests.reporting.exports.pure import ExportColumn, document, figure

    rows = (
        {"title": f"Title of asset {n}", "plays": Decimal(n), "cost": Decimal(n) / 7, "currency": "EUR"}
        for n in range(ROWS)
    )
    before, started = peak(), time.perf_counter()
    pieces = xlsx.write(document([ExportColumn("title", "Title"), figure("plays"), figure("cost")], rows))
    size = sum(map(len, pieces)) / 2**20
    print(peak(), before, time.perf_counter() - started, size)


if __name__ == "__main__":
    write()
