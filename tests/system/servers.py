"""Real server processes, started as their users start them, and what can be seen of them from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.conftest import ADMIN, ROOT
from tests.jobs.waiting import until

READY_WITHIN_S = 30.0
GUNICORN = ("-m", "gunicorn", "run:app", "--worker-class", "gthread", "--threads", "4", "--no-control-socket")
OUR_HOOKS = ("--graceful-timeout", "5", "--config", "python:app.ops.gunicorn_conf")


class Server:
    """One started program with its children."""

    def __init__(self, command: list[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def is_up(self) -> bool:
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.said()}"
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        return False

    def wait_until_up(self) -> Server:
        until(self.is_up, f"{self.url} answers", READY_WITHIN_S)
        return self

    def post(self, path: str, **body: str) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, headers={"Authorization": f"Bearer {ADMIN}"}, timeout=10)

    def family(self) -> set[int]:
        """The process ids of the session this program leads, without zombies."""
        return {pid for pid, fields in processes() if int(fields[3]) == self.pid and fields[0] != "Z"}

    def children(self) -> set[int]:
        return {pid for pid, fields in processes() if int(fields[1]) == self.pid and fields[0] != "Z"}

    def ask_to_end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait_until_gone(self, within_s: float = 10.0) -> int:
        until(lambda: self.process.poll() is not None and not self.family(), "all its processes are gone", within_s)
        return self.process.returncode

    def destroy(self) -> None:
        """For the end of a test, whatever became of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(10)


class Mirror:
    """The database of the servers, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, poolclass=NullPool)

    def rows(self, sql: str) -> list[Any]:
        """What a query gives; nothing while the database is busy."""
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(text(sql)).all())
        except DBAPIError:
            return []

    def runs(self) -> list[Any]:
        """Those of the shop; collections and wantlists are read after it."""
        return self.rows(
            "SELECT runs.id, trigger, state, outcome, reason, owner, started_at FROM runs"
            " JOIN sources ON sources.id = runs.source_id WHERE sources.kind = 'inventory' ORDER BY runs.id"
        )

    def live(self) -> int:
        found = self.rows("SELECT count(*) FROM listings WHERE removed_at IS NULL")
        return int(found[0][0]) if found else 0

    def running_in(self) -> int | None:
        """The process that works on the last run."""
        runs = self.runs()
        return int(runs[-1].owner.split(":")[-2]) if runs and runs[-1].owner else None

    def locks_in(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///") + ".locks")


class Launcher:
    """Starts servers on one mirror; all of them are gone at the end of the test."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self._folder = folder
        self._started: list[Server] = []

    def start(self, *arguments: str, port: int | None = None, **variables: str) -> Server:
        """`python <arguments>`, with PORT in the environment and `{port}` in the arguments filled in."""
        port = port or free_port()
        command = [sys.executable, *(each.format(port=port) for each in arguments)]
        log = self._folder / f"server-{len(self._started)}.log"
        environment = {**self.environment, "PORT": str(port), **variables}
        self._started.append(Server(command, environment, port, log))
        return self._started[-1]

    def gunicorn(self, workers: int, *options: str, **variables: str) -> Server:
        """The server of start_server.sh."""
        bind = ("--workers", str(workers), "--bind", "127.0.0.1:{port}")
        return self.start(*GUNICORN, *bind, *(options or OUR_HOOKS), **variables)

    def command(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def destroy(self) -> None:
        for server in self._started:
            server.destroy()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes() -> Iterator[tuple[int, list[str]]]:
    """Every process with its fields of /proc/<pid>/stat from the state on: state, parent, group, session …"""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def is_alive(pid: int) -> bool:
    return any(found == pid and fields[0] != "Z" for found, fields in processes())


def skip_without_proc() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("looks at processes through /proc")
