"""The settings that this process works with, and where each of them comes from. No character of a secret is in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from config import Settings, secret_variables

DEFAULT, BY_PROGRAM = "default", "the program"
SET, NOT_SET = "set", "not set"


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """`value` in words, of a secret only whether it is set; `origin` in words."""

    name: str
    value: str
    origin: str
    is_secret: bool

    @property
    def is_default(self) -> bool:
        """Whether nobody set it."""
        return self.origin == DEFAULT


def settings_in_force(settings: Settings) -> list[SettingInForce]:
    """Every setting, in the order in which they are declared."""
    secret = {name.lower() for name in secret_variables()}
    fields = [each for each in dataclasses.fields(settings) if "read" in each.metadata]
    folder = SettingInForce(
        "WAXMIRROR_INSTANCE", str(settings.instance_path), settings.origins.get("instance_path", DEFAULT), False
    )
    return [folder, *(_setting(settings, each, is_secret=each.name in secret) for each in fields)]


def _setting(settings: Settings, each: dataclasses.Field[Any], *, is_secret: bool) -> SettingInForce:
    value = getattr(settings, each.name)
    name = each.name.upper()
    told = (SET if value else NOT_SET) if is_secret else _in_words(value)
    return SettingInForce(name, told, _origin(settings, each), is_secret)


def _origin(settings: Settings, each: dataclasses.Field[Any]) -> str:
    if each.name in settings.origins:
        return settings.origins[each.name]
    # A relative file is made absolute: an address that nobody set differs from what is declared.
    is_declared = getattr(settings, each.name) == each.default or each.name == "database_url"
    return DEFAULT if is_declared else BY_PROGRAM


def _in_words(value: Any) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(map(str, value)) or NOT_SET
    return f"{value:g}" if isinstance(value, float) else str(value)
