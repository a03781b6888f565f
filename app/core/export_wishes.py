"""What somebody wants exported of a collection or a shop: which rows, in which form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.parsing import clean
from app.core.query import LONGEST_TEXT, BadQuery
from app.core.text import fold

# Others read these files by position and name: the order is kept for ever.
FOLDER_COLUMNS = (
    "Artists",
    "Title",
    "Label",
    "Catalog Number",
    "Country",
    "Year",
    "Genres",
    "Styles",
    "Price",
    "URL",
)
MARKET_COLUMNS = (
    "title",
    "artists",
    "labels",
    "catno",
    "country",
    "year",
    "genres",
    "styles",
    "listing_price",
    "condition",
    "sleeve_condition",
    "comments",
    "posted",
    "status",
    "url",
)
FILTERS = ("genre", "label", "year", "year_min", "year_max")
WISHES = (*FILTERS, "format")
YEARS = range(1, 10_000)
LONGEST_NAME = 60
WITH_COMMAS = ("folk, world, & country",)  # the one genre that is no single word of a list


class ExportKind(StrEnum):
    """The jobs that export, or prepare it."""

    FOLDER = "folder-export"
    BATCH = "batch"  # the same, as the batch routes begin it
    MARKETPLACE = "marketplace-export"
    IMPORT = "cache-import"


class ExportFormat(StrEnum):
    """The form of a file; every one of them is safe to open in a spreadsheet."""

    CSV = "csv"
    EXCEL = "excel"  # CSV with the mark by which Excel knows UTF-8
    JSON = "json"
    XML = "xml"

    @property
    def suffix(self) -> str:
        return "csv" if self is ExportFormat.EXCEL else str(self)

    @property
    def mimetype(self) -> str:
        kinds = {ExportFormat.JSON: "application/json", ExportFormat.XML: "application/xml"}
        return kinds.get(self, "text/csv")


@dataclass(frozen=True, slots=True)
class ExportWish:
    """The form of a file, and what narrows its rows; None asks for nothing."""

    format: ExportFormat = ExportFormat.CSV
    genre: str | None = None
    label: str | None = None
    year_min: int | None = None
    year_max: int | None = None

    def takes(self, *, genres: str | None, label: str | None, year: int | None) -> bool:
        """Whether a row belongs into the file. What is not known is not what was asked for."""
        if self.genre is not None and self.genre not in _folded_parts(genres):
            return False
        if self.label is not None and self.label not in fold(label or ""):
            return False
        if self.year_min is None and self.year_max is None:
            return True
        return year is not None and (self.year_min or 0) <= year <= (self.year_max or YEARS.stop)


def parse_wish(parameters: Mapping[str, Any]) -> ExportWish:
    """The wish that parameters tell, by name; an empty one asks nothing. Raises BadQuery with all that is wrong."""
    problems: dict[str, str] = {}
    year = _year(parameters, "year", problems)
    wish = ExportWish(
        format=_format(parameters, problems),
        genre=_text(parameters, "genre", problems),
        label=_text(parameters, "label", problems),
        year_min=year or _year(parameters, "year_min", problems),
        year_max=year or _year(parameters, "year_max", problems),
    )
    if problems:
        raise BadQuery(problems)
    return wish


def refuse_others(names: Iterable[str], known: Collection[str]) -> None:
    """A name that is misspelt would export everything. Raises BadQuery."""
    if problems := {name: "is not known here" for name in names if name not in known}:
        raise BadQuery(problems)


def export_name(about: str, at: datetime, wish: ExportWish, *, left_out: int = 0) -> str:
    """What the file is called: of what and of when it is, and whether rows are missing.

    >>> from datetime import UTC
    >>> export_name("collection Jazz/Funk", datetime(2026, 3, 2, 12, 5, tzinfo=UTC), ExportWish(), left_out=2)
    'collection-jazz-funk-20260302T1205Z-without-2.csv'
    """
    letters = "".join(letter if letter.isalnum() else " " for letter in fold(about)).split()
    name = "-".join(letters)[:LONGEST_NAME].rstrip("-") or "export"
    missing = f"-without-{left_out}" if left_out else ""
    return f"{name}-{at:%Y%m%dT%H%MZ}{missing}.{wish.format.suffix}"


def _folded_parts(joined: str | None) -> set[str]:
    """The names of a list that a comma and a space join; also "Folk, World, & Country", which holds commas itself."""
    whole = fold(joined or "")
    return {*whole.split(", "), *(name for name in WITH_COMMAS if name in whole)}


def _format(parameters: Mapping[str, Any], problems: dict[str, str]) -> ExportFormat:
    told = parameters.get("format")
    if told is None or told == "":
        return ExportFormat.CSV
    try:
        return ExportFormat(told.lower() if isinstance(told, str) else told)
    except ValueError:
        problems["format"] = f"must be one of {', '.join(ExportFormat)}"
        return ExportFormat.CSV


def _text(parameters: Mapping[str, Any], name: str, problems: dict[str, str]) -> str | None:
    told = parameters.get(name)
    if told is not None and not isinstance(told, str):
        problems[name] = "must be a text"
        return None
    text = clean(told or "").strip()
    if len(text) > LONGEST_TEXT:
        problems[name] = f"must have at most {LONGEST_TEXT} characters"
    return fold(text) or None


def _year(parameters: Mapping[str, Any], name: str, problems: dict[str, str]) -> int | None:
    told = parameters.get(name)
    if told is None or told == "":
        return None
    digits = str(told).strip() if type(told) in {int, str} else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) < 5 and int(digits) in YEARS):
        problems[name] = "must be a year"
        return None
    return int(digits)
