"""The commands. Exit 0 done, 1 failed or rows lost, 2 usage."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from app.cli_import import import_csv
from app.core.outcomes import Outcome
from app.errors import WaxmirrorError

LARGEST_ID = 2**63 - 1
SUCCESSES = {Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS}


def register_commands(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(sync)
    app.cli.add_command(import_csv)
    app.cli.add_command(account)
    app.cli.add_command(rotate_keys)
    app.cli.add_command(rebuild_index)
    app.cli.add_command(undo_run)


@click.command("sync")
@click.argument("stream", type=click.Choice(["inventory"]), default="inventory")
@click.option("--limit", type=click.IntRange(1), help="Read only this many items; never removes anything.")
@click.option("--force", is_flag=True, help="Also when Discogs asked for a pause.")
@click.option("--json", "as_json", is_flag=True, help="Print the statistics as JSON.")
def sync(stream: str, limit: int | None, force: bool, as_json: bool) -> None:
    """Sync now, in the foreground, and print what was done."""
    from app.services.discogs_sync_service import DiscogsSyncService

    try:
        done = DiscogsSyncService().sync_all_listings(limit, force, trigger="cli")
    except (ValueError, WaxmirrorError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(done))
    else:
        click.echo(
            f"{stream}: {done['outcome']}" + (f" ({done['reason']}: {done['detail']})" if done["reason"] else "")
        )
        click.echo(
            f"{done['added']} added, {done['updated']} updated, {done['restored']} restored, "
            f"{done['unchanged']} unchanged, {done['removed']} removed, {done['missing']} missing, "
            f"{done['rejected']} unreadable; {done['total']} in the mirror"
        )
    sys.exit(0 if done["outcome"] in SUCCESSES else 1)


account = AppGroup("account", help="More sellers beside the configured one, each with its own sealed credential.")


@account.command("add")
@click.argument("username")
@click.option("--token", prompt=True, hide_input=True, help="Personal access token; asked for when not given.")
def add_account(username: str, token: str) -> None:
    """Mirror USERNAME's shop too. The token is tried first and stored sealed."""
    from app.services.accounts import add

    try:
        stored = add(username, token.strip())
    except WaxmirrorError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{stored} is mirrored from the next sync on")


@account.command("list")
def list_accounts() -> None:
    """The accounts this mirror knows."""
    from app.services.accounts import overview

    for line in overview():
        click.echo(line)


@click.command("rebuild-index")
def rebuild_index() -> None:
    """Make the search index and the documents of the shop anew from the listings."""
    from app.services.sync_control import rebuild_shop

    try:
        click.echo(f"{rebuild_shop()} listings indexed")
    except WaxmirrorError as error:
        raise click.ClickException(str(error)) from error


@click.command("undo-run")
@click.argument("run_id", type=click.IntRange(1, LARGEST_ID))
def undo_run(run_id: int) -> None:
    """Take back the removals of the run RUN_ID. What it added or changed stays."""
    from app.services.status_service import StatusService
    from app.services.sync_control import undo_run as undo

    try:
        run = StatusService().run(undo(run_id))
    except WaxmirrorError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"run {run['id']} {run['detail']}")


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Seal every stored credential again under the first of TOKEN_KEYS."""
    from app.services.accounts import reseal_all

    try:
        click.echo(f"{reseal_all()} credentials sealed again")
    except WaxmirrorError as error:
        raise click.ClickException(str(error)) from error
