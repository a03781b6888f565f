"""The commands. Exit 0 done, 1 failed or rows lost, 2 usage."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.cli_backup import backup, restore
from app.cli_doctor import doctor
from app.cli_enrich import enrich
from app.cli_errors import told_plainly
from app.cli_export import export
from app.cli_export_jobs import import_cache
from app.cli_import import import_csv
from app.cli_own import export_own, import_own
from app.cli_releases import releases
from app.cli_sync import sync
from app.core.ids import LARGEST_ID
from app.core.outcomes import Outcome
from app.core.quoting import quoted

SUCCESSES = {Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS}


def register_commands(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(sync)
    app.cli.add_command(import_csv)
    app.cli.add_command(account)
    app.cli.add_command(backup)
    app.cli.add_command(doctor)
    app.cli.add_command(enrich)
    app.cli.add_command(export)
    app.cli.add_command(import_cache)
    app.cli.add_command(export_own)
    app.cli.add_command(import_own)
    app.cli.add_command(restore)
    app.cli.add_command(rotate_keys)
    app.cli.add_command(rebuild_index)
    app.cli.add_command(undo_run)
    app.cli.add_command(releases)


account = AppGroup("account", help="More sellers beside the configured one, each with its own sealed credential.")


@account.command("add")
@click.argument("username")
@click.option("--token", prompt=True, hide_input=True, help="Personal access token; asked for when not given.")
def add_account(username: str, token: str) -> None:
    """Mirror USERNAME's shop too. The token is tried first and stored sealed."""
    from app.services.accounts import add

    with told_plainly():
        stored = add(username, token.strip())
    click.echo(f"{stored} is mirrored from the next sync on")


@account.command("remove")
@click.argument("username")
def remove_account(username: str) -> None:
    """Forget the credential of USERNAME and log it out. What was mirrored stays."""
    from app.services.accounts import remove

    with told_plainly():
        stored = remove(username)
    click.echo(f"the credential of {stored} is forgotten; its listings stay")


@account.command("erase")
@click.argument("username")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_account(username: str, yes: bool) -> None:
    """Erase everything that is kept of USERNAME, after a backup. Of a shop that was shown remains that it was."""
    from app.services.erasing import erase

    if not yes:
        click.confirm(
            f"Erase {quoted(username)}: credential, collection, wantlist, shop, runs, jobs and their files?", abort=True
        )
    with told_plainly():
        done = erase(username)
    click.echo(f"everything kept of {done.username} is gone")
    click.echo(f"this backup and older ones hold it still, delete them when nobody needs them: {done.copy}")


@account.command("list")
def list_accounts() -> None:
    """The accounts this mirror knows."""
    from app.services.accounts import overview

    with told_plainly():
        for line in overview():
            click.echo(line)


@click.command("rebuild-index")
def rebuild_index() -> None:
    """Make the search index and the documents of the shop anew from the listings."""
    from app.services.sync_control import rebuild_shop

    with told_plainly():
        click.echo(f"{rebuild_shop()} listings indexed")


@click.command("undo-run")
@click.argument("run_id", type=click.IntRange(1, LARGEST_ID))
def undo_run(run_id: int) -> None:
    """Take back the removals of the run RUN_ID. What it added or changed stays."""
    from app.services.status_service import StatusService
    from app.services.sync_control import undo_run as undo

    with told_plainly():
        run = StatusService().run(undo(run_id))
    click.echo(f"run {run['id']} {run['detail']}")


@click.command("rotate-keys")
def rotate_keys() -> None:
    """Seal every stored credential again under the first of TOKEN_KEYS."""
    from app.services.accounts import reseal_all

    with told_plainly():
        click.echo(f"{reseal_all()} credentials sealed again")
