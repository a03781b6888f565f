"""Folders and fields of a collection, read as strictly as an envelope: a copy means nothing without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.core.copy_records import CollectionField, Folder
from app.core.json_values import count, entries, text, texts
from app.core.outcomes import Reason
from app.core.parsing import Unreadable
from app.errors import DiscogsResponseError

T = TypeVar("T", Folder, CollectionField)


def folders_of(told: Mapping[str, Any], path: str) -> tuple[Folder, ...]:
    """The folders under `folders`. Raises DiscogsResponseError (schema.envelope)."""
    return _each(told, "folders", _folder, path)


def fields_of(told: Mapping[str, Any], path: str) -> tuple[CollectionField, ...]:
    """The custom fields under `fields`. Raises DiscogsResponseError (schema.envelope)."""
    return _each(told, "fields", _field, path)


def _each(told: Mapping[str, Any], key: str, parse: Callable[[Mapping[str, Any]], T], path: str) -> tuple[T, ...]:
    try:
        if not isinstance(told.get(key), list):
            raise Unreadable(f"{key} is no list")
        found = tuple(parse(entry) for entry in entries(told, key))
        if len({each[0] for each in found}) != len(found):
            raise Unreadable(f"an id comes twice among the {key}")
    except Unreadable as problem:
        raise DiscogsResponseError(Reason.SCHEMA_ENVELOPE, status=200, url_path=path, detail=str(problem)) from problem
    return found


def _folder(entry: Mapping[str, Any]) -> Folder:
    return Folder(_number(entry, "id"), _text(entry, "name"), _number(entry, "count"))


def _field(entry: Mapping[str, Any]) -> CollectionField:
    return CollectionField(
        field_id=_number(entry, "id"),
        name=_text(entry, "name"),
        kind=_text(entry, "type"),
        position=count(entry.get("position")),
        is_public=entry.get("public") is True,
        options=texts(entry, "options"),
        lines=count(entry.get("lines")),
    )


def _number(entry: Mapping[str, Any], key: str) -> int:
    number = count(entry.get(key))
    if number is None:
        raise Unreadable(f"{key} is no whole number")
    return number


def _text(entry: Mapping[str, Any], key: str) -> str:
    """A name may be blank on the website; then it is shown as nothing."""
    if not isinstance(entry.get(key), str):
        raise Unreadable(f"{key} is no text")
    return text(entry, key) or ""
