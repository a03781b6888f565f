"""The inventory export: Discogs writes all of the token owner's listings into a CSV file, in its own time.

Start it (once: a second POST could start a second one), poll by id, download, and read the rows as they are.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from app.core.outcomes import Reason
from app.discogs.envelope import pagination_of
from app.discogs.transport import Transport
from app.errors import DiscogsConnectionError, DiscogsResponseError
from app.wire.waiting import Waiter

EXPORT_PATH = "/inventory/export"
POLL_WAITS_S = (5.0, 10.0, 20.0)
LATER_POLL_WAIT_S = 30.0
PATIENCE_S = 15 * 60.0
MOST_FILE_BYTES = 64 * 2**20
MOST_CSV_BYTES = 256 * 2**20
NEEDED_COLUMNS = ("listing_id", "price", "status")
_FAILED = {"failed", "failure", "error", "cancelled", "canceled"}
_ZIP_MAGIC = b"PK\x03\x04"


class ExportJob:
    """One export, from the POST to its rows."""

    def __init__(self, transport: Transport, waiter: Waiter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._waiter = waiter
        self._clock = clock

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows, one dict by column name each. Raises DiscogsAPIError or Cancelled."""
        export_id = self._start()
        self._wait_for(export_id)
        path = f"{EXPORT_PATH}/{export_id}/download"
        yield from rows_of(self._transport.get_file(path, most_bytes=MOST_FILE_BYTES), url_path=path)

    def _start(self) -> int:
        known = {each["id"] for each in self._listed()}
        try:
            answer = self._transport.post(EXPORT_PATH)
        except DiscogsResponseError as error:
            if error.status != 409:
                raise
            return self._running()
        if (export_id := _id_at_end(answer.headers.get("location", ""))) is not None:
            return export_id
        return max(_new(self._listed(), known))

    def _running(self) -> int:
        """The export that somebody else started and that made ours a conflict."""
        unfinished = [each["id"] for each in self._listed() if each.get("status") not in {"success", *_FAILED}]
        return max(unfinished or _new(self._listed(), set()))

    def _listed(self) -> list[dict[str, Any]]:
        told, _ = self._transport.get_json(EXPORT_PATH, {"page": "1", "per_page": "100"})
        _, items = pagination_of(told, "items", asked_page=None, url_path=EXPORT_PATH)
        return [each for each in items if isinstance(each, dict) and type(each.get("id")) is int]

    def _wait_for(self, export_id: int) -> None:
        path, deadline, polls = f"{EXPORT_PATH}/{export_id}", self._clock() + PATIENCE_S, 0
        while True:
            told, _ = self._transport.get_json(path)
            status = told.get("status") if isinstance(told, dict) else None
            if status == "success":
                return
            if isinstance(status, str) and status.casefold() in _FAILED:
                raise DiscogsResponseError(Reason.HTTP_5XX, url_path=path, detail=f"Discogs' export ended as {status}")
            pause = POLL_WAITS_S[polls] if polls < len(POLL_WAITS_S) else LATER_POLL_WAIT_S
            if self._clock() + pause > deadline:
                raise DiscogsConnectionError(Reason.NET_DEADLINE, url_path=path, detail="the export takes too long")
            self._waiter.wait(pause, "Discogs writing the export")
            polls += 1


def rows_of(content: bytes, *, url_path: str = "") -> Iterator[dict[str, str]]:
    """The rows of an export file, plain or zipped. Raises DiscogsResponseError when it is not what it should be."""
    try:
        with _plain(content, url_path) as raw:
            yield from _rows(_Capped(raw, MOST_CSV_BYTES, url_path), url_path)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise _unreadable(Reason.BODY_TRUNCATED, url_path, "a broken ZIP file") from None
    except (NotImplementedError, RuntimeError):
        raise _unreadable(Reason.BODY_BAD_ENCODING, url_path, "an encrypted or unusual ZIP file") from None
    except UnicodeDecodeError:
        raise _unreadable(Reason.BODY_BAD_ENCODING, url_path, "the CSV is not UTF-8") from None
    except csv.Error as error:
        raise _unreadable(Reason.SCHEMA_ENVELOPE, url_path, f"the CSV cannot be read: {error}") from None


def _rows(raw: io.RawIOBase, url_path: str) -> Iterator[dict[str, str]]:
    text = io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8-sig", newline="")
    lines = csv.reader(text, strict=True)
    header = next(lines, [])
    missing = [name for name in NEEDED_COLUMNS if name not in header]
    if missing or len(set(header)) != len(header):
        fault = f"lack {', '.join(missing)}" if missing else "repeat themselves"
        raise _unreadable(Reason.SCHEMA_ENVELOPE, url_path, f"the export's columns {fault}")
    for row in lines:
        if len(row) != len(header):
            raise _unreadable(Reason.BODY_TRUNCATED, url_path, f"line {lines.line_num} has {len(row)} columns")
        yield dict(zip(header, row, strict=True))


def _plain(content: bytes, url_path: str) -> IO[bytes]:
    if not content.startswith(_ZIP_MAGIC):
        return io.BytesIO(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    tables = [name for name in archive.namelist() if name.casefold().endswith(".csv")]
    if len(tables) != 1:
        raise _unreadable(Reason.BODY_BAD_ENCODING, url_path, f"a ZIP file with {len(tables)} CSV files")
    return archive.open(tables[0])


class _Capped(io.RawIOBase):
    """Reads on until more came out than any real shop fills, whatever the archive says of itself."""

    def __init__(self, raw: IO[bytes], most_bytes: int, url_path: str) -> None:
        self._raw = raw
        self._left = most_bytes
        self._url_path = url_path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        part = self._raw.read(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise _unreadable(Reason.BODY_TOO_LARGE, self._url_path, "the unpacked export is too large")
        buffer[: len(part)] = part
        return len(part)


def _new(items: list[dict[str, Any]], known: set[int]) -> list[int]:
    found = [each["id"] for each in items if each["id"] not in known]
    if not found:
        raise DiscogsResponseError(Reason.SCHEMA_ENVELOPE, url_path=EXPORT_PATH, detail="no export was started")
    return found


def _id_at_end(location: str) -> int | None:
    last = urlsplit(location).path.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None


def _unreadable(reason: Reason, url_path: str, detail: str) -> DiscogsResponseError:
    return DiscogsResponseError(reason, status=200, url_path=url_path, detail=detail)
