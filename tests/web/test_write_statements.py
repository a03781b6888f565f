"""What a person has done costs what it must, and as much in a full mirror as in a small one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import KEY
from app.models import HeldRemoval
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.doors.conftest import SAFE, insider
from tests.login.conftest import SAME_ORIGIN
from tests.web.test_page_statements import exports

__all__ = ["exports", "insider"]
TEXT = "/api/v1/enrichments/release/501/description"


class Write(NamedTuple):
    """A request, how it is answered, and how many statements that takes, for what."""

    what: str
    status: int
    statements: int
    why: str
    sent: Mapping[str, Any] = {}


# In this order: what one begins, the next ends. Whoever asks is looked up first.
WRITES = [
    Write("POST /sync/start", 303, 26, "the sources, their locks, and a run for each"),
    Write("POST /sync/cancel", 303, 32, "each run that waits, ended"),
    Write("POST /api/sync/start", 202, 25, "the same, and no form"),
    Write("POST /api/sync/cancel", 202, 35, "the same, and how the sync stands"),
    Write("POST /api/v1/services/discogs/sync", 202, 13, "one source"),
    Write("POST /api/sync/cancel", 202, 15, "its run"),
    Write("POST /sync/runs/{held}/dismiss", 303, 7, "the run under its lock, and what it held"),
    Write("POST /api/jobs", 202, 3, "whether it is asked for already; the job", {"json": {"kind": "csv-export"}}),
    Write("POST /api/jobs/{folder}/cancel", 202, 3, "the job, changed"),
    Write("POST /api/jobs/{folder}/retry", 202, 4, "the same, and whether another is asked for"),
    Write("POST /admin/jobs/{folder}/cancel", 303, 3, "as the interface does"),
    Write("POST /admin/jobs/{folder}/retry", 303, 4, "as the interface does"),
    Write("POST /batch/cancel/{folder}", 202, 6, "whose data, and as the interface does"),
    Write("POST /export/7", 202, 15, "whose data, its folders, the job, and how it stands"),
    Write("POST /batch/export/7", 202, 15, "the same", {"data": {"format": "xml"}}),
    Write("POST /export_marketplace", 202, 11, "the same of a shop", {"data": {"format": "xml"}}),
    Write("POST /start_import", 202, 15, "the same of releases"),
    Write(f"PUT {TEXT}", 200, 8, "the album, the decision, what is shown then", {"json": {"value": "Good."}}),
    Write(f"DELETE {TEXT}", 200, 7, "the same"),
    Write(f"POST {TEXT}/again", 200, 6, "the album, its question, what is shown"),
    Write(
        *("POST /admin/enrichment/item", 303, 12, "the decision as above, and the name of the album"),
        {"data": {"kind": "release", "key": "501", "field": "description", "decision": "hide"}},
    ),
    Write("POST /api/v1/services/ai/enrich-all/cancel", 200, 4, "the batches under way, and the last one"),
    Write("POST /admin/enrichment/cancel", 303, 4, "the same"),
    Write(
        "POST /admin/accounts/forget", 303, 5, "the account without its credential", {"data": {"username": "another"}}
    ),
    Write("POST /logout", 303, 2, "the session, ended"),
    Write("POST /admin/leave", 303, 2, "the session, ended"),
    Write("POST /admin", 303, 6, "guesses, sessions that ran out, and a new one", {"data": {"admin_token": ADMIN}}),
]
NOT_COUNTED = {
    "sync.confirm": "as much as it removes, in batches: tests/api/test_statements.py",
    "sync.undo": "as much as it puts back, in batches: tests/api/test_statements.py",
    "sync.dismiss": "control.dismiss is its form",
    "control.confirm": "the form of sync.confirm",
    "control.undo": "the form of sync.undo",
    "enrichment.start": "needs a provider, which these settings have not; the job is begun as by jobs.submit",
    "enriching.start": "the form of enrichment.start",
    "account_pages.show": "makes the documents of the whole shop anew",
    "account_pages.erase": "as much as there is of an account, after a backup",
    "setup.store": "asks Discogs who somebody is, as tests/login has it",
}


def test_every_write_asks_what_it_must(
    app: Flask, insider: FlaskClient, mirror: MirrorBuilder, exports: dict[str, str], counted: Callable[[], Any]
) -> None:
    app.extensions[KEY].enqueue = lambda _number: None
    with mirror.engine.connect() as connection:
        held = connection.scalar(select(func.max(HeldRemoval.run_id)))
    surprises = []
    for what, status, number, _, sent in WRITES:
        method, _, path = what.partition(" ")
        address = path.format(folder=exports["folder-export"], held=held)
        with counted() as statements:
            answer = insider.open(address, method=method, headers=SAME_ORIGIN, **sent)
            answer.get_data()
        if (answer.status_code, len(statements)) != (status, number):
            surprises.append("\n".join([f"{what}: {answer.status_code}, {len(statements)} statements", *statements]))
    assert not surprises, "\n\n".join(surprises)


def test_no_write_is_forgotten(app: Flask) -> None:
    """A new one has its statements counted, or is named with the reason why not."""
    urls = app.url_map.bind("localhost")
    requests = [write.what.format(folder=1, held=1).partition(" ") for write in WRITES]
    charged = {urls.match(path, method=method)[0] for method, _, path in requests}
    there_are = {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE}
    assert there_are == charged | NOT_COUNTED.keys()
    assert not charged & NOT_COUNTED.keys(), "counted after all"
