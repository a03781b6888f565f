"""The commands that copy the mirror and put a copy back."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli_errors import told_plainly


@click.command("backup")
@click.option("--to", type=click.Path(path_type=Path), help="Also copy it to this file or folder.")
def backup(to: Path | None) -> None:
    """Copy the whole mirror while in use, check the copy, and say where it is. The newest BACKUP_KEEP are kept."""
    from app.services.backups import make

    with told_plainly():
        click.echo(make(to))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, yes: bool) -> None:
    """Put the backup FILE into the place of the mirror. It is checked first; what it replaces is kept."""
    from app.services.backups import check, put_back

    with told_plainly():
        schema = check(file)
        if not yes:
            click.confirm(f"Replace everything that is mirrored by {file}?", abort=True)
        done = put_back(file, schema)
    click.echo(f"restored {file}")
    if done.replaced is not None:
        click.echo(f"what was there before is kept as {done.replaced}")
    if done.came_back:
        click.echo(f"credentials that were not stored here before are again, of {', '.join(done.came_back)}:")
        click.echo(
            "whoever was forgotten since that backup is forgotten again with `flask --app run account remove NAME`"
        )
    if done.appeared:
        click.echo(f"accounts that were not here before are again, {', '.join(done.appeared)}:")
        click.echo("whoever was erased since that backup is erased again with `flask --app run account erase NAME`")
    if done.needs_upgrade:
        click.echo("its schema is older: run `flask --app run db upgrade` now")
    if done.needs_restart:
        click.echo("restart every server of this mirror: the file is another one now")
