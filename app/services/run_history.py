"""All runs that ever were: page by page, of a source, of an outcome, and the latest of them for a drawing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from app.core.outcomes import Outcome
from app.extensions import db
from app.models import Account, Run, Source
from app.models.transactions import read_transaction
from app.services.run_items import run_item, runs_with_sellers
from app.services.status_service import StatusService

MOST_DRAWN = 60
OUTCOMES = tuple(str(each) for each in Outcome)


class KnownSource(NamedTuple):
    """One source, as a filter offers it."""

    id: int
    source: str
    seller: str


class RunHistory:
    """The runs of one source, or of all, that ended in one way, or in any. Needs an application context."""

    def __init__(self, *, source_id: int | None = None, outcome: str | None = None) -> None:
        self._engine = db.engine
        self._wanted: list[ColumnElement[bool]] = []
        if source_id is not None:
            self._wanted.append(Run.source_id == source_id)
        if outcome is not None:
            self._wanted.append(Run.outcome == outcome)

    def page(self, number: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
        """The runs of one page, the newest first, each with how many `seconds` it took; and how many there are."""
        with read_transaction(self._engine) as connection:
            total = connection.scalar(select(func.count()).select_from(Run).where(*self._wanted)) or 0
            shown = runs_with_sellers().where(*self._wanted).limit(per_page).offset((number - 1) * per_page)
            runs = [
                run_item(row) | {"seconds": seconds_between(row.started_at, row.finished_at)}
                for row in connection.execute(shown)
            ]
        return runs, int(total)

    def latest_for_drawing(self) -> list[dict[str, Any]]:
        """What the latest finished runs did, the oldest first."""
        columns = (Run.id, Run.finished_at, Run.added, Run.restored, Run.removed, Run.requests)
        query = select(*columns).where(Run.state == "finished", *self._wanted).order_by(Run.id.desc())
        with read_transaction(self._engine) as connection:
            rows = connection.execute(query.limit(MOST_DRAWN)).all()
        return [dict(row._mapping) for row in reversed(rows)]


def known_sources() -> list[KnownSource]:
    """Every source there is, for a filter."""
    query = select(Source.id, Source.kind, Account.username).join(Account, Account.id == Source.account_id)
    with read_transaction(db.engine) as connection:
        return [KnownSource(*row) for row in connection.execute(query.order_by(Account.username_key, Source.id))]


def run_report(run_id: int, page: int, per_page: int) -> dict[str, Any]:
    """One run with all that is known of it and a page of what it holds back; `is_waiting` for a person.

    Raises RunNotFound.
    """
    service = StatusService()
    run = service.run(run_id, page=page, per_page=per_page)
    waiting = {each["id"] for each in service.waiting_runs()}
    began, ended = (datetime.fromisoformat(text) if (text := run[name]) else None for name in TIMES)
    return run | {"is_waiting": run_id in waiting, "seconds": seconds_between(began, ended)}


TIMES = ("started_at", "finished_at")


def seconds_between(began: datetime | None, ended: datetime | None) -> int | None:
    """How long it took; None while it goes on, or never began."""
    return None if began is None or ended is None else max(0, int((ended - began).total_seconds()))
