"""What ships for containers, systemd and web servers names what is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

import config
from config import Settings
from tests.system.servers import free_port

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "scripts" / "deploy"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNIT = (DEPLOY / "waxmirror.service").read_text()
OURS = {*config.variables(), *(f"{name}_FILE" for name in config.secret_variables())}


def test_containers_are_given_settings_that_exist() -> None:
    services = COMPOSE["services"]
    for service, role in (("web", "all"), ("shop", "web"), ("worker", "worker")):
        told = services[service]["environment"]
        assert set(told) <= {*OURS, "PGPASSWORD"}
        assert config.load(told).server_role == role


def test_one_container_starts_unless_more_are_wanted() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    assert [name for name, each in services.items() if "profiles" not in each] == ["web"]
    for name in ("web", "shop", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in services[name].get("ports", []))
    used = {volume.split(":")[0] for each in services.values() for volume in each["volumes"]}
    assert used == set(COMPOSE["volumes"])


def test_those_who_serve_and_those_who_work_share_all_but_the_role() -> None:
    shop, worker = (COMPOSE["services"][name] for name in ("shop", "worker"))
    differing = {name for name in {*shop, *worker} if shop.get(name) != worker.get(name)}
    assert differing == {"environment", "ports"}
    environments = [{**each["environment"], "SERVER_ROLE": ""} for each in (shop, worker)]
    assert environments[0] == environments[1]


def test_no_password_is_known_before_somebody_sets_one() -> None:
    # An empty one, because compose reads all profiles whichever it starts: what the database image refuses by itself.
    told = [COMPOSE["services"]["db"]["environment"]["POSTGRES_PASSWORD"]]
    told += [COMPOSE["services"][name]["environment"]["PGPASSWORD"] for name in ("shop", "worker")]
    assert told == ["${POSTGRES_PASSWORD:-}"] * 3
    assert ":" not in COMPOSE["services"]["shop"]["environment"]["DATABASE_URL"].removeprefix("postgresql://")


def is_left_out(name: str) -> bool:
    """Whether Docker leaves a file out of what it builds from: the last line of .dockerignore that fits it decides."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    folders = [name, *(str(each) for each in Path(name).parents)][:-1]
    verdict = False
    for line in lines:
        pattern = line.removeprefix("!")
        regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(regex, each) for each in folders):
            verdict = not line.startswith("!")
    return verdict


def test_what_git_is_not_to_have_no_image_has() -> None:
    ignored = [line.strip("/").replace("*", "x") for line in (ROOT / ".gitignore").read_text().splitlines()]
    assert [name for name in ignored if not name.startswith("!") and not is_left_out(name)] == []
    private = [".env.production", "waxmirror.db", "instance/admin_token", "backups/shop-1.db", "app/x.sqlite3-wal"]
    private += [".git/config", "shop.dump", "listings.csv", "app/__pycache__/errors.pyc", "scripts/old.db"]
    assert [name for name in private if not is_left_out(name)] == []


def test_an_image_has_what_it_runs() -> None:
    folders = [path for name in ("app", "migrations", "scripts") for path in (ROOT / name).rglob("*")]
    files = [path for path in folders if path.is_file() and "__pycache__" not in path.parts]
    names = [str(path.relative_to(ROOT)) for path in files]
    assert len(names) > 300
    names += ["config.py", "run.py", "start_server.sh", "requirements.txt", "migrate_csv_to_db.py", ".env.example"]
    assert [name for name in names if is_left_out(name)] == []


def test_every_package_that_a_setting_needs_is_pinned_once() -> None:
    def pins(file: str) -> dict[str, str]:
        text = (ROOT / file).read_text()
        assert text.count("--hash=sha256:") > 2
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    usual, extra = pins("requirements.txt"), pins("scripts/deploy/extras.txt")
    assert {"redis", "sentry-sdk"} <= set(extra)
    assert [name for name in extra if usual.get(name, extra[name]) != extra[name]] == []
    assert "scripts/deploy/extras.txt" in config.INSTALL_EXTRAS
    assert "-r requirements.txt -r extras.txt" in DOCKERFILE


def test_the_image_is_small_private_and_what_the_start_script_expects() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)
    assert stages == ["build", "runtime", "with-postgres"]
    assert COMPOSE["services"]["shop"]["build"]["target"] in stages
    assert DOCKERFILE.rstrip().endswith("FROM runtime")
    assert "cksum requirements.txt > .venv/requirements.digest" in DOCKERFILE
    script = (ROOT / "start_server.sh").read_text()
    assert "installed=.venv/requirements.digest\nwanted=$(cksum requirements.txt)" in script
    assert DOCKERFILE.count("USER waxmirror") == 2
    for named in re.findall(r"scripts/deploy/[\w.]+", DOCKERFILE):
        assert (ROOT / named).is_file()


def test_the_unit_sets_what_exists_and_is_understood(tmp_path: Path) -> None:
    assert set(re.findall(r"\b([A-Z_]{4,})=", "\n".join(re.findall(r"^Environment=(.*)$", UNIT, re.MULTILINE)))) <= {
        *OURS,
        "PYTHONDONTWRITEBYTECODE",
    }
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / "waxmirror.service"
    unit.write_text(UNIT.replace("/srv/waxmirror", str(ROOT)))
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "waxmirror.service" in line] == []


@pytest.mark.parametrize("script", ["start_server.sh", "scripts/test", "scripts/check"])
def test_scripts_are_read_by_any_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(ROOT / script)], check=True)


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_web_servers_pass_on_what_one_hop_is_believed(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert text.count("{") == text.count("}")
    assert "X-Forwarded-Prefix" in text
    assert "TRUSTED_PROXIES=1" in text
    assert "proxy_buffering off" in text or "flush_interval -1" in text


def test_nginx_buffers_everything_but_events() -> None:
    """Below a path it is told by the streams themselves: X-Accel-Buffering."""
    text = (DEPLOY / "nginx.conf").read_text()
    unbuffered = re.findall(r"location ([^{]+) \{[^}]*proxy_buffering off", text)
    assert unbuffered == ["~ ^/(api/sync/events|api/jobs/[^/]+/events|progress)"]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_of_the_container(status: int | None, code: int) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert status is not None
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on standard error."""

    port = free_port()
    server = HTTPServer(("127.0.0.1", port), Answer) if status else None
    if server is not None:
        threading.Thread(target=server.handle_request, daemon=True).start()
    done = subprocess.run([sys.executable, str(DEPLOY / "healthcheck.py")], env={"PORT": str(port)}, check=False)
    assert done.returncode == code
    if server is not None:
        server.server_close()


@pytest.mark.parametrize(("hops", "prefix", "scheme"), [(0, "", "http"), (1, "/shop", "https")])
def test_a_web_server_before_ours_is_believed_only_when_told(
    settings: Settings, make_app: Any, hops: int, prefix: str, scheme: str
) -> None:
    app: Flask = make_app(settings.replace(trusted_proxies=hops))
    forwarded = {
        "X-Forwarded-Prefix": "/shop",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "records.example.com",
        "X-Forwarded-For": "203.0.113.9",
    }
    page = app.test_client().get("/", headers=forwarded)
    assert page.status_code == 200
    host = "records.example.com" if hops else "localhost"
    assert f"{scheme}://{host}{prefix}/" in app.test_client().get("/robots.txt", headers=forwarded).text
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', page.text))
    assert links
    assert [link for link in links if not link.startswith(f"{prefix}/")] == []
