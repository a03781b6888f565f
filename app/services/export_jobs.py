"""The jobs that export a folder of a collection, or a shop, and the one that reads releases ahead of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.core.export_wishes import WISHES, ExportWish, export_name, parse_wish, refuse_others
from app.core.ids import LARGEST_ID
from app.core.query import BadQuery
from app.core.release_ages import ReleaseStatus, due_before
from app.errors import AccountNotFound, ConfigurationError, ExportImpossible
from app.extensions import db, wiring
from app.formats.export_text import export_text
from app.models.streams import COLLECTION, INVENTORY
from app.models.transactions import read_transaction
from app.services.data_owners import DataOwner, owner_named, owner_of_id, source_of
from app.services.export_rows import ALL_FOLDERS, Contents
from app.services.export_sources import contents_of_folder, contents_of_shop, folder_of
from app.services.job_control import Job, JobControl
from app.services.release_cache import ReleaseCache
from app.services.release_errand import UNIT, Needed, ReleaseErrand
from app.services.shop_statistics import iso
from app.services.sources import SourceState

MOST_FOLDERS = 1000

Parameters = Mapping[str, Any]


def check_folder(parameters: Parameters) -> None:
    """`folder_id`, `account` and what narrows and forms the file. Raises BadQuery."""
    refuse_others(parameters, ("account", "folder_id", *WISHES))
    parse_wish(parameters)
    owner, folder_id = _owner(parameters), _folder_id(parameters.get("folder_id"), "folder_id")
    _asked("folder_id", partial(folder_of, owner=owner, folder_id=folder_id))


def check_marketplace(parameters: Parameters) -> None:
    """`account` and what narrows and forms the file. Raises BadQuery."""
    refuse_others(parameters, ("account", *WISHES))
    parse_wish(parameters)
    owner = _owner(parameters)
    _asked("account", lambda connection: source_of(connection, owner, INVENTORY.kind))


def check_import(parameters: Parameters) -> None:
    """`account` and `folders`, a list of ids. Raises BadQuery."""
    refuse_others(parameters, ("account", "folders"))
    owner, folders = _owner(parameters), _folders(parameters)
    for folder_id in folders:
        _asked("folders", partial(folder_of, owner=owner, folder_id=folder_id))


def export_folder(job: Job, control: JobControl) -> None:
    """Write the copies of a folder into a file."""
    folder_id = _folder_id(job.parameters["folder_id"], "folder_id")
    _export(job, control, "[COLLECTION]", COLLECTION.kind, lambda c, o: contents_of_folder(c, o, folder_id))


def export_marketplace(job: Job, control: JobControl) -> None:
    """Write the listings of a shop into a file."""
    _export(job, control, "[MARKETPLACE]", INVENTORY.kind, contents_of_shop)


def import_cache(job: Job, control: JobControl) -> None:
    """Read the releases of some folders, so that later exports need not."""
    control.begin_anew()
    ReleaseCache().settle()
    owner = _owner(job.parameters)
    rows, due = 0, dict[int, int]()
    with read_transaction(db.engine) as connection:
        asker = _asker(connection, owner, COLLECTION.kind)
        folders = _folders(job.parameters)
        for folder_id in [ALL_FOLDERS] if ALL_FOLDERS in folders else folders:
            needed = contents_of_folder(connection, owner, folder_id).needed(connection, ExportWish(), _before(job))
            rows += needed.rows
            for release_id, number in needed.due.items():
                due[release_id] = due.get(release_id, 0) + number
    if not ReleaseErrand(control, "[IMPORT]", asker).run(Needed(rows, due)):
        control.error("all releases", "not read: nobody is configured or logged in for whom Discogs could be asked")


def _export(
    job: Job, control: JobControl, name: str, kind: str, find: Callable[[Connection, DataOwner], Contents]
) -> None:
    """First what is missing is read, which may take its time and loses nothing when it is interrupted; then the file
    is written in one go, of one state of the mirror."""
    control.begin_anew()
    ReleaseCache().settle()
    owner, wish = _owner(job.parameters), parse_wish(job.parameters)
    with read_transaction(db.engine) as connection:
        asker = _asker(connection, owner, kind)
        needed = find(connection, owner).needed(connection, wish, _before(job))
    ReleaseErrand(control, name, asker).run(needed)
    with read_transaction(db.engine) as connection:
        _write(control, connection, find(connection, owner), owner, wish)


def _write(control: JobControl, connection: Connection, contents: Contents, owner: DataOwner, wish: ExportWish) -> None:
    now = wiring().clock()
    name = export_name(contents.about, now, wish, left_out=contents.left_out)
    file = control.result_file(name, wish.format.mimetype)
    lines = _Lines(control, connection, contents, wish, now)
    about = {"account": owner.username, "of": contents.about, "made_at": iso(now), "left_out": contents.left_out}
    for piece in export_text(wish.format, contents.columns, lines, about):
        file.write(piece)
        control.check()
    control.note(completed=lines.written, unknown=lines.unknown, left_out=contents.left_out)
    control.progress(lines.written, lines.written, UNIT)


class _Lines:
    """The lines of a file, counted as they are written. A release that could not be read leaves gaps, and is told."""

    def __init__(
        self, control: JobControl, connection: Connection, contents: Contents, wish: ExportWish, now: datetime
    ) -> None:
        web_url = wiring().settings.discogs_web_url
        self._batches = contents.batches(connection, wish, now, web_url)
        self._control = control
        self._gaps = set[int]()
        self.written = self.unknown = 0

    def __iter__(self) -> Any:
        for rows, lines in self._batches:
            for row in rows:
                if row.fetched_at is None:
                    self.unknown += 1
                    self._tell(row.release_id, row.read_status or "nobody asked")
            self.written += len(lines)
            yield lines

    def _tell(self, release_id: int, why: str) -> None:
        """Once, however many rows are of it."""
        if release_id not in self._gaps:
            self._gaps.add(release_id)
            self._control.error(f"release {release_id}", f"not read ({why})")


def _before(job: Job) -> dict[ReleaseStatus, datetime]:
    """What Discogs did not answer about is asked for again by the next job: somebody waits for it. Not by the next
    attempt of the same one, whose work it was."""
    due = due_before(wiring().clock(), wiring().settings.release_cache_days)
    return due | {ReleaseStatus.FAILED: max(job.created_at, due[ReleaseStatus.FAILED])}


def _asker(connection: Connection, owner: DataOwner, kind: str) -> SourceState | None:
    """Who has a credential of their own asks with it; for everybody else the shop does."""
    source = source_of(connection, owner, kind)
    return source if source.sealed_token else None


def _owner(parameters: Parameters) -> DataOwner:
    """Whose data it is: by id as we note it ourselves, or by name. Raises BadQuery."""
    told = parameters.get("account")
    try:
        if type(told) is int and 0 < told <= LARGEST_ID:
            return owner_of_id(told)
        if told is None or isinstance(told, str):
            return owner_named(told)
    except (AccountNotFound, ConfigurationError) as error:
        raise BadQuery({"account": str(error)}) from error
    raise BadQuery({"account": "must be a user name"})


def _asked(name: str, read: Callable[[Connection], object]) -> None:
    try:
        with read_transaction(db.engine) as connection:
            read(connection)
    except ExportImpossible as error:
        raise BadQuery({name: str(error)}) from error


def _folders(parameters: Parameters) -> list[int]:
    told = parameters.get("folders")
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_FOLDERS:
        raise BadQuery({"folders": "must be a list of folder ids"})
    return list(dict.fromkeys(_folder_id(each, "folders") for each in told))


def _folder_id(told: object, name: str) -> int:
    if isinstance(told, float) and told.is_integer():
        told = int(told)
    if type(told) is not int or not 0 <= told <= LARGEST_ID:
        raise BadQuery({name: "must be the id of a folder"})
    return told
