"""The commands that copy the mirror and put a copy back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.cli_errors import told_plainly
from app.ops.logging import disarmed

NOT_COMPARED = (
    "{name} could be opened and read, but not compared with what it was when it was made: there is no {name}.sha256 "
    "beside it (older versions made none)"
)


@click.command("backup")
@click.option("--to", type=click.Path(path_type=Path), help="Also copy it to this file or folder.")
def backup(to: Path | None) -> None:
    """Copy the whole mirror while in use, check the copy, and say where it is. The newest BACKUP_KEEP are kept.

    Its SHA-256 lies beside it, as `sha256sum` writes it.
    """
    from app.services.backups import make

    with told_plainly():
        click.echo(os.fsencode(make(to)))  # as it is: scripts go on with it, and a name may be no text


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, yes: bool) -> None:
    """Put the backup FILE into the place of the mirror. It is checked first, and compared with the SHA-256 that lies
    beside it; what it replaces is kept.
    """
    from app.services.backups import check, has_digest, put_back

    with told_plainly():
        schema = check(file)
        told = disarmed(str(file))
        if not has_digest(file):
            click.echo(NOT_COMPARED.format(name=disarmed(file.name)), err=True)
        if not yes:
            click.confirm(f"Replace everything that is mirrored by {told}?", abort=True)
        done = put_back(file, schema)
    click.echo(f"restored {told}")
    if done.replaced is not None:
        click.echo(f"what was there before is kept as {disarmed(str(done.replaced))}")
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
