"""A mirror in a folder of its own in which what the documents show is typed, with everything it asks faked."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import func, select
from werkzeug.serving import make_server

import config
from app import create_app
from app.extensions import db
from app.jobs.stop import Stop
from app.models import Run
from app.services import online_search
from app.services.jobs_service import JobsService
from app.services.sync_control import execute_run, queued_runs
from app.wire.exchange import Timeouts, Wire
from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_providers import FakeProviders
from tests.conftest import dispose
from tests.docs.shown import METHODS, ROOT

SECOND = "SecondShop"
KEPT = ("PATH", "LANG", "TMPDIR")
SLOW_S = 600  # ends what hangs; a busy machine takes minutes for what takes a quiet one seconds


class Place:
    """The folder, and what was learned in it: `values` fill the gaps of what is typed."""

    def __init__(self, folder: Path, fake: FakeDiscogs, environment: dict[str, str], door: socket.socket) -> None:
        self.folder = folder
        self.fake = fake
        self.values: dict[str, object] = {"revision": "0018", "token": fake.world.token}
        self.environment = environment
        self.door = door
        self._app: Flask | None = None

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    @property
    def app(self) -> Flask:
        """The application, made when it is first needed."""
        if self._app is None:
            self._app = create_app(config.load(self.environment), start_clock=False)
        return self._app

    def type(self, line: str, stdin: str = "") -> tuple[int, str]:
        """The exit code and all that was said; of a request 0 unless it was refused."""
        if line.startswith("flask --app run "):
            return self._command(shlex.split(line)[1:], stdin)
        if line.split(maxsplit=1)[0] in METHODS:
            return self._request(*line.split(maxsplit=2))
        done = subprocess.run(
            ["sh", "-euc", line],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SLOW_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def work(self) -> None:
        """What a worker would do now."""
        with self.app.app_context():
            while runs := queued_runs():
                execute_run(runs[0], Stop())
            while JobsService().do_next(Stop()):
                pass

    def last_run(self) -> int:
        with self.app.app_context(), db.engine.connect() as connection:
            return connection.scalar(select(func.max(Run.id))) or 0

    @contextmanager
    def served(self) -> Iterator[None]:
        """While a server answers at the address that the documents name."""
        server = make_server("127.0.0.1", self.port, self.app, threaded=True, fd=self.door.fileno())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @contextmanager
    def copied(self) -> Iterator[Place]:
        """The same place with the newest backup in the place of the database."""
        database = self.folder / "copy.db"
        shutil.copy(str(self.values["copy"]), database)
        copy = Place(self.folder, self.fake, {**self.environment, "DATABASE_URL": f"sqlite:///{database}"}, self.door)
        try:
            yield copy
        finally:
            copy.close()

    def close(self) -> None:
        if self._app is not None:
            dispose(self._app)

    def _command(self, words: list[str], stdin: str) -> tuple[int, str]:
        group = FlaskGroup(create_app=lambda: self.app)
        done = self.app.test_cli_runner().invoke(group, words, input=stdin)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def _request(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        token = config.load(self.environment).instance_path.joinpath("admin_token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        with self.app.test_client().open(path, method=method, data=body.encode(), headers=headers) as answer:
            self._learn(answer.get_json(silent=True) if answer.is_json else None)
            return int(answer.status_code >= 400), f"{answer.status_code} {answer.text[:2000]}"

    def _learn(self, told: Any) -> None:
        if isinstance(told, dict):
            if isinstance(job := told.get("job"), dict):
                self.values["job"] = job["id"]
            if export_id := told.get("export_id"):
                self.values["export"] = export_id
            if (following := told.get("next")) is not None:
                self.values["next"] = following


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for as long as it takes: how busy the machine is must not decide whether somebody answered."""
    made = Wire.__init__

    def made_patient(wire: Wire, *, timeouts: Timeouts, **options: Any) -> None:
        made(wire, timeouts=Timeouts(connect=SLOW_S, read=SLOW_S, total=SLOW_S), **options)

    monkeypatch.setattr(Wire, "__init__", made_patient)
    monkeypatch.setattr(online_search, "PATIENCE_S", float(SLOW_S))


@contextmanager
def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The world of the demo: the same shop, collection and providers."""
    for name in ("app", "migrations", "scripts", "config.py", "run.py", "migrate_csv_to_db.py", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    be_patient(monkeypatch)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    with (
        FakeDiscogs(World.generate(7, 562, 24, for_sale=538)) as fake,
        FakeProviders() as providers,
        socket.create_server(("127.0.0.1", 0)) as door,  # open from now on, so that nobody else gets its number
    ):
        fake.world.add_account(SECOND)
        port = door.getsockname()[1]
        # What is typed stays as it is shown; curl is told here where that is, and to fail when it is refused.
        told = f'fail\nsilent\nshow-error\nconnect-to = "localhost:5000:127.0.0.1:{port}"\n'
        (folder / ".curlrc").write_text(told)
        environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "WAXMIRROR_INSTANCE": str(folder / "instance"),
            "DISCOGS_API_URL": fake.url,
            "DISCOGS_TOKEN": fake.token,
            "DISCOGS_SELLER_USERNAME": fake.world.seller.username,
            "DISCOGS_RATE_LIMIT": "100000",
            "COLLECTION_VISIBILITY": "public",
            **providers.settings,
            "MUSICBRAINZ_ENABLED": "false",  # it is asked once a second
        }
        found = Place(folder, fake, environment, door)
        try:
            yield found
        finally:
            found.close()
