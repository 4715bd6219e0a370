"""The time at which the `clock` of all tests stands, unless a module is marked with another."""

from datetime import UTC, datetime

START = datetime(2026, 3, 10, 6, tzinfo=UTC)
