"""The commands of the release cache: fill it, look at it, read one release anew."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter

import click
from flask.cli import AppGroup

from app.cli_errors import told_plainly
from app.cli_sync import SignalStop, told_by_signals

LARGEST_ID = 2**53
PATIENCE_S = 1.0

releases = AppGroup("releases", help="Genres, countries, track lists: what Discogs' catalogue says of the records.")


@releases.command("fill")
@click.option("--limit", type=click.IntRange(1, 1_000_000), help="Ask for this many releases at most.")
def fill(limit: int | None) -> None:
    """Read what nobody has read yet, or not for long, at the allowed pace. Syncs go first. Ctrl-C keeps what came."""
    with told_plainly(), told_by_signals() as stop:
        counts, ending, detail = _filled(limit, stop)
    click.echo(f"{counts['known']} read, {counts['gone']} gone, {counts['failed']} without an answer")
    if ending not in {"done", "more"}:
        raise click.ClickException(detail or REASONS[ending])


REASONS = {
    "stopped": "stopped; what came is kept",
    "busy": "another process reads releases already",
    "nobody": "no seller to ask for: set DISCOGS_SELLER_USERNAME",
    "refused": "Discogs does not answer",
}


def _filled(limit: int | None, stop: SignalStop) -> tuple[Counter[str], str, str]:
    """Round after round until nothing is due, the limit is reached, or it makes no sense."""
    from app.services.jobs_service import JobsService
    from app.services.release_cache import BATCH, FillEnding, ReleaseCache
    from app.services.sync_control import close_orphans

    close_orphans()  # whoever died at work would be waited for for ever
    JobsService().put_back_if_idle()
    cache, counts = ReleaseCache(), Counter[str]()
    while limit is None or counts.total() < limit:
        left = BATCH if limit is None else min(BATCH, limit - counts.total())
        # A queued run may wait for a server that is not there; one at work is worth waiting for.
        report = cache.fill(left, stop, yields_to=("running",))
        counts.update(known=report.known, gone=report.gone, failed=report.failed)
        if report.ending is FillEnding.YIELDED:
            stop.wait(PATIENCE_S)
        elif report.ending is not FillEnding.MORE:
            return counts, str(report.ending), report.detail
    return counts, "more", ""


@releases.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def stats(as_json: bool) -> None:
    """How much of the catalogue is kept."""
    from app.services.release_cache import ReleaseCache

    with told_plainly():
        found = ReleaseCache().statistics()
    if as_json:
        told = {**dataclasses.asdict(found), "total_cached": found.total, "cached_last_week": found.last_week}
        click.echo(json.dumps(told))
        return
    click.echo(f"{found.total} releases kept ({found.bytes / 1e6:.1f} MB), {found.last_week} of them read this week")
    click.echo(f"{found.wanted} wanted for what is in the shop; {found.gone} gone, {found.failed} without an answer")


@releases.command("refresh")
@click.argument("release_id", type=click.IntRange(1, LARGEST_ID))
def refresh(release_id: int) -> None:
    """Read the release RELEASE_ID anew, however young what is kept may be."""
    from app.services.release_cache import ReleaseCache

    with told_plainly(), told_by_signals() as stop:
        status = ReleaseCache().fetch(release_id, stop)
    click.echo(f"release {release_id}: {status}")
    sys.exit(0 if status == "known" else 1)
