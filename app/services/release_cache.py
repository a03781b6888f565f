"""The release cache: what the catalogue says of records for sale and owned, read slowly, kept long, shown at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from app.core.export_wishes import ExportKind
from app.core.outcomes import Reason
from app.core.release_ages import ReleaseStatus, due_before
from app.errors import Cancelled, DiscogsAPIError, DiscogsRateLimitError, DiscogsResponseError
from app.extensions import db, wiring
from app.formats.packed_json import unpacked
from app.models.streams import COLLECTION
from app.models.transactions import read_transaction, write_transaction
from app.services import release_store
from app.services.catalogue_entry import CatalogueEntry, catalogue_entry
from app.services.credentials import Credentials
from app.services.discogs_connection import Discogs, NeverStops, StopSignal
from app.services.publishing import publish
from app.services.refusals import Refusals
from app.services.release_reading import attempt, judged
from app.services.release_store import Attempt, CacheStatistics
from app.services.release_tries import ANSWERED, MOST_IN_VAIN, Tries
from app.services.run_ledger import ACTIVE_STATES
from app.services.shop_index import ShopIndexWriter
from app.services.sources import Sources, SourceState
from app.services.yielding import YieldingStop

logger = logging.getLogger(__name__)
LOCK = "releases"
BATCH = 50
# Jobs that read releases because somebody waits for them: the rounds of filling let them go first.
READING_JOBS = tuple(ExportKind)


class FillEnding(StrEnum):
    """Why a round of filling ended."""

    DONE = "done"  # nothing more is due
    MORE = "more"  # the round was full
    YIELDED = "yielded"  # a sync goes first
    STOPPED = "stopped"
    REFUSED = "refused"  # Discogs does not answer as it should
    BUSY = "busy"  # another process fills
    NOBODY = "nobody"  # there is no seller to ask for


@dataclass(frozen=True, slots=True)
class FillReport:
    """What one round did. `requests` counts what was sent, retries included; `error` is what ended a refused round."""

    ending: FillEnding
    known: int = 0
    gone: int = 0
    failed: int = 0
    detail: str = ""
    requests: int = field(default=0, compare=False)
    error: DiscogsAPIError | None = field(default=None, compare=False)
    is_in_vain: bool = field(default=False, compare=False)  # the error is a series of releases without an answer


class ReleaseCache:
    """The releases of the mirror. Needs an application context when it is made."""

    def __init__(self) -> None:
        self._wired = wiring()
        self._engine = db.engine
        self._clock = self._wired.clock
        self._sources = Sources(self._engine, self._clock)
        self._credentials = Credentials(self._wired.settings, self._wired.sealer)
        self._refusals = Refusals(self._sources, self._credentials, self._clock)

    def get(self, release_id: int, max_age: timedelta | None = None) -> CatalogueEntry | None:
        """What is kept of a release, not older than `max_age`; asks nobody and writes nothing."""
        with read_transaction(self._engine) as connection:
            entry = catalogue_entry(connection, release_id, self._wired.settings)
        is_old = entry is not None and max_age is not None and self._clock() - entry.told_at > max_age
        return None if is_old else entry

    def fetch(self, release_id: int, stop: StopSignal | None = None) -> ReleaseStatus:
        """Ask Discogs for one release now and keep what it says.

        Raises DiscogsAPIError when Discogs does not answer at all, Cancelled, and StorageError.
        """
        client = self._connect(self._asker(), stop or NeverStops())
        tried = attempt(client, release_id, self._clock())
        self._keep([tried])
        self.settle()
        return tried.status

    def settle(self) -> None:
        """Store what was put aside and show it; a killed process may have left some. Raises StorageError."""
        is_news = False
        while answers := self._waiting():
            is_news |= self._store(answers)
        if is_news:
            publish(self._wired.settings)

    def fill(
        self,
        limit: int = BATCH,
        stop: StopSignal | None = None,
        *,
        yields_to: Sequence[str] = ACTIVE_STATES,
        shown_within: timedelta = timedelta(0),
    ) -> FillReport:
        """Read at most `limit` releases that are due, those of the newest listings first. Each answer is kept as it
        comes, and shown with the others: at the end, or where more are due, when one waited as long as `shown_within`.
        Stops within one request when told to, when a run is in one of the states `yields_to`, or when a job reads
        releases itself.

        Raises StorageError.
        """
        yielding = YieldingStop(self._engine, stop or NeverStops(), yields_to, READING_JOBS)
        return self._alone(lambda: self._fill(limit, yielding, shown_within))

    def read(
        self, wanted: Sequence[int], stop: StopSignal, asker: SourceState | None = None, *, goes_on: bool = False
    ) -> FillReport:
        """Read these releases now, for `asker` or else the shop, as `fill` does. A sync goes first.

        With `goes_on` not even a long series without an answer ends it.

        Raises StorageError.
        """
        yielding = YieldingStop(self._engine, stop, ACTIVE_STATES)
        found = asker or self._asker()
        if found is None:
            return FillReport(FillEnding.NOBODY)
        return self._alone(
            lambda: self._read(wanted, found, yielding, FillEnding.DONE, is_awaited=True, goes_on=goes_on)
        )

    def is_answered(self, otherwise: int | None, stop: StopSignal, asker: SourceState | None = None) -> bool:
        """Whether Discogs answers now about the release it told of last, or else this one; nothing of it is kept."""
        with read_transaction(self._engine) as connection:
            other = release_store.latest_known(connection) or otherwise
        try:
            client = self._connect(asker or self._asker(), stop)
            return other is not None and attempt(client, other, self._clock()).status in ANSWERED
        except (DiscogsAPIError, Cancelled):
            return False

    def statistics(self) -> CacheStatistics:
        """What is kept."""
        with read_transaction(self._engine) as connection:
            return release_store.statistics(connection, self._clock())

    def _fill(self, limit: int, stop: YieldingStop, shown_within: timedelta) -> FillReport:
        self._settle_what_waited(shown_within)
        before = due_before(self._clock(), self._wired.settings.release_cache_days)
        with read_transaction(self._engine) as connection:
            wanted = release_store.due(connection, before, limit)
        asker = self._asker() if wanted else None
        if asker is None:
            self.settle()
            return FillReport(FillEnding.NOBODY if wanted else FillEnding.DONE)
        ending = FillEnding.MORE if len(wanted) == limit else FillEnding.DONE
        return self._read(wanted, asker, stop, ending, shown_within=shown_within)

    def _read(
        self,
        wanted: Sequence[int],
        asker: SourceState,
        stop: YieldingStop,
        ending: FillEnding,
        *,
        is_awaited: bool = False,
        goes_on: bool = False,
        shown_within: timedelta = timedelta(0),
    ) -> FillReport:
        """`ending` is how it ends when nothing comes in between."""
        tries = Tries(self._keep, is_awaited=is_awaited, goes_on=goes_on)
        refused: DiscogsAPIError | None = None
        client: Discogs | None = None
        try:
            self._refusals.check(is_forced=False)
            client = self._connect(asker, stop)
            self._try(wanted, client, tries, stop)
        except Cancelled:
            ending = FillEnding.YIELDED if stop.is_yielding() else FillEnding.STOPPED
        except DiscogsAPIError as error:
            refused = error
            if isinstance(error, DiscogsRateLimitError):
                self._refusals.note(asker, error)
        is_in_vain = tries.is_in_vain
        if is_in_vain:
            refused = _refusal(tries.made[-1])
        tries.end()
        if refused:
            ending = FillEnding.REFUSED
        self._settle_what_waited(shown_within if ending is FillEnding.MORE else timedelta(0))
        report = _report(ending, tries.made, client, refused)
        return replace(report, is_in_vain=is_in_vain)

    def _settle_what_waited(self, shown_within: timedelta) -> None:
        """Each change of what is shown makes all files and remembered answers anew: not once a minute for hours."""
        with read_transaction(self._engine) as connection:
            oldest = release_store.longest_waiting(connection)
        # A clock that was set back may say that they are of tomorrow.
        if oldest is not None and not timedelta(0) <= self._clock() - oldest < shown_within:
            self.settle()

    def _alone(self, work: Callable[[], FillReport]) -> FillReport:
        lock = self._wired.locks.try_hold(LOCK)
        if lock is None:
            return FillReport(FillEnding.BUSY)
        try:
            return work()
        finally:
            lock.release()

    def _try(self, wanted: Sequence[int], client: Discogs, tries: Tries, stop: StopSignal) -> None:
        client.expect_pages(len(wanted))
        for release_id in wanted:
            if tries.is_in_vain:
                return
            if stop.is_set():
                raise Cancelled(Reason.CANCELLED_SHUTDOWN)
            tries.add(attempt(client, release_id, self._clock()))

    def _keep(self, tried: Sequence[Attempt]) -> None:
        with write_transaction(self._engine) as connection:
            release_store.put_aside(connection, tried)

    def _waiting(self) -> Sequence[Attempt]:
        with read_transaction(self._engine) as connection:
            answers = release_store.waiting(connection, BATCH)
        return [judged(unpacked(each.body), each.body, each.release_id, each.told_at) for each in answers]

    def _store(self, answers: Sequence[Attempt]) -> bool:
        """Whether they are news. What another process stored meanwhile, it stored alike."""
        index = ShopIndexWriter.of(self._wired.settings)
        with write_transaction(self._engine) as connection:
            is_news = release_store.store(connection, answers, index, self._clock())
            release_store.forget_waiting(connection, [each.release_id for each in answers])
        return is_news

    def _asker(self) -> SourceState | None:
        """For whom Discogs is asked: the configured seller, or else the first with a credential, or the collector."""
        settings = self._wired.settings
        if name := settings.discogs_seller_username:
            return self._sources.configured(name)
        if sealed := self._sources.with_credentials():
            return sealed[0]
        name = settings.discogs_collection_username
        return self._sources.shelf_of(name, COLLECTION.kind) if name else None

    def _connect(self, asker: SourceState | None, stop: StopSignal) -> Discogs:
        token = self._wired.settings.discogs_token if asker is None else self._credentials.of(asker)
        return self._wired.connect(self._wired, token, stop=stop, user_agent=None, on_wait=None)


def _refusal(last: Attempt) -> DiscogsResponseError:
    reason = Reason.HTTP_5XX if last.status is ReleaseStatus.FAILED else Reason.SCHEMA_DRIFT
    return DiscogsResponseError(reason, detail=f"{MOST_IN_VAIN} releases in a row: {last.problem}")


def _report(
    ending: FillEnding, tried: Sequence[Attempt], client: Discogs | None, error: DiscogsAPIError | None
) -> FillReport:
    known = sum(one.status is ReleaseStatus.KNOWN for one in tried)
    gone = sum(one.status is ReleaseStatus.GONE for one in tried)
    return FillReport(
        ending,
        known,
        gone,
        len(tried) - known - gone,
        detail=str(error or ""),
        requests=0 if client is None else client.requests,
        error=error,
    )
