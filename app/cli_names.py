"""Names of people that commands take."""

from __future__ import annotations

import click

from app.core.quoting import is_name


def as_name(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """An option's text that can be somebody's user name: bytes that are no text, or signs nobody sees, cannot."""
    if text is not None and not is_name(text):
        raise click.BadParameter("that can be nobody's name")
    return text
