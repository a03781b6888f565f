"""What a person would look at when something is wrong with a mirror, looked at in one go, with what to do about it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from shutil import disk_usage

from sqlalchemy import Connection, func, select, text

from app.core.outcomes import Reason
from app.errors import DiscogsAPIError, DiscogsAuthenticationError, StorageError
from app.extensions import db, wiring
from app.models import ListingRow, ShopDocument
from app.models.database_file import UPGRADE, file_of
from app.models.locks import SCHEDULER
from app.models.transactions import read_transaction
from app.search.conditions import in_shop
from app.services.discogs_connection import NeverStops
from app.services.findings import Finding, Verdict
from app.services.freshness import Freshness, aged_sources, freshness, is_collection_alone
from app.services.health_service import GOOD_ENDINGS, LEAST_FREE_BYTES, db_is_at_head
from app.services.run_items import held_runs
from app.services.shop_index import ShopIndexWriter
from app.services.shop_state import ShopState, shop_state
from app.services.standing_refusals import standing_refusals
from app.services.storage_told import storage_told
from app.services.upkeep_findings import about_backups, about_files, about_rows, about_webhook

SYNC = "flask --app run sync"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
# What to do about the reasons that people meet most; the others explain themselves in the details of their run.
WHAT_TO_DO = {
    "auth": "make a new token at Discogs (Settings, Developers) and set DISCOGS_TOKEN, or log in again at /login",
    "net": "look whether this machine reaches Discogs; the next sync tries again by itself",
    "http": "nothing: Discogs was busy or asked us to slow down; the next sync tries again by itself",
    "body": "nothing: Discogs answered with something that is no data, most often a page of an error",
    "seller": "look whether DISCOGS_SELLER_USERNAME is spelled as at Discogs, and whether the shop is open",
    "guard": "look at GET /api/sync/runs/<id>, then confirm what is right with POST /api/sync/runs/<id>/confirm",
    "db": "look at the line about the database",
}


class Doctor:
    """Looks at everything once. Needs an application context; asks Discogs one question unless told not to."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._wired = wiring()

    def examine(self, *, asks_discogs: bool = True) -> Iterator[Finding]:
        """Every finding, in the order in which a person would mend them."""
        yield from self._configuration()
        yield from self._files()
        try:
            with storage_told(), read_transaction(self._engine) as connection:
                yield from self._database(connection)
        except StorageError as error:
            yield Finding("database", Verdict.PROBLEM, f"{error.reason}: {error.detail}")
        if asks_discogs:
            yield self._discogs()

    def _configuration(self) -> Iterator[Finding]:
        settings = self._wired.settings
        if settings.discogs_seller_username:
            yield Finding("seller", Verdict.OK, f"the shop of {settings.discogs_seller_username} is mirrored")
        elif name := settings.discogs_collection_username:
            yield Finding("seller", Verdict.OK, f"the collection of {name} is mirrored, and no shop")
        else:
            advice = "set DISCOGS_SELLER_USERNAME, or enter it at /setup"
            yield Finding("seller", Verdict.WARNING, "DISCOGS_SELLER_USERNAME is not set", advice)
        if settings.discogs_token:
            yield Finding("token", Verdict.OK, "DISCOGS_TOKEN is set")
        else:
            detail = "without DISCOGS_TOKEN a stranger's view is read at 25 requests a minute, 10,000 listings at most"
            yield Finding("token", Verdict.WARNING, detail, "make a token at Discogs (Settings, Developers) and set it")
        for notice in settings.notices:
            yield Finding("configuration", Verdict.WARNING, notice)
        if settings.enable_auto_sync:
            yield Finding(
                "schedule", Verdict.OK, f"a sync every {settings.sync_interval_hours:g} h while a server runs"
            )
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
        if database is None or not database.parent.is_dir():
            return
        free = disk_usage(database.parent).free
        about = f"{free // 1_000_000:,} MB free beside the database"
        if free < LEAST_FREE_BYTES:
            yield Finding("disk", Verdict.PROBLEM, about, "make room: a sync needs some for its journal")
        else:
            yield Finding("disk", Verdict.OK, about)

    def _database(self, connection: Connection) -> Iterator[Finding]:
        if not db_is_at_head(connection):
            yield Finding("schema", Verdict.PROBLEM, "the database has another schema than this release", UPGRADE)
            return
        yield Finding("schema", Verdict.OK, "the database has the schema of this release")
        yield from _soundness(connection)
        yield from about_rows(connection)
        yield about_backups(self._engine, self._wired.settings, self._wired.clock())
        yield from about_webhook(connection, self._wired.settings)
        state = shop_state(connection)
        yield self._index(connection, state)
        yield self._server()
        settings = self._wired.settings
        watched = aged_sources(connection, state.sellers, settings)
        age = freshness(connection, watched, settings, self._wired.clock())
        yield from _age(age, is_of_collection=is_collection_alone(state.sellers, settings))
        for refused in standing_refusals(connection, self._wired):
            detail = f"Discogs refuses the credential of {refused.seller} ({refused.reason})"
            yield Finding("credential", Verdict.PROBLEM, detail, refused.advice)
        for run in connection.execute(held_runs()):
            detail = f"run {run.id} of {run.seller}: {run.detail}"
            yield Finding("held run", Verdict.WARNING, detail, f"POST /api/sync/runs/{run.id}/confirm lets it happen")

    def _index(self, connection: Connection, state: ShopState) -> Finding:
        rows = connection.scalar(select(func.count()).select_from(ListingRow).where(in_shop(state.sellers)))
        documents = connection.scalar(select(func.count()).select_from(ShopDocument))
        is_current = state.digest == ShopIndexWriter.of(self._wired.settings).digest(state)
        detail = f"{documents} of {rows} listings are in the index"
        if rows == documents and (is_current or not rows):
            return Finding("index", Verdict.OK, detail)
        return Finding("index", Verdict.WARNING, detail, "flask --app run rebuild-index (the next sync does it, too)")

    def _server(self) -> Finding:
        lock = self._wired.locks.try_hold(SCHEDULER)
        if lock is None:
            return Finding("server", Verdict.OK, "a server is at work and syncs on time")
        lock.release()
        return Finding("server", Verdict.WARNING, "no server runs: nothing is synced on time", "./start_server.sh")

    def _discogs(self) -> Finding:
        settings = self._wired.settings
        client = self._wired.connect(self._wired, settings.discogs_token, stop=NeverStops())
        try:
            if settings.discogs_token:
                name = client.identity().username
            elif whose := settings.discogs_seller_username or settings.discogs_collection_username:
                name = client.user(whose).username
            else:
                return Finding("Discogs", Verdict.OK, "not asked: neither a token nor a user is named")
        except DiscogsAPIError as error:
            kind = str(error.reason).partition(".")[0]
            is_ours = isinstance(error, DiscogsAuthenticationError)
            verdict = Verdict.PROBLEM if is_ours else Verdict.WARNING
            return Finding("Discogs", verdict, f"{error.reason}: {error}", WHAT_TO_DO.get(kind, ""))
        return Finding("Discogs", Verdict.OK, f"{settings.discogs_api_url} answers and knows {name}; {self._budget()}")

    def _budget(self) -> str:
        pace = self._wired.throttle.snapshot()
        left = "an unknown number" if pace.remaining is None else str(pace.remaining)
        return f"{left} of requests are left in this minute, we use at most {pace.limit}"


