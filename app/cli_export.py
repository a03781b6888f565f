"""The commands that write files of what is mirrored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from app.cli_errors import told_plainly
from app.cli_export_jobs import export_folder, export_marketplace
from app.cli_files import write_file
from app.cli_names import as_name
from app.core.downloads import Download, Encoding, Profile, ShelfDownload, ShelfProfile, UploadKind
from app.core.query import BadQuery, SearchQuery
from app.core.shelf_query import ShelfQuery
from app.errors import CollectionPrivate

export = AppGroup("export", help="Write files of what is mirrored.")
export.add_command(export_folder)
export.add_command(export_marketplace)


@export.command("listings")
@click.option(
    "--profile",
    type=click.Choice([each.value for each in Profile if each]),
    default=Profile.LISTINGS.value,
    help="All 39 columns of the shop CSV, or a file for Discogs' own importer.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output.")
@click.option("--kind", type=click.Choice([each.value for each in UploadKind]), default=UploadKind.CHANGE.value)
@click.option("--seller", callback=as_name, help="Whose listings; default: all that are shown here.")
@click.option("--encoding", type=click.Choice([each.value for each in Encoding]), default=Encoding.UTF8.value)
def export_listings(profile: str, output: Path | None, kind: str, seller: str | None, encoding: str) -> None:
    """Write the listings for sale as CSV, with what only the seller may see; --kind says what Discogs' importer is to
    do with them. Exit 0 done, 1 failed, 2 usage."""
    from app.services.inventory_service import InventoryService
    from app.services.wanted_files import file_text, is_whole, refuse_mixed_sellers

    wanted = Download(Profile(profile), UploadKind(kind), Encoding(encoding), is_private=True)
    query = SearchQuery(seller=None if seller is None else seller.casefold())
    service = InventoryService()
    with told_plainly():
        try:
            refuse_mixed_sellers(service, wanted, query)
        except BadQuery as error:
            raise click.UsageError("--seller " + error.problems["seller"]) from error
        whole = is_whole(wanted, for_admin=True)
        with service.found(query, is_private=whole) as found:
            total = found.total()
            _write(output, file_text(wanted, found.items(), whole=whole))
    click.echo(f"{total} listings written", err=True)


@export.command("collection")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output.")
@click.option("--profile", type=click.Choice([ShelfProfile.WEBSITE.value]), help="Columns as on the website.")
@click.option("--owner", callback=as_name, help="Whose collection; default: all that are shown here.")
@click.option("--encoding", type=click.Choice([each.value for each in Encoding]), default=Encoding.UTF8.value)
def export_collection(*, output: Path | None, profile: str | None, owner: str | None, encoding: str) -> None:
    """Write the collection as CSV, with what only its owner may see. Exit 0 done, 1 failed, 2 usage."""
    from app.services.collection_file import file_text, whole_question
    from app.services.collection_service import CollectionService
    from app.services.collection_state import Viewer

    wanted = ShelfDownload(ShelfProfile(profile or ""), Encoding(encoding))
    service = CollectionService(Viewer(is_admin=True))
    with told_plainly():
        try:
            asked = ShelfQuery(owner=None if owner is None else owner.casefold(), sort="added")
            query = whole_question(service, wanted, asked)
        except BadQuery as error:
            raise click.UsageError("--owner " + error.problems["owner"]) from error
        except CollectionPrivate as error:
            raise click.ClickException("no such collection is mirrored") from error
        with service.found(query) as found:
            total = found.listed()
            _write(output, file_text(wanted, found))
    click.echo(f"{total} albums written", err=True)


def _write(output: Path | None, pieces: Iterator[bytes]) -> None:
    """To standard output, or to a file that is either whole or not there."""
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        return
    write_file(output, pieces)
