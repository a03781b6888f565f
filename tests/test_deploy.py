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
    told = {name for service in ("web", "shop") for name in services[service]["environment"]}
    assert told <= OURS
    values = services["web"]["environment"]
    assert isinstance(config.load(values), Settings)


def test_one_container_starts_unless_more_are_wanted() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    assert [name for name, each in services.items() if "profiles" not in each] == ["web"]
    for name in ("web", "shop"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in services[name]["ports"])
    used = {volume.split(":")[0] for each in services.values() for volume in each["volumes"]}
    assert used == set(COMPOSE["volumes"])


def test_the_image_is_small_private_and_what_the_start_script_expects() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)
    assert stages == ["build", "runtime", "with-postgres"]
    assert COMPOSE["services"]["shop"]["build"]["target"] in stages
    assert DOCKERFILE.rstrip().endswith("FROM runtime")
    assert "cksum requirements.txt > .venv/requirements.digest" in DOCKERFILE
    script = (ROOT / "start_server.sh").read_text()
    assert "installed=.venv/requirements.digest\nwanted=$(cksum requirements.txt)" in script
    assert DOCKERFILE.count("USER waxmirror") == 2
    assert {".git", ".env", "instance", ".venv"} <= set((ROOT / ".dockerignore").read_text().split())
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
