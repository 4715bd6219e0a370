"""What a time goes into: the seconds of its statements, by name, and the rest."""

import time
from typing import Any


class Shares:
    """Give `statement` to `connection.execute_wrapper()`; `said(whole)` names every share above 2 %."""

    rest = "the rest"

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def name_of(self, sql: str) -> str:
        """Under which name a statement counts."""
        raise NotImplementedError

    def add(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def statement(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            text = sql if isinstance(sql, str) else sql.as_string(None)  # psycopg's, put together from parts
            self.add(self.name_of(text), time.perf_counter() - started)

    def said(self, whole: float) -> str:
        shares = self.seconds | {self.rest: whole - sum(self.seconds.values())}
        ranked = sorted(shares.items(), key=lambda pair: -pair[1])
        return ", ".join(f"{name} {100 * seconds / whole:.0f} %" for name, seconds in ranked if seconds > whole / 50)
