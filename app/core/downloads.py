"""Which file a visitor wants: its columns, its form, its encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.core.query import BadQuery

Choice = TypeVar("Choice", bound=StrEnum)
SWITCHES = ("profile", "kind", "encoding", "private", "bom")
YES = frozenset({"1", "true", "yes", "on"})


class Profile(StrEnum):
    """What a file is for, and so which columns it has."""

    PUBLIC = ""  # not named: what everybody may see
    LISTINGS = "listings"  # the shop CSV, that `migrate_csv_to_db.py` reads back; whole for the admin
    DISCOGS_UPLOAD = "discogs-upload"  # for Discogs' own importer


class ShelfProfile(StrEnum):
    """Which columns a file of a collection has."""

    USUAL = ""  # not named: those of the documentation
    WEBSITE = "website"  # as the website of Discogs writes it, a column for each of the owner's fields


class UploadKind(StrEnum):
    """What Discogs' importer is to do with the listings of a file."""

    CHANGE = "change"
    DELETE = "delete"


class Encoding(StrEnum):
    """How the text becomes bytes. Spreadsheets know UTF-8 by its mark alone."""

    UTF8 = "utf-8"
    UTF8_WITH_MARK = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Download:
    """One wanted file. `is_private`: with the columns that only the seller may see, whoever asks."""

    profile: Profile
    kind: UploadKind
    encoding: Encoding
    is_private: bool

    @property
    def has_mark(self) -> bool:
        return self.encoding is Encoding.UTF8_WITH_MARK

    @property
    def is_upload(self) -> bool:
        return self.profile is Profile.DISCOGS_UPLOAD

    def file_name(self, on: date) -> str:
        """What the file is called that was made on that day."""
        about = f"discogs-{self.kind}" if self.is_upload else "listings"
        return f"{about}-{on:%Y-%m-%d}.csv"


@dataclass(frozen=True, slots=True)
class ShelfDownload:
    """One wanted file of a collection."""

    profile: ShelfProfile
    encoding: Encoding

    @property
    def has_mark(self) -> bool:
        return self.encoding is Encoding.UTF8_WITH_MARK

    def file_name(self, on: date) -> str:
        """What the file is called that was made on that day."""
        return f"collection-{on:%Y-%m-%d}.csv"


def parse_shelf_download(arguments: Mapping[str, str]) -> ShelfDownload:
    """The file of a collection that the parameters of a request ask for. Raises BadQuery as `parse_download` does."""
    problems: dict[str, str] = {}
    mark = Encoding.UTF8_WITH_MARK if _is_on(arguments, "bom") else Encoding.UTF8
    profile = _one_of(ShelfProfile, arguments, "profile", ShelfProfile.USUAL, problems)
    encoding = _one_of(Encoding, arguments, "encoding", mark, problems)
    if problems:
        raise BadQuery(problems)
    return ShelfDownload(profile, encoding)


def parse_download(arguments: Mapping[str, str]) -> Download:
    """The file that the parameters of a request ask for. Raises BadQuery that names what may be asked for."""
    problems: dict[str, str] = {}
    mark = Encoding.UTF8_WITH_MARK if _is_on(arguments, "bom") else Encoding.UTF8
    profile = _one_of(Profile, arguments, "profile", Profile.PUBLIC, problems)
    kind = _one_of(UploadKind, arguments, "kind", UploadKind.CHANGE, problems)
    encoding = _one_of(Encoding, arguments, "encoding", mark, problems)
    if problems:
        raise BadQuery(problems)
    is_private = _is_on(arguments, "private") or profile is Profile.DISCOGS_UPLOAD
    return Download(profile, kind, encoding, is_private)


def _one_of(
    choices: type[Choice], arguments: Mapping[str, str], name: str, otherwise: Choice, problems: dict[str, str]
) -> Choice:
    text = arguments.get(name, "").strip().lower()
    if not text:
        return otherwise
    try:
        return choices(text)
    except ValueError:
        problems[name] = f"must be one of {', '.join(choice for choice in choices if choice)}"
        return otherwise


def _is_on(arguments: Mapping[str, str], name: str) -> bool:
    return arguments.get(name, "").strip().lower() in YES
