"""What an entry of the change log tells, asked in SQL, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, cast, func


def new_value(fields: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[Any]:
    """What a field became, as text; NULL where the entry does not tell of it. `fields` is {name: [old, new]}."""
    told: ColumnElement[Any] = cast(fields, JSON)[(name, 1)].as_string()
    return func.json_extract(fields, f'$."{name}"[1]', type_=Text) if dialect == "sqlite" else told
