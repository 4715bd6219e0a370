"""What goes wrong on purpose: faults that hit requests, and settings that change what vendors say."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from fractions import Fraction
from threading import Lock
from typing import Any

from .truth import draw
from .wire import Answer, Request, json_answer

KINDS = (
    "error500",
    "rate_limited",
    "slow",
    "drip",
    "cut_body",
    "malformed",
    "repeated_page",
    "emptied",
    "failed_status",
    "wrong_content",
)
APART = ("repeated_page", "emptied")  # the vendor asks for these itself, where it has pages or lists something


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
    settings: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0

    def shown(self) -> dict[str, Any]:
        """As JSON, its settings by their own names; without what is not set."""
        shown: dict[str, Any] = {}
        for name, value in asdict(self).items():
            shown |= value if name == "settings" else {name: value}
        return {name: value for name, value in shown.items() if value is not None}

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

    def __init__(self, seed: int, settings: Mapping[str, tuple[int, ...]]) -> None:
        """`settings` are what vendors let a fault set, with the values that each may have."""
        self.seed, self._settings = seed, settings
        self._lock = Lock()
        self._all: list[Fault] = []
        self._next = 1

    def add(self, **fields: Any) -> list[dict[str, Any]]:
        """Adds one and lists all. ValueError says what is wrong with it."""
        set_here = {name: fields.pop(name) for name in self._settings if name in fields}
        follows = [*(["restate"] if "restate" in fields else []), *set_here, ""][0]
        kind = str(fields.pop("kind", None) or follows)
        if kind in self._settings:
            check_setting(kind, set_here.get(kind), self._settings[kind])
        elif kind == "restate":
            check_restatement(fields.get("restate"))
        elif kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        with self._lock:
            try:
                self._all.append(Fault(**{**fields, "id": self._next, "kind": kind}, settings=set_here))
            except TypeError as error:
                raise ValueError(f"a fault has no such field: {error}") from error
            self._next += 1
        return self.list()

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def list(self) -> list[dict[str, Any]]:
        return [fault.shown() for fault in self._all]

    def pick(self, provider: str, target: str, apart: str = "") -> Fault | None:
        """The fault that hits this request; of the kind `apart`, or of any but those."""
        if not self._all:
            return None
        with self._lock:
            for fault in self._all:
                is_due = fault.kind == apart if apart else fault.kind in KINDS and fault.kind not in APART
                if is_due and fault.fits(provider, target) and fault.strikes(self.seed):
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

    def settings(self) -> dict[str, int]:
        """Name -> the value that was set last."""
        values: dict[str, int] = {}
        for fault in self._all:
            values |= fault.settings
        return values


def check_setting(name: str, value: object, allowed: tuple[int, ...]) -> None:
    """ValueError unless a vendor's setting has one of its values."""
    if value not in allowed:
        *most, last = map(str, allowed)
        raise ValueError(f"{name} must be {', '.join(most)} or {last}")


def check_restatement(restate: Any) -> None:
    """ValueError unless a restatement is whole."""
    try:
        date.fromisoformat(restate["day"])
        fine = restate["provider"] and Fraction(str(restate["factor"])) >= 0
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"restate needs provider, day (2026-01-05) and factor: {error!r}") from error
    if not fine:
        raise ValueError("restate needs a provider and a factor not below 0")


def instead(fault: Fault, request: Request, failure: Callable[[Request, str], Answer] | None) -> Answer | None:
    """The answer that a fault puts in place of the vendor's; none where it only spoils it.

    `failure` is how the vendor itself says with HTTP 200 that it failed; without one it is HTTP 500.
    """
    if fault.kind == "error500":
        return Answer(b"<html><body><h1>500 Internal Server Error</h1></body></html>", "text/html", 500)
    if fault.kind == "rate_limited":
        return json_answer({"message": "Too Many Requests"}, 429, Retry_After=str(fault.retry_after))
    if fault.kind == "wrong_content":
        return Answer(b"<!DOCTYPE html><html><body><p>We will be back soon</p></body></html>", "text/html")
    if fault.kind == "failed_status":
        return failure(request, fault.code) if failure else json_answer({"message": "Internal Server Error"}, 500)
    return None
