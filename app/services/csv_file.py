"""A CSV file on disk: is it text, in which encoding, and of what moment."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from app.core.csv_reading import UNDECODABLE
from app.core.times import parse_time
from app.errors import CsvRefused

BLOCK = 2**20
SAMPLE = 4096
MARKED = "waxmirror-marked"  # what decoders do about bytes they do not know
# The byte order marks; UTF-32's begin with UTF-16's, so they come first.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c")
DATE_IN_NAME = re.compile(r"-(\d{8})-(\d{4})\.csv$", re.IGNORECASE)


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file as text, its line ends untouched. Bytes that the encoding does not know become UNDECODABLE."""
    codecs.register_error(MARKED, _mark)
    with path.open(encoding=encoding, errors=MARKED, newline="") as stream:
        yield stream


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its mark, by its look, UTF-8 when all of it is, else cp1252 or latin-1.

    Raises CsvRefused for what is no text or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            sample = stream.read(SAMPLE)
            if not sample:
                raise CsvRefused("the file is empty, without even a header line")
            return _by_mark(sample) or _by_look(sample) or _by_content(path)
    except OSError as error:
        raise CsvRefused(f"{path} cannot be read: {error.strerror or error}") from error


def moment_of(path: Path) -> datetime:
    """When the file's content was true: by the date Discogs writes into its name, else by its last change."""
    if found := DATE_IN_NAME.search(path.name):
        day, time = found.groups()
        named = parse_time(f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:]}")
        if named is not None:
            return named
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)


def _by_mark(sample: bytes) -> str | None:
    if sample.startswith(ARCHIVES):
        raise CsvRefused("the file is an archive; unpack it and import the CSV file inside")
    return next((name for mark, name in MARKS if sample.startswith(mark)), None)


def _by_look(sample: bytes) -> str | None:
    """A header line is ASCII: in UTF-16 every other of its bytes is NUL; anything else with NULs is no text."""
    if b"\0" not in sample:
        return None
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(sample) >= 20 and not any(sample[high:20:2]) and all(sample[1 - high : 20 : 2]):
            return encoding
    raise CsvRefused("the file is no text: it holds NUL bytes")


def _by_content(path: Path) -> str:
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as stream:
                while block := stream.read(BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"
