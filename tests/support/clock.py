"""The time that the fixture `clock` shows at first, unless a module is marked with another."""

from datetime import UTC, datetime

START = datetime(2026, 3, 10, 6, tzinfo=UTC)
