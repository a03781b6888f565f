"""Reads the collection and wantlist CSV of the Discogs website, and writes the former."""

import csv
import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .records import Copy, Credit, Field, Folder, Format, Release, Want
from .snapshots import pacific
from .vocabulary import PACIFIC

FIELD_PREFIX = "Collection "
_RELEASE_COLUMNS = ["Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id"]
_COLLECTION_COLUMNS = [*_RELEASE_COLUMNS, "CollectionFolder", "Date Added"]
_QUANTITY = re.compile(r"(\d+)x(.+)")
# Short names of media; what is none of them is a description of vinyl.
_MEDIA = {"Cass": "Cassette", "Box": "Box Set"} | {name: name for name in ("CD", "CDr", "DVD", "File", "SACD", "VHS")}


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One line: the folder by name, since the file knows no ids, and the fields by theirs without the prefix."""

    release: Release
    folder: str
    rating: int
    added: datetime
    notes: tuple[tuple[str, str], ...]


def read_collection(path: Path | str) -> tuple[list[str], list[CopyRow]]:
    """The names of the custom fields in their order, and the lines."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        fields = [name for name in reader.fieldnames or () if name.startswith(FIELD_PREFIX)]
        rows = [_copy_row(row, fields) for row in reader if row["release_id"].isdecimal()]
    return [name.removeprefix(FIELD_PREFIX) for name in fields], rows


def read_wantlist(path: Path | str) -> list[Want]:
    """The date stands in a tenth column without a name."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [*next(reader), "Date Added"]
        rows = [dict(zip(header, line, strict=False)) for line in reader if line]
    return [Want(_release(row), _moment(row["Date Added"]), int(row["Rating"] or 0), row["Notes"]) for row in rows]


def write_collection(copies: Iterable[Copy], folders: Sequence[Folder], fields: Sequence[Field]) -> bytes:
    """As the website writes it: CRLF, Pacific times without zone, no instance id, unknown year 0, no rating blank."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_COLLECTION_COLUMNS, *(FIELD_PREFIX + field.name for field in fields)])
    names = {folder.id: folder.name for folder in folders}
    for copy in copies:
        release, notes = copy.release, dict(copy.notes)
        writer.writerow(
            [
                release.catalog_number[:50],
                release.artist.removesuffix("*"),
                release.title,
                release.label[:255],
                release.format[:50],
                copy.rating or "",
                release.year,
                release.id,
                names.get(copy.folder_id, ""),
                pacific(copy.added),
                *(notes.get(field.id, "") for field in fields),
            ]
        )
    return out.getvalue().encode("utf-8")


def _copy_row(row: Mapping[str, str], fields: Iterable[str]) -> CopyRow:
    return CopyRow(
        release=_release(row),
        folder=row["CollectionFolder"],
        rating=int(row["Rating"] or 0),
        added=_moment(row["Date Added"]),
        notes=tuple((name.removeprefix(FIELD_PREFIX), row[name]) for name in fields if row.get(name)),
    )


def _release(row: Mapping[str, str]) -> Release:
    return Release(
        id=int(row["release_id"]),
        title=row["Title"],
        artist=row["Artist"],
        label=row["Label"],
        catalog_number=row["Catalog#"],
        format=row["Format"],
        year=int(row["Released"] or 0),
        artists=(Credit(_number(row["Artist"]), row["Artist"]),),
        labels=(Credit(_number(row["Label"]), row["Label"], catno=row["Catalog#"]),),
        formats=tuple(_format(part) for part in row["Format"].split(" + ") if part.strip()),
    )


def _format(text: str) -> Format:
    first, *rest = (part.strip() for part in text.split(","))
    match = _QUANTITY.fullmatch(first)
    quantity, first = (int(match.group(1)), match.group(2)) if match else (1, first)
    name = _MEDIA.get(first, "Vinyl")
    return Format(name, quantity, tuple(part for part in (*([first] if name == "Vinyl" else []), *rest) if part))


def _number(name: str) -> int:
    """The same invented id for the same name in every file."""
    return zlib.crc32(name.encode()) % 9_000_000 + 200


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC)
