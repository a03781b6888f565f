"""What was not tested, and why: a line for each reason at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A machine without PostgreSQL skips a thousand tests for one reason: it is told once, with the number."""
    places: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        places[reason.splitlines()[0]][report.nodeid.partition("::")[0]] += 1
    if places:
        terminalreporter.section("what was not tested", "=")
    for reason, files in sorted(places.items(), key=lambda each: -each[1].total()):
        named = ", ".join(sorted(files)) if len(files) <= 2 else f"{len(files)} files"
        terminalreporter.line(f"SKIPPED [{files.total()}] {reason} ({named})")
