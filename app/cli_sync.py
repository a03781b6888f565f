"""The command that syncs in the foreground, and ends its run when it is told to end."""

from __future__ import annotations

import json
import queue
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from app.cli_errors import told_plainly
from app.core.ids import LARGEST_ID
from app.core.outcomes import Outcome
from app.services.statistics import SyncStatistics

SUCCESSES = {Outcome.APPLIED, Outcome.APPLIED_NO_REMOVALS}


@click.command("sync")
@click.argument("stream", type=click.Choice(["inventory", "collection", "wantlist"]), default="inventory")
@click.option("--limit", type=click.IntRange(1, LARGEST_ID), help="Read only this many items; never removes anything.")
@click.option(
    "--force",
    is_flag=True,
    help="Also when Discogs asked for a pause; writes anew what others changed in the database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the statistics as JSON.")
def sync(stream: str, limit: int | None, force: bool, as_json: bool) -> None:
    """Sync now, in the foreground, and print what was done. Ctrl-C ends the run, a second one the program."""
    from app.services.discogs_sync_service import DiscogsSyncService

    try:
        with told_plainly(), told_by_signals() as stop:
            done = DiscogsSyncService(stop=stop).sync(stream, limit, force, trigger="cli")
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if done["joined"]:
        click.echo(joined_sentence(done["run_id"], limit, force), err=True)
    click.echo(json.dumps(done) if as_json else told(stream, done))
    sys.exit(0 if done["outcome"] in SUCCESSES else 1)


def joined_sentence(run_id: int, limit: int | None, force: bool) -> str:
    """What became of the options when another run was on its way."""
    unused = [name for name, is_given in (("--limit", limit is not None), ("--force", force)) if is_given]
    verb = "was" if len(unused) == 1 else "were"
    return f"joined run {run_id}, which was on its way" + (
        f"; {' and '.join(unused)} {verb} not applied" * bool(unused)
    )


def told(stream: str, done: SyncStatistics) -> str:
    """The statistics in words."""
    reasons = [part for part in (done["reason"], done["detail"]) if part]
    why = f" ({': '.join(reasons)})" if reasons else ""
    total = f"; {done['total']} in the mirror" if done["total"] is not None else ""
    return (
        f"{stream}: {done['outcome']}{why}\n"
        f"{done['added']} added, {done['updated']} updated, {done['restored']} restored, "
        f"{done['unchanged']} unchanged, {done['removed']} removed, {done['missing']} missing, "
        f"{done['rejected']} unreadable{total}"
    )


class SignalStop:
    """A stop signal that may be set inside a signal handler, whatever that interrupted."""

    def __init__(self) -> None:
        self._is_set = False
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Stop, now and for good."""
        self._is_set = True
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""
        if not self._is_set:
            try:
                self._woken.get(timeout=seconds)
            except queue.Empty:
                return self._is_set
        return self._is_set


@contextmanager
def told_by_signals() -> Iterator[SignalStop]:
    """A stop signal that Ctrl-C and SIGTERM set. The second of them does what it always does."""
    stop = SignalStop()
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def tell(number: int, _: FrameType | None) -> None:
        signal.signal(number, before[number])
        stop.set()

    try:
        for number in before:
            signal.signal(number, tell)
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
