"""For how long the service has been up, on a clock that nobody can set."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted behind the name: field 22 of proc(5)


def boot_time() -> float:
    """Seconds since start-up, sleep included; nobody can set this clock."""
    # Darwin has no CLOCK_BOOTTIME; there CLOCK_MONOTONIC goes on while the machine sleeps.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def is_gunicorn() -> bool:
    """Whether gunicorn runs this process."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn/") and "gunicorn.arbiter" in sys.modules


def service_age() -> float:
    """Seconds since the service was started: the server itself, not the worker that this process may be."""
    is_inherited = os.getpid() != _IMPORTED_IN
    if is_gunicorn() and not is_inherited:
        try:
            return max(boot_time() - _started_at(os.getppid()), 0.0)
        except (OSError, ValueError, IndexError):
            pass  # not Linux: this worker's own age is the best there is
    return boot_time() - _IMPORTED_AT


def _started_at(pid: int) -> float:
    """When a process was started, on the clock of `boot_time`. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[_START_TIME_FIELD]) / os.sysconf("SC_CLK_TCK")


# Gunicorn's master imports this module with its configuration; then its workers inherit when that was.
_IMPORTED_AT, _IMPORTED_IN = boot_time(), os.getpid()