def _soundness(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    found = [row[0] for row in connection.execute(text("PRAGMA quick_check(5)"))]
    if found != ["ok"]:
        detail = f"the file is damaged: {'; '.join(found)[:300]}"
        yield Finding("database", Verdict.PROBLEM, detail, "flask --app run restore BACKUP (see backups/ beside it)")
        return
    yield Finding("database", Verdict.OK, "the file is sound")


def _age(age: Freshness, *, is_of_collection: bool) -> Iterator[Finding]:
    last = age.last_sync
    thing, again = ("collection", SYNC + " collection") if is_of_collection else ("shop", SYNC)
    if last is not None and last.outcome not in GOOD_ENDINGS:
        reason = last.reason or ""
        detail = f"the last sync ended as {last.outcome}" + (f" ({reason}: {last.detail})" if reason else "")
        yield Finding("last sync", Verdict.WARNING, detail, _what_to_do(reason))
    elif last is not None:
        yield Finding("last sync", Verdict.OK, f"the last sync ended as {last.outcome}")
    if age.age_s is None:
        yield Finding("data", Verdict.WARNING, f"no {thing} was mirrored yet", again)
    elif age.is_stale:
        detail = f"the data is {age.age_s // 3600} h {age.age_s % 3600 // 60} min old"
        yield Finding("data", Verdict.WARNING, detail, f"{again}, or start a server")
    else:
        yield Finding("data", Verdict.OK, f"the data is {age.age_s // 60} min old")


def _what_to_do(reason: str) -> str:
    if reason == Reason.GUARD_CONFIG:
        return "another shop or other eyes: put the settings back, or confirm the held run"
    return WHAT_TO_DO.get(reason.partition(".")[0], "")
