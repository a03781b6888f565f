"""The command that says what is wrong and what to do."""

from __future__ import annotations

import json
import sys

import click

SIGNS = {"ok": "ok     ", "warning": "look   ", "problem": "PROBLEM"}


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask Discogs nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(offline: bool, as_json: bool) -> None:
    """Look at settings, files, database, index, age, credentials and Discogs. Exits 1 when something is broken."""
    from app.services.doctor import Doctor
    from app.services.findings import Verdict

    findings = []
    for finding in Doctor().examine(asks_discogs=not offline):
        findings.append(finding)
        if not as_json:
            click.echo(f"{SIGNS[finding.verdict]}  {finding.about}: {finding.detail}")
            if finding.advice and finding.verdict is not Verdict.OK:
                click.echo(f"{'':9}→ {finding.advice}")
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=1))
    sys.exit(1 if any(finding.verdict is Verdict.PROBLEM for finding in findings) else 0)
