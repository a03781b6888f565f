"""The command that imports a CSV file, as `flask import-csv` and as `migrate_csv_to_db.py`."""

from __future__ import annotations

import csv
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

import click
from flask import has_app_context

from app.cli_names import as_name
from app.cli_progress import Progress
from app.core.csv_cells import guard
from app.core.csv_merging import ImportVerdict
from app.core.csv_rows import parse_moment
from app.errors import ConfigurationError, CsvRefused, StorageError, SyncBusy, WaxmirrorError
from app.ops.logging import disarmed
from app.services.csv_import_service import CsvImport
from app.services.csv_intake import ImportReport, ImportRequest
from app.services.csv_spool import Finding
from app.services.shelf_import import ShelfImport, is_of_shelf
from app.services.storage_told import storage_told

ROOT = Path(__file__).resolve().parent.parent
USUAL_PLACES = (Path("discogs_seller_listings.csv"), Path("ingest/discogs_seller_listings.csv"))
MOST_SHOWN = 100
REPEAT = "Import the file again then; what was stored already counts as unchanged"
WORDS = {
    ImportVerdict.ADD: ("to add", "added"),
    ImportVerdict.UPDATE: ("to update", "updated"),
    ImportVerdict.RESTORE: ("to restore", "restored"),
    ImportVerdict.UNCHANGED: ("unchanged", "unchanged"),
    ImportVerdict.NEWER: ("newer in the mirror", "newer in the mirror"),
    ImportVerdict.TOMBSTONE: ("removed from the shop since", "removed from the shop since"),
    ImportVerdict.GONE: ("gone from the shop since", "gone from the shop since"),
    ImportVerdict.REJECTED: ("rejected", "rejected"),
}


def _as_time(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    moment = None if text is None else parse_moment(text)
    if text is not None and moment is None:
        raise click.BadParameter("an ISO 8601 time like 2026-08-25T14:00:00+02:00 is needed")
    return moment


def _as_currency(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise click.BadParameter("a currency code of three letters is needed, like EUR")
    return None if text is None else text.upper()


@click.command("import-csv")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--csv-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The file to import.")
@click.option("--clear-db", is_flag=True, help="Empty the mirror first; asks, and makes a backup.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--seller", callback=as_name, help="Whose listings they are; default: the configured or the only one.")
@click.option("--currency", callback=_as_currency, help="Of prices without a currency, like EUR.")
@click.option("--as-of", callback=_as_time, help="When the file's content was true (ISO 8601; without offset: UTC).")
@click.option("--yes", is_flag=True, help="Do not ask before the mirror is emptied.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write every finding to this CSV file.")
def import_csv(
    *,
    file: Path | None,
    csv_file: Path | None,
    clear_db: bool,
    dry_run: bool,
    seller: str | None,
    currency: str | None,
    as_of: datetime | None,
    yes: bool,
    report: Path | None,
) -> None:
    """Import FILE, a shop CSV, or what Discogs exports: an inventory, a collection, a wantlist.

    Exit 0 done, 1 failed or rows lost, 2 usage.
    """
    if file is not None and csv_file is not None:
        raise click.UsageError("one file at a time: either FILE or --csv-file")
    path = file or csv_file or _usual_file()
    findings = None if report is None else _opened_report(report, path)
    if clear_db and not dry_run and not yes:
        _ask_before_clearing()
    request = ImportRequest(path, seller=seller, currency=currency, as_of=as_of, clears_mirror=clear_db)
    try:
        with (
            _application(brings_schema=not dry_run),
            Progress() as progress,
            _importer(request)(request, progress=progress) as work,
        ):
            done = work.preview() if dry_run else work.run()
            progress.end()
            _present(path, done, work.findings(), is_preview=dry_run)
            if findings is not None:
                _write_report(findings, work.findings())
    except ConfigurationError as error:
        raise click.UsageError("\n".join(error.problems)) from error
    except CsvRefused as error:
        raise click.ClickException(f"{disarmed(str(path))}: {disarmed(str(error))}. Nothing was stored.") from error
    except SyncBusy as error:
        raise click.ClickException(f"{error}. Nothing was stored; try again when it has ended.") from error
    except StorageError as error:
        raise click.ClickException(f"{error.detail}. {REPEAT}.") from error
    except WaxmirrorError as error:
        raise click.ClickException(f"{error}. Nothing was stored.") from error
    sys.exit(0 if done.is_whole else 1)


def _importer(request: ImportRequest) -> type[CsvImport] | type[ShelfImport]:
    """Who can import the file, by its header."""
    return ShelfImport if is_of_shelf(request) else CsvImport


@contextmanager
def _application(*, brings_schema: bool) -> Iterator[None]:
    """The application the command runs in, or one of its own that starts no clock."""
    from flask_migrate import upgrade

    from app import create_app

    own = None if has_app_context() else create_app(start_clock=False, keeps_secrets=brings_schema)
    with nullcontext() if own is None else own.app_context():
        if brings_schema:
            upgrade(directory=str(ROOT / "migrations"))
        with storage_told():
            yield


def _usual_file() -> Path:
    for path in USUAL_PLACES:
        if path.is_file():
            return path
    raise click.UsageError(f"name the file with --csv-file; there is neither {USUAL_PLACES[0]} nor {USUAL_PLACES[1]}")


def _ask_before_clearing() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("--clear-db empties the mirror: add --yes when that is what you want")
    click.confirm("Empty the mirror before importing? A backup is made first.", abort=True)


def _present(path: Path, done: ImportReport, findings: Iterable[Finding], *, is_preview: bool) -> None:
    moment = done.moment.isoformat(timespec="seconds")
    file = disarmed(str(path))  # a name may hold bytes that are no text
    click.echo(f"{file}: {done.layout} layout, {done.encoding}, as of {moment}, {done.things} of {done.seller}")
    for notice in done.notices:
        click.echo(f"note: {notice}")
    for finding in islice(findings, MOST_SHOWN):
        whose = f" (listing {finding.listing_id})" if finding.listing_id else ""
        click.echo(f"line {finding.line}{whose}: {finding.kind}: {disarmed(finding.problem)}")
    counts = ", ".join(f"{done.verdicts[verdict]} {words[not is_preview]}" for verdict, words in WORDS.items())
    click.echo(f"{done.records} records: {counts}, {done.duplicates} repeated")
    if is_preview:
        click.echo("Dry run: nothing was written.")
        return
    if done.undo:
        click.echo(f"The mirror was emptied first. To undo: {done.undo}")
    click.echo(f"{done.stored} rows written and read back; {done.total} {done.things} of {done.seller} in the mirror")
    if done.lost:
        click.echo(f"{done.lost} rows are NOT in the database although they were written", err=True)


def _opened_report(path: Path, source: Path) -> TextIO:
    """The file of the report, tried before anything is done; what is in it stays until there is something to say."""
    try:
        if path.exists() and path.samefile(source):
            raise click.UsageError(f"--report {path} is the file that is to be imported")
        return path.open("a", encoding="utf-8", newline="")
    except OSError as error:
        raise click.UsageError(f"--report {path} cannot be written: {error.strerror}") from error


def _write_report(stream: TextIO, findings: Iterable[Finding]) -> None:
    try:
        with stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                stream.truncate(0)
            writer = csv.writer(stream)
            writer.writerow(Finding._fields)
            for finding in findings:
                writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in finding])
    except OSError as error:
        click.echo(f"the report could not be written: {error.strerror}", err=True)
        sys.exit(1)
