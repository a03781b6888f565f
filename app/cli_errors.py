"""What a command says when it fails: a sentence, and exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.errors import StorageError, WaxmirrorError
from app.services.storage_told import storage_told


@contextmanager
def told_plainly() -> Iterator[None]:
    """Errors of ours and a database that cannot be used end the command without a traceback."""
    try:
        with storage_told():
            yield
    except StorageError as error:
        raise click.ClickException(error.detail) from error
    except WaxmirrorError as error:
        raise click.ClickException(str(error)) from error
