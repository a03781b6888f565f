"""What is expected of each fault, as a table tells it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.fake_discogs import Fault

PAGES = ("first", "middle", "last")
INVENTORY = "/users/*/inventory"


@dataclass(frozen=True)
class Expectation:
    """One line of a table. `first` and `steady` are "outcome reason" or "outcome"; `rejected` counts items.

    `stream` says whose pages the line is about, where a table is about several.
    """

    fault: str
    arguments: str
    first: str
    steady: str
    rejected: int
    stream: str = "inventory"

    @property
    def kind(self) -> str:
        """The kind of the fault."""
        return self.fault.partition(":")[0]

    def make(self, page: str | None, path: str = INVENTORY) -> Fault:
        kind, _, name = self.fault.partition(":")
        named = {"item": "name", "status": "status"}.get(kind)
        arguments: dict[str, Any] = {named: _value(name)} if named else {}
        for pair in filter(None, self.arguments.split(";")):
            key, _, value = pair.partition("=")
            arguments[key] = _value(value)
        return Fault(kind, path, page=page, args=arguments)

    def told(self, mode: str, page: str) -> str:
        """What is expected of this page; pages apart by ` | ` where they differ."""
        per_page = (self.first if mode == "first" else self.steady).split(" | ")
        return per_page[0] if len(per_page) == 1 else per_page[PAGES.index(page)]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.fault, self.arguments)))


def table_of(path: Path) -> list[Expectation]:
    """The lines of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Expectation(**row | {"rejected": int(row["rejected"])}) for row in csv.DictReader(file)]  # type: ignore[arg-type]


def _value(text: str) -> int | float | str:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
