"""One batch of enrichment: what is due, asked item by item, new ones first. A provider that does not answer costs
its own items and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Engine

from app.core.artist_keys import artist_key
from app.core.enrichment import (
    CatalogueFacts,
    Field,
    Found,
    Nothing,
    Question,
    State,
    SubjectKind,
    next_in_chain,
    seconds_asked,
)
from app.errors import Cancelled, ProviderError, ProviderKeyRefused, ProviderThrottled
from app.extensions import Wiring
from app.models.transactions import read_transaction, write_transaction
from app.services import enrichment_queue as queue
from app.services import enrichment_store as store
from app.services.enrichment_desk import ProviderDesk
from app.services.enrichment_facts import facts_of
from app.services.enrichment_store import Asking, Item
from app.services.own_sources import own_sources
from app.wire.waiting import Waiter

logger = logging.getLogger(__name__)
CHUNK = 25
GONE = Nothing("it is neither in the shop nor in a collection any more")
Told = Callable[[Item, State, str], None]
Answer = Found | Nothing | ProviderError


class EnrichmentBatch:
    """Asks for what is due. `told` hears of each answer, `check` is called between subjects and may raise to stop."""

    def __init__(
        self, wired: Wiring, engine: Engine, waiter: Waiter, batch: str, *, only_new: bool, told: Told
    ) -> None:
        self._wired = wired
        self._engine = engine
        self._clock = wired.clock
        self._batch = batch
        self._only_new = only_new
        self._told = told
        self._desk = ProviderDesk(wired, engine, waiter)

    def queue_older(self) -> None:
        """Want what was there before its provider was. Only what came with a sync is wanted by itself."""
        wished, ours, now = self._desk.wished, own_sources(self._wired.settings), self._clock()
        with read_transaction(self._engine) as connection:
            lacks = queue.lacks_old(connection, wished, ours)
            besides = seconds_asked(self._desk.names)
            lacks_seconds = queue.lacks_seconds(connection, besides, ours, now)
            artists = queue.old_artists(connection, wished, ours, now)
        with write_transaction(self._engine) as connection:
            if lacks:
                queue.enqueue_old(connection, wished, ours, now)
            queue.put(connection, artists)
            if lacks_seconds:
                queue.enqueue_seconds(connection, besides, ours, now)

    def due(self) -> int:
        """How many albums, or when none is, how many artists something is due of."""
        with read_transaction(self._engine) as connection:
            albums = store.due_count(connection, SubjectKind.RELEASE, self._asking())
            return albums or store.due_count(connection, SubjectKind.ARTIST, self._asking())

    def run(self, limit: int | None) -> Iterator[str]:
        """Work off at most `limit` albums with their artists, then artists alone; yields what each was about.

        Raises Cancelled and StorageError.
        """
        done = 0
        while (limit is None or done < limit) and (groups := self._next(CHUNK if limit is None else limit - done)):
            for items, facts in groups:
                self._subject(items, facts)
                done += 1
                yield items[0].name or _named(facts, items[0].key)

    @property
    def standstills(self) -> dict[str, str]:
        """The providers that could not be asked, and why."""
        return self._desk.standstills(self._clock())

    def _asking(self) -> Asking:
        now = self._clock()
        return Asking(self._desk.askable(now), now, self._only_new)

    def _next(self, most: int) -> list[tuple[list[Item], CatalogueFacts | None]]:
        """The next subjects: albums, each with its artist, then artists whose albums are done."""
        asking = self._asking()
        if not asking.providers:
            return []
        with read_transaction(self._engine) as connection:
            albums = store.due_of_kind(connection, SubjectKind.RELEASE, asking, min(most, CHUNK))
            if not albums:
                artists = store.due_of_kind(connection, SubjectKind.ARTIST, asking, min(most, CHUNK))
                return [(items, None) for items in artists]
            facts = facts_of(connection, [int(items[0].key) for items in albums])
            keys = {number: artist_key(told.artist) for number, told in facts.items()}
            artists_due = store.due_artists(connection, (key for key in keys.values() if key), asking)
        found = []
        for items in albums:
            number = int(items[0].key)
            also = artists_due.pop(keys.get(number) or "", [])
            found.append(([*items, *also], facts.get(number)))
        return found

    def _subject(self, items: Sequence[Item], facts: CatalogueFacts | None) -> None:
        for item in items:
            waiting: Item | None = item
            while waiting is not None:
                waiting = self._item(waiting, facts)

    def _item(self, item: Item, facts: CatalogueFacts | None) -> Item | None:
        """Ask one question; the same one for the next provider, when this one knew nothing."""
        if item.provider not in self._desk.askable(self._clock()):
            return None
        is_release = item.kind == SubjectKind.RELEASE
        if is_release and facts is None:
            return self._keep(item, GONE)
        question = Question(Field(item.field), facts.artist if is_release and facts else item.name, facts)
        question = question if is_release else question._replace(release=None)
        return self._asked(item, question)

    def _asked(self, item: Item, question: Question) -> Item | None:
        now = self._clock()
        if not self._desk.is_outside(item.provider):
            return self._keep(item, self._desk.ask(item.provider, question))
        with write_transaction(self._engine) as connection:
            if not store.claim(connection, item, self._batch, now):
                return None
            self._desk.count(connection, item.provider, now)
        sent_before = self._desk.sent(item.provider)
        told: Answer
        try:
            told = self._desk.ask(item.provider, question)
        except ProviderError as error:
            told = error
        except Cancelled:
            self._undo(item, was_sent=self._desk.sent(item.provider) > sent_before)
            raise
        return self._keep(item, told)

    def _undo(self, item: Item, *, was_sent: bool) -> None:
        """Told to stop: what was not asked yet is wanted as before; what was may have been paid for."""
        if was_sent:
            return
        with write_transaction(self._engine) as connection:
            store.put_back(connection, item)

    def _keep(self, item: Item, told: Answer) -> Item | None:
        now, retry_days = self._clock(), self._wired.settings.enrichment_retry_days
        following = None
        with write_transaction(self._engine) as connection:
            state = store.keep(connection, item, told, batch=self._batch, now=now, retry_days=retry_days)
            if told is not GONE:
                self._desk.learn(connection, item.provider, told if isinstance(told, ProviderError) else None, now)
            if state is State.NOTHING and told is not GONE:
                provider = next_in_chain(Field(item.field), item.provider, self._desk.names)
                following = provider and store.want_next(connection, item, provider, now)
        problem = str(told) if isinstance(told, ProviderError) else ""
        if isinstance(told, ProviderKeyRefused | ProviderThrottled):
            logger.warning("%s is left alone for now: %s", item.provider, told)
        self._told(item, state, problem)
        return following or None


def _named(facts: CatalogueFacts | None, key: str) -> str:
    return key if facts is None else f"{facts.artist or '?'} – {facts.title or key}"
