"""Days of moments, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func

DAY, MONTH = 10, 7  # characters of 2026-03-01 that tell it


def day_of(moment: ColumnElement[Any], dialect: str, length: int = DAY) -> ColumnElement[str]:
    """The day (or the month) of a moment in UTC, as text."""
    plain = moment if dialect == "sqlite" else func.timezone("UTC", moment)
    return func.substr(cast(plain, Text), 1, length)
