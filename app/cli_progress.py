"""How far an import is: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

STEPS = 4


class Progress:
    """Shows phases one after another on standard error."""

    def __init__(self) -> None:
        self._phase = ""
        self._step = 0
        self._done = 0
        self._bar: ProgressBar[int] | None = None
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """So much of so much of a phase is done."""
        if phase != self._phase:
            self._begin(phase, total)
        if self._bar is not None:
            self._bar.update(done - self._done)
        elif (step := done * STEPS // total) > self._step:
            self._step = step
            click.echo(f"{phase}: {done * 100 // total} %", err=True)
        self._done = done

    def end(self) -> None:
        """Leave the terminal as it was found."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def _begin(self, phase: str, total: int) -> None:
        self.end()
        self._phase, self._step, self._done = phase, 0, 0
        if self._is_terminal:
            self._bar = click.progressbar(length=total, label=phase, file=sys.stderr)
            self._bar.__enter__()
