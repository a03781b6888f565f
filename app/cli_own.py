"""The commands that write out what people entered here, and read it in again."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli_errors import told_plainly
from app.cli_files import OWN, write_file
from app.ops.logging import disarmed


@click.command("export-own")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-secrets", is_flag=True, help="Credentials too, sealed: TOKEN_KEYS opens them.")
def export_own(file: Path, with_secrets: bool) -> None:
    """Write accounts and every decision about pictures, links and descriptions to FILE, as lines of JSON."""
    from app.services.own_words import written_out

    with told_plainly():
        lines = list(written_out(with_secrets=with_secrets))
    write_file(file, lines, mode=OWN)
    click.echo(f"{len(lines) - 2} entries written to {disarmed(str(file))}", err=True)


@click.command("import-own")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def import_own(file: Path) -> None:
    """Read in what export-own wrote: all of it, or nothing when a line is not understood. What is newer here stays."""
    from app.services.own_words import read_in

    try:
        with told_plainly(), file.open("rb") as lines:
            done = read_in(lines)
    except OSError as error:
        raise click.ClickException(f"{disarmed(str(file))} cannot be read: {error.strerror}") from error
    click.echo(f"{done.entries} entries read from {disarmed(str(file))}")
    for name in done.lacking:
        click.echo(
            f"{name} has no credential here and is not mirrored: `flask --app run account add {name}`, or log in"
        )
