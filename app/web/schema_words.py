"""What a JSON schema says, in words short enough for a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
LIMITS = {
    "minimum": "from {}",
    "maximum": "to {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "default": "{} when not given",
}


@dataclass(frozen=True, slots=True)
class Words:
    """A kind (`list of Listing`), the named schema it speaks of, if any, and what else is asked of a value."""

    kind: str
    reference: str | None
    limits: tuple[str, ...]


def words_of(schema: Schema) -> Words:
    """A schema in words.

    >>> words_of({"type": "array", "items": {"$ref": "#/components/schemas/Listing"}})
    Words(kind='list of Listing', reference='Listing', limits=())
    >>> words_of({"type": ["integer", "null"], "minimum": 1}).limits
    ('from 1', 'may be null')
    """
    return Words(_kind(schema), _reference(schema), tuple(_limits(schema)))


def _kind(schema: Schema) -> str:
    if (choices := _choices(schema)) != [schema]:
        return " or ".join(map(_kind, choices)) or "null"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kinds = [kind for kind in _listed(schema.get("type", "anything")) if kind != "null"]
    return " or ".join(kinds) + (f" ({schema['format']})" if "format" in schema else "")


def _choices(schema: Schema) -> list[Schema]:
    for joint in ("anyOf", "oneOf", "allOf"):
        if joint in schema:
            return [each for each in schema[joint] if each.get("type") != "null"]
    return [schema]


def _reference(schema: Schema) -> str | None:
    for each in _choices(schema):
        if "$ref" in each:
            return str(each["$ref"]).rpartition("/")[2]
        if "items" in each:
            return _reference(each["items"])
    return None


def _limits(schema: Schema) -> Iterator[str]:
    yield from (told.format(schema[name]) for name, told in LIMITS.items() if name in schema)
    if "pattern" in schema:
        yield f"like {', '.join(map(str, schema.get('examples', [schema['pattern']])))}"
    if "enum" in schema:
        yield "one of " + ", ".join(map(str, schema["enum"]))
    is_null_possible = "null" in _listed(schema.get("type", "")) or {"type": "null"} in schema.get("anyOf", [])
    if is_null_possible:
        yield "may be null"


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds
