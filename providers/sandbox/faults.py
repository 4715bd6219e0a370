"""What goes wrong on purpose: faults that hit requests, and settings that change what vendors say."""

from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from threading import Lock
from typing import Any

from .truth import draw
from .vendors.boomstream import replies as boomstream
from .vendors.scaleengine import api as scaleengine
from .wire import Answer, Request, json_answer

KINDS = (
    "error500",
    "rate_limited",
    "slow",
    "drip",
    "cut_body",
    "malformed",
    "repeated_page",
    "failed_status",
    "wrong_content",
)


@dataclass
class Fault:
    """One fault. It hits the first `times` requests it could, or each with `probability`, or all of them."""

    id: int
    kind: str
    provider: str | None = None
    probability: float | None = None
    times: int | None = None
    match: str | None = None
    retry_after: int = 1
    seconds: float = 1.0
    code: str = "1000"
    restate: dict[str, Any] | None = None
    smartstream_shape: int | None = None
    seen: int = 0
    hits: int = 0

    def fits(self, provider: str, target: str) -> bool:
        return self.provider in (None, provider) and (self.match or "") in target

    def strikes(self, seed: int) -> bool:
        """Whether it hits the next fitting request: a pure function of (seed, id, running number)."""
        self.seen += 1
        if self.times is not None:
            hit = self.hits < self.times
        else:
            share = 1.0 if self.probability is None else self.probability
            hit = draw(seed, "fault", self.id, self.seen) < share * 2**64
        self.hits += hit
        return hit


class Faults:
    """The faults that are set, in order; the first that strikes wins."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._lock = Lock()
        self._all: list[Fault] = []
        self._next = 1

    def add(self, **wanted: Any) -> list[dict[str, Any]]:
        """Adds one and lists all. ValueError says what is wrong with it."""
        kind = wanted.get("kind") or ("restate" if "restate" in wanted else "smartstream_shape")
        if kind in ("restate", "smartstream_shape"):
            check_setting(wanted)
        elif kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        with self._lock:
            try:
                self._all.append(Fault(**{**wanted, "id": self._next, "kind": kind}))
            except TypeError as error:
                raise ValueError(f"a fault has no such field: {error}") from error
            self._next += 1
        return self.list()

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def list(self) -> list[dict[str, Any]]:
        return [{key: value for key, value in asdict(fault).items() if value is not None} for fault in self._all]

    def pick(self, provider: str, target: str, *, repeated_page: bool = False) -> Fault | None:
        """The fault that hits this request; repeated pages are asked for apart, where a later page is wanted."""
        if not self._all:
            return None
        with self._lock:
            for fault in self._all:
                wanted = fault.kind in KINDS and (fault.kind == "repeated_page") == repeated_page
                if wanted and fault.fits(provider, target) and fault.strikes(self.seed):
                    return fault
        return None

    def restated(self) -> dict[tuple[str, date], Fraction]:
        """(provider, day) -> the product of its factors."""
        factors: dict[tuple[str, date], Fraction] = {}
        for fault in self._all:
            if fault.restate:
                key = fault.restate["provider"], date.fromisoformat(fault.restate["day"])
                factors[key] = factors.get(key, Fraction(1)) * Fraction(str(fault.restate["factor"]))
        return factors

    @property
    def shape(self) -> int:
        """Which form of a SmartSTREAM group is served: the last one that was set, else the first."""
        return next((f.smartstream_shape for f in reversed(self._all) if f.smartstream_shape), 1)


def check_setting(wanted: dict[str, Any]) -> None:
    """ValueError unless a restatement is whole or the shape is known."""
    if "restate" not in wanted:
        if wanted.get("smartstream_shape") not in (1, 2, 3):
            raise ValueError("smartstream_shape must be 1, 2 or 3")
        return
    try:
        date.fromisoformat(wanted["restate"]["day"])
        fine = wanted["restate"]["provider"] and Fraction(str(wanted["restate"]["factor"])) >= 0
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"restate needs provider, day (2026-01-05) and factor: {error!r}") from error
    if not fine:
        raise ValueError("restate needs a provider and a factor not below 0")


def failed(request: Request, fault: Fault) -> Answer:
    """HTTP 200 with the vendor's own failure, where it has one; else HTTP 500."""
    if request.provider == "boomstream":
        return boomstream.failure(request, "Internal error")
    if request.provider == "scaleengine":
        return scaleengine.failure(fault.code)
    return json_answer({"message": "Internal Server Error"}, 500)


def instead(fault: Fault, request: Request) -> Answer | None:
    """The answer that a fault puts in place of the vendor's; none where it only spoils it."""
    if fault.kind == "error500":
        return Answer(b"<html><body><h1>500 Internal Server Error</h1></body></html>", "text/html", 500)
    if fault.kind == "rate_limited":
        return json_answer({"message": "Too Many Requests"}, 429, Retry_After=str(fault.retry_after))
    if fault.kind == "wrong_content":
        return Answer(b"<!DOCTYPE html><html><body><p>We will be back soon</p></body></html>", "text/html")
    return failed(request, fault) if fault.kind == "failed_status" else None
