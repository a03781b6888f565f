"""What a person would look at when something is wrong with a mirror, looked at in one go, with what to do about it."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection

from app.errors import StorageError
from app.extensions import db, wiring
from app.models import Account, Source
from app.models.database_file import file_of
from app.models.locks import SCHEDULER
from app.models.transactions import read_transaction
from app.ops.backup import backups_of
from app.services.database_findings import about_disk, about_schema, about_soundness
from app.services.discogs_findings import about_discogs, about_token, named_account, what_to_do
from app.services.drift_findings import about_drift
from app.services.findings import Finding, Verdict
from app.services.freshness import Freshness, aged_sources, freshness, is_collection_alone
from app.services.health_service import GOOD_ENDINGS
from app.services.index_findings import about_index
from app.services.locking_findings import about_locking
from app.services.run_items import held_runs
from app.services.schema_version import db_is_at_head
from app.services.shop_state import shop_state
from app.services.sources import SourceState, state_of, states
from app.services.standing_refusals import standing_refusals
from app.services.storage_told import storage_told
from app.services.upkeep_findings import about_backups, about_files, about_rows, about_webhook

SYNC = "flask --app run sync"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Doctor:
    """Looks at everything once. Needs an application context; asks Discogs two questions, unless told not to."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def examine(self, *, asks_discogs: bool = True) -> Iterator[Finding]:
        """Every finding, in the order in which a person would mend them."""
        own = self._own_source()
        yield from self._configuration(own)
        yield from about_token(self._wired, own)
        yield from self._schedule()
        yield from self._files()
        try:
            with storage_told(), read_transaction(self._engine) as connection:
                yield from self._database(connection)
        except StorageError as error:
            yield Finding("database", Verdict.PROBLEM, f"{error.reason}: {error.detail}")
        if asks_discogs:
            yield from about_discogs(self._wired, own)

    def _own_source(self) -> SourceState | None:
        """What is known of the account that the settings name; without one, of the first that was entered here."""
        name = named_account(self._wired.settings)
        query = states().where(Account.sealed_token.is_not(None) if name is None else _is_called(name))
        try:
            with storage_told(), read_transaction(self._engine) as connection:
                row = connection.execute(query.order_by(Source.id).limit(1)).first()
        except StorageError:
            return None  # there is a line about that
        return None if row is None else state_of(row)

    def _configuration(self, own: SourceState | None) -> Iterator[Finding]:
        settings = self._wired.settings
        if settings.discogs_seller_username:
            yield Finding("seller", Verdict.OK, f"the shop of {settings.discogs_seller_username} is mirrored")
        elif name := settings.discogs_collection_username:
            yield Finding("seller", Verdict.OK, f"the collection of {name} is mirrored, and no shop")
        elif settings.token_trouble:
            yield Finding("seller", Verdict.WARNING, "nobody is mirrored until DISCOGS_TOKEN can be used")
        elif own is not None:
            yield Finding("seller", Verdict.OK, f"{own.username} is mirrored, entered here")
        else:
            advice = "set DISCOGS_SELLER_USERNAME, or enter it at /setup"
            yield Finding("seller", Verdict.WARNING, "DISCOGS_SELLER_USERNAME is not set", advice)
        for notice in settings.notices:
            if notice != settings.token_trouble:
                yield Finding("configuration", Verdict.WARNING, notice)

    def _schedule(self) -> Iterator[Finding]:
        settings = self._wired.settings
        if settings.enable_auto_sync:
            about = f"a sync every {settings.sync_interval_hours:g} h while a server runs"
            yield Finding("schedule", Verdict.OK, about)
        else:
            yield Finding("schedule", Verdict.WARNING, "ENABLE_AUTO_SYNC is off", "set it to true, or sync by command")

    def _files(self) -> Iterator[Finding]:
        folder = self._wired.settings.instance_path
        database = file_of(self._engine.url)
        yield about_files(folder, database)
        secret = [path for name in ("admin_token", "secret_key", "token_keys") if (path := folder / name).is_file()]
        open_to_others = [
            str(path)
            for path in [*secret, *([database] if database and database.is_file() else [])]
            if path.stat().st_mode & OTHERS
        ]
        if open_to_others:
            names = " ".join(open_to_others)
            yield Finding("files", Verdict.PROBLEM, f"others may read {names}", f"chmod 600 {names}")
        else:
            yield Finding("files", Verdict.OK, "what is secret is readable by its owner alone")
        copies = backups_of(self._engine.url, folder)
        yield from about_disk(folder, database, copies[-1] if copies else None)

    def _database(self, connection: Connection) -> Iterator[Finding]:
        yield about_schema(connection)
        if not db_is_at_head(connection):
            return
        yield from about_soundness(connection)
        yield about_rows(connection)
        yield from about_drift(connection, self._wired.settings)
        yield about_locking(connection, self._wired.locks, file_of(self._engine.url))
        yield about_backups(self._engine, self._wired.settings, self._wired.clock())
        yield from about_webhook(connection, self._wired.settings)
        state = shop_state(connection)
        settings = self._wired.settings
        yield about_index(connection, settings, state, file_of(self._engine.url))
        yield self._server(connection)
        watched = aged_sources(connection, state.sellers, settings)
        age = freshness(connection, watched, settings, self._wired.clock())
        yield from _age(age, is_of_collection=is_collection_alone(state.sellers, settings))
        for refused in standing_refusals(connection, self._wired):
            detail = f"Discogs refuses the credential of {refused.seller} ({refused.reason})"
            yield Finding("credential", Verdict.PROBLEM, detail, refused.advice)
        for run in connection.execute(held_runs()):
            detail = f"run {run.id} of {run.seller}: {run.detail}"
            yield Finding("held run", Verdict.WARNING, detail, f"POST /api/sync/runs/{run.id}/confirm lets it happen")

    def _server(self, connection: Connection) -> Finding:
        if self._wired.locks.is_held(SCHEDULER, connection):
            return Finding("server", Verdict.OK, "a server is at work and syncs on time")
        is_web = self._wired.settings.server_role == "web"
        advice = "SERVER_ROLE=worker ./start_server.sh, beside those that serve" if is_web else "./start_server.sh"
        return Finding("server", Verdict.WARNING, "no server runs: nothing is synced on time", advice)


def _is_called(name: str) -> ColumnElement[bool]:
    return Account.username_key == name.casefold()


def _age(age: Freshness, *, is_of_collection: bool) -> Iterator[Finding]:
    last = age.last_sync
    thing, again = ("collection", SYNC + " collection") if is_of_collection else ("shop", SYNC)
    if last is not None and last.outcome not in GOOD_ENDINGS:
        reason = last.reason or ""
        detail = f"the last sync ended as {last.outcome}" + (f" ({reason}: {last.detail})" if reason else "")
        yield Finding("last sync", Verdict.WARNING, detail, what_to_do(reason))
    elif last is not None:
        yield Finding("last sync", Verdict.OK, f"the last sync ended as {last.outcome}")
    if age.age_s is None:
        yield Finding("data", Verdict.WARNING, f"no {thing} was mirrored yet", again)
    elif age.is_stale:
        detail = f"the data is {age.age_s // 3600} h {age.age_s % 3600 // 60} min old"
        yield Finding("data", Verdict.WARNING, detail, f"{again}, or start a server")
    else:
        yield Finding("data", Verdict.OK, f"the data is {age.age_s // 60} min old")
