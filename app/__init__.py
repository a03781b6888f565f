"""Waxmirror: a faithful local mirror of a Discogs seller's listings."""

from __future__ import annotations

import atexit
import gc
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

if TYPE_CHECKING:
    from config import Settings

logger = logging.getLogger(__name__)


class Unsigned(SessionInterface):
    """No session in a cookie: who is logged in stands in the database. Whoever stores something in one is refused."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


class Application(Flask):
    """Flask without coroutines: each request would ask a dozen times whether a function is one."""

    session_interface = Unsigned()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(
    settings: Settings | None = None, *, start_clock: bool | None = None, keeps_secrets: bool = True
) -> Flask:
    """The application: configure → extensions → blueprints → commands → clock.

    `settings` default to the environment's. The clock (scheduler and job queue) starts in a serving process only:
    never under a command, a migration, a test or the reloader's parent; `start_clock` overrides the judgement.
    Without `keeps_secrets` those that nobody configured are made up and leave no file.

    Raises ConfigurationError with every problem of the settings at once.
    """
    with _nothing_swept():
        app = _configured(settings, keeps_secrets=keeps_secrets)
        _wire(app)
        _add_faces(app)
        _add_clock(app, start_clock)
    return app


@contextmanager
def _nothing_swept() -> Iterator[None]:
    """What is imported and made at a start stays: searching it for garbage would take an eighth of the start."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _configured(settings: Settings | None, *, keeps_secrets: bool) -> Flask:
    import config
    from app.ops.error_reports import report_errors
    from app.ops.generated_secrets import complete
    from app.ops.log_tail import keep_tail
    from app.ops.logging import configure_logging

    settings = settings or config.load()
    configure_logging(settings)
    report_errors(settings)
    keep_tail()
    settings = complete(settings, keeps=keeps_secrets)
    app = Application(__name__, instance_path=str(settings.instance_path.resolve()), static_folder=None)
    app.config.update(settings.flask_config())
    app.extensions["settings"] = settings
    for notice in settings.notices:
        logger.warning("%s", notice)
    return app


def _wire(app: Flask) -> None:
    from app import extensions
    from app.discogs.throttle import Throttle
    from app.models.locks import locks_for
    from app.models.pace import pace_for
    from app.models.transactions import configure_engine
    from app.ops.sealing import Sealer
    from app.services.discogs_connection import connect, login_rate, own_rate
    from app.services.enrichment_providers import connect_provider
    from app.services.remembered import Remembered
    from app.services.share import Share
    from app.wire.waiting import Waiter

    settings: Settings = app.extensions["settings"]
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, include_object=_is_ours)
    with app.app_context():
        engine = extensions.db.engine
    configure_engine(engine)
    app.extensions[extensions.KEY] = extensions.Wiring(
        settings=settings,
        clock=lambda: datetime.now(UTC),
        throttle=Throttle(own_rate(settings), keeper=pace_for(engine, "discogs")),
        login_share=Share(login_rate(settings), pace_for(engine, "logins")),
        sealer=Sealer(settings.fernet_keys()),
        locks=locks_for(engine),
        connect=connect,
        connect_provider=connect_provider,
        provider_waiter=lambda stop: Waiter(stop=stop),
        enqueue=lambda _run_id: None,
        remembered=Remembered(),
        latest_columns=Remembered(1, size_of=lambda _columns: 1),
        latest_pages=Remembered(1, size_of=lambda _pages: 1),
    )


def _is_ours(_object: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    """Keep autogenerate away from tables that belong to others: the job queue and full-text indexes."""
    return not (type_ == "table" and name is not None and name.startswith(("huey_", "queue_", "fts_")))


def _add_faces(app: Flask) -> None:
    from app import cli
    from app.api import register_api
    from app.ops.request_ids import RequestIds
    from app.web import register_web

    register_web(app, register_api(app))
    cli.register_commands(app)
    app.wsgi_app = RequestIds(app.wsgi_app, lambda: os.urandom(8).hex())  # type: ignore[method-assign]


def _add_clock(app: Flask, start_clock: bool | None) -> None:
    from app.extensions import KEY, Wiring
    from app.jobs.clock import clock_of
    from app.jobs.serving import in_serving_process, wants_clock
    from app.ops.log_tail import share_tail

    wired: Wiring = app.extensions[KEY]
    wired.clock_service = clock_of(app)
    wired.enqueue = wired.clock_service.queue.enqueue
    if wants_clock(app) if start_clock is None else start_clock:
        in_serving_process(lambda: share_tail(wired.settings.instance_path))
        in_serving_process(wired.clock_service.start)
        atexit.register(wired.clock_service.stop)
