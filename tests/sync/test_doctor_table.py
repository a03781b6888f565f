"""Every trouble of the guides that people come from has a line of the doctor that would show it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.extensions import db, wiring
from app.ops.backup import made_at
from app.services import backups
from app.services.webhook_ledger import WebhookLedger
from config import Secret
from tests.conftest import ROOT
from tests.sync.conftest import Mirror
from tests.sync.test_doctor import findings

README = (ROOT / "README.md").read_text(encoding="utf-8")
TROUBLES = [
    ("no listings appear", ["seller", "token", "Discogs", "identity", "last sync", "data", "rows"]),
    ("the sync does not run", ["schedule", "server", "token", "last sync"]),
    ("the database fails", ["schema", "database", "permissions", "disk", "backups"]),
    ("Discogs limits the rate", ["Discogs"]),
    ("`Expecting value: line 2 column 1`", ["Discogs"]),
    ("`Working outside of request context`", ["server"]),
    ("`database is locked`", ["locking"]),
    ("401 from Discogs", ["Discogs"]),
    ("a price or a title is not that of Discogs", ["drift", "last sync", "data"]),
    ("searches do not find what is for sale", ["index"]),
    ("is it installed well at all", ["schema", "rows", "index", "files"]),
]


@pytest.mark.parametrize(("trouble", "lines"), TROUBLES)
def test_each_trouble_has_its_lines(app: Flask, mirror: Mirror, trouble: str, lines: list[str]) -> None:
    mirror.sync()
    found = findings(app)[1]
    assert [line for line in lines if line not in found] == []
    row = next(each for each in README.splitlines() if each.startswith(f"| {trouble} |"))
    assert [line for line in lines if f"`{line}`" not in row] == []


def test_a_backup_that_is_too_old_is_told(app: Flask, mirror: Mirror) -> None:
    assert findings(app, "--offline")[1]["backups"]["detail"].startswith("there is no backup yet")
    made: datetime = made_at(backups.make())
    wiring().clock = lambda: made + timedelta(hours=10)
    assert findings(app, "--offline")[1]["backups"] == {
        "about": "backups",
        "verdict": "ok",
        "detail": "the newest backup is 10 h old",
        "advice": "",
    }
    wiring().clock = lambda: made + timedelta(hours=50)
    assert findings(app, "--offline")[1]["backups"]["verdict"] == "warning"


def test_a_webhook_that_fails_is_told_without_its_address(app: Flask, mirror: Mirror) -> None:
    address = Secret("http://127.0.0.1:9/hook-canary")
    wiring().settings = wiring().settings.replace(webhook_url=address, webhook_secret=Secret("a-secret-canary"))
    ledger = WebhookLedger(db.engine, address)
    ledger.failed(ledger.position(), "HTTP 500", wiring().clock(), 60.0)
    mirror.sync()
    found = findings(app, "--offline")[1]["webhook"]
    assert found["verdict"] == "warning"
    assert found["detail"] == "WEBHOOK_URL answered 1 times with HTTP 500: 538 changes wait"
    assert "canary" not in repr(found)
