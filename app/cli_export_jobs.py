"""The commands that export with what Discogs' catalogue says: folders and shops, and reading ahead of that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from app.cli_errors import told_plainly
from app.cli_files import write_file
from app.cli_sync import told_by_signals
from app.core.export_wishes import ExportFormat, ExportKind
from app.core.ids import LARGEST_ID
from app.core.query import BadQuery

Command = TypeVar("Command", bound=Callable[..., Any])
YEAR = click.IntRange(1, 9999)
CHUNK = 1 << 16


def _wishes(command: Command) -> Command:
    """What narrows and forms the file."""
    for option in (
        click.option("-o", "--output", type=click.Path(path_type=Path), help="File or folder; default: this folder."),
        click.option("--format", "form", type=click.Choice([str(each) for each in ExportFormat]), default="csv"),
        click.option("--year-max", type=YEAR),
        click.option("--year-min", type=YEAR),
        click.option("--label", help="Only rows whose label has this in its name."),
        click.option("--genre", help="Only rows of this genre."),
        click.option("--account", help="Whose data; default: as the settings name it."),
    ):
        command = option(command)
    return command


@click.command("folder")
@click.argument("folder_id", type=click.IntRange(0, LARGEST_ID), default=0)
@_wishes
def export_folder(folder_id: int, output: Path | None, **wishes: Any) -> None:
    """Write the folder FOLDER_ID of the collection (0: all of it) in ten columns. What the release cache lacks is
    read first, at the allowed pace; Ctrl-C keeps what came. Exit 0 done, 1 failed or rows missing, 2 usage."""
    _made(ExportKind.FOLDER, {"folder_id": folder_id, **_asked(wishes)}, output)


@click.command("marketplace")
@_wishes
def export_marketplace(output: Path | None, **wishes: Any) -> None:
    """Write all listings of a shop with what the catalogue says of them. Otherwise as `export folder`."""
    _made(ExportKind.MARKETPLACE, _asked(wishes), output)


@click.command("import-cache")
@click.argument("folder_ids", type=click.IntRange(0, LARGEST_ID), nargs=-1)
@click.option("--account", help="Whose collection; default: as the settings name it.")
def import_cache(folder_ids: tuple[int, ...], account: str | None) -> None:
    """Read the releases of the folders FOLDER_IDS (none: of all) that the release cache lacks. Ctrl-C keeps what
    came. Exit 0 done, 1 failed, 2 usage."""
    job = _done(ExportKind.IMPORT, {"folders": list(folder_ids) or [0]} | ({"account": account} if account else {}))
    details = job["details"]
    total, known, sent = (details[name] for name in ("total", "cache_hits", "api_calls"))
    click.echo(f"{total} records: {known} known before, {sent} requests sent")


def _asked(wishes: dict[str, Any]) -> dict[str, Any]:
    told = {"format": wishes.pop("form"), **wishes}
    return {name: value for name, value in told.items() if value is not None}


def _made(kind: ExportKind, parameters: dict[str, Any], output: Path | None) -> None:
    """Have the file made and put where it is wanted; exit 1 when rows are missing from it."""
    from app.services.jobs_service import JobsService

    job = _done(kind, parameters)
    with told_plainly():
        made = JobsService().result(job["id"])
    place = output or Path()
    place = place / made.name if place.is_dir() else place
    with made.path.open("rb") as source:
        write_file(place, iter(partial(source.read, CHUNK), b""))
    details = job["details"]
    click.echo(f"{place}: {details['completed']} rows, {details['api_calls']} requests, {details['unknown']} with gaps")
    if details["left_out"]:
        missing = details["left_out"]
        raise click.ClickException(f"{missing} rows are missing: Discogs counts them, the mirror lacks them")


def _done(kind: ExportKind, parameters: dict[str, Any]) -> dict[str, Any]:
    """The job, done. Anything else ends the command."""
    from app.services.foreground_jobs import follow
    from app.services.jobs_service import JobsService

    with told_plainly(), told_by_signals() as stop:
        try:
            job_id = JobsService().submit(kind, parameters)["id"]
        except BadQuery as error:
            raise click.UsageError(str(error)) from error
        job = follow(job_id, stop)
    if job["state"] != "done":
        raise click.ClickException(job["problem"] or f"the export is {job['state']}; what was read is kept")
    return job
