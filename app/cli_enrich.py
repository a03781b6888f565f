"""The command that enriches: a batch in the foreground, or in the server that is at work."""

from __future__ import annotations

import json
from typing import Any

import click

from app.cli_errors import told_plainly
from app.cli_sync import told_by_signals

LARGEST_LIMIT = 1_000_000


@click.command("enrich")
@click.option("--limit", type=click.IntRange(1, LARGEST_LIMIT), help="So many albums; default: all that is due.")
@click.option("--only", type=click.Choice(["all", "new"]), default="all", help="new: what came with a sync.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def enrich(limit: int | None, only: str, as_json: bool) -> None:
    """Ask the configured providers for pictures, links and descriptions, what is new first. Ctrl-C keeps what came.
    Exit 0 done, 1 failed or errors, 2 usage."""
    from app.errors import EnrichmentBusy, NothingEnriches
    from app.services.enrichment_service import EnrichmentService
    from app.services.foreground_jobs import follow

    with told_plainly(), told_by_signals() as stop:
        try:
            job_id = EnrichmentService().start(limit=limit, only=only)["id"]
        except EnrichmentBusy as error:
            job_id = error.job_id  # begun before, perhaps by a server that is gone: it goes on here
        except NothingEnriches as error:
            raise click.ClickException(f"no provider is configured. {'; '.join(error.why)}") from error
        job = follow(job_id, stop)
    _tell(job, as_json=as_json)


def _tell(job: dict[str, Any], *, as_json: bool) -> None:
    report = {name: value for name, value in job["details"].items() if name != "current_album"}
    counts = [report.get(name, 0) for name in ("found", "enriched", "nothing_found", "errors")]
    click.echo(json.dumps(report) if as_json else "{} found: {} enriched, {} nothing found, {} errors".format(*counts))
    for name, why in report.get("standstills", {}).items():
        click.echo(f"{name} was not asked to the end: {why}", err=True)
    for error in job["errors"]:
        click.echo(f"{error['place']}: {error['problem']}", err=True)
    if job["state"] != "done":
        raise click.ClickException(job["problem"] or f"the batch is {job['state']}; what came is kept")
    if counts[-1]:
        raise click.exceptions.Exit(1)
