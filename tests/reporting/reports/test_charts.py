"""A chart is drawn from what its spec holds: it fetches nothing, whatever stands in it."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reporting.metrics import METRICS
from reporting.reports import charts
from reporting.reports.charts import Bar

Spec = dict[str, Any]


class Server:
    """In a process of its own: the one that draws would not let a thread of ours answer."""

    def __init__(self, folder: Path) -> None:
        (folder / "x.csv").write_text("period,value,a\nfrom-elsewhere,1,2026-01-01\n")
        self.log = folder / "log"
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline().split()[5])

    @property
    def has_heard(self) -> bool:
        return "GET" in self.log.read_text()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.process.terminate()
    running.process.communicate(timeout=10)


def drawn() -> Spec:
    bars = [Bar("2026-01-01", "1 Jan", Decimal(3), "3"), Bar("2026-01-02", "2 Jan", None, "")]
    return charts.spec(METRICS["plays"], bars)


def data(spec: Spec, url: str) -> Spec:
    return spec | {"data": {"url": url, "format": {"type": "csv"}}}


def looked_up(spec: Spec, url: str) -> Spec:
    return spec | {"transform": [{"lookup": "period", "from": {"data": {"url": url}, "key": "a", "fields": ["value"]}}]}


def images(spec: Spec, url: str) -> Spec:
    return spec | {"mark": {"type": "image", "url": url, "width": 9, "height": 9}}


def test_it_works() -> None:
    svg = charts.svg(drawn())
    assert svg.startswith("<svg")
    assert "1 Jan" in svg


@pytest.mark.parametrize("change", [data, looked_up, images])
def test_no_address_is_asked(server: Server, change: Callable[[Spec, str], Spec]) -> None:
    try:
        svg = charts.svg(change(drawn(), f"http://127.0.0.1:{server.port}/x.csv"))
    except ValueError:
        svg = ""
    assert not server.has_heard
    assert "from-elsewhere" not in svg


@pytest.mark.parametrize("scheme", ["file://", ""])
@pytest.mark.parametrize("change", [data, looked_up])
def test_no_file_is_read(tmp_path: Path, change: Callable[[Spec, str], Spec], scheme: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("period,value,a\nfrom-a-file,1,2026-01-01\n")
    try:
        svg = charts.svg(change(drawn() | {"encoding": {"x": {"field": "period"}}}, f"{scheme}{path}"))
    except ValueError:
        svg = ""
    assert "from-a-file" not in svg


def test_a_gap_keeps_its_place() -> None:
    """Of three days the first has a figure: its bar is as wide as if all had one."""
    days = [Bar(f"day {day}", f"{day} Jan", Decimal(3) if day == 1 else None, "") for day in (1, 2, 3)]
    full = [Bar(bar.label, bar.tick, Decimal(3), "") for bar in days]
    svg = charts.svg(charts.spec(METRICS["plays"], days))
    assert [f"{day} Jan" in svg for day in (1, 2, 3)] == [True, True, True]
    assert bar_of(svg) == bar_of(charts.svg(charts.spec(METRICS["plays"], full)))


def bar_of(svg: str) -> str:
    """The outline of the first bar."""
    found = re.search(r'aria-label="[^"]*day 1[^"]*"[^>]* d="([^"]+)"', svg)
    assert found, svg
    return found[1]
