"""The server: Spotify, a chat endpoint, MusicBrainz and the Cover Art Archive, each below a path of its own."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from scripts.fake_discogs.audit import Audit, RequestRecord
from scripts.fake_discogs.faults import Damage, Faults
from scripts.fake_discogs.listener import Listener
from scripts.fake_discogs.messages import HttpError, Request, Response
from scripts.fake_discogs.wire import wants_keep_alive
from scripts.fake_discogs.wire_faults import Channel, deliver

from .chat import Chat
from .covers import Covers
from .spotify import Spotify


class FakeProviders:
    """All providers on 127.0.0.1: a context manager. `faults` go wrong as those of the fake Discogs do."""

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1", clock: Callable[[], float] = time.monotonic) -> None:
        self.faults = Faults()
        self.audit = Audit()
        self.errors: list[Exception] = []
        self._clock = clock
        self._lock = threading.Lock()
        self._listener = Listener(host, port, self._exchange, self.faults.refuses_connection)
        self.url = self._listener.url
        self.spotify = Spotify(self.url, clock)
        self.chat = Chat()
        self.covers = Covers(self.url)
        self._rooms = (self.spotify, self.chat, self.covers)

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a mirror that asks these providers."""
        return {
            "SPOTIFY_CLIENT_ID": self.spotify.client_id,
            "SPOTIFY_CLIENT_SECRET": self.spotify.client_secret,
            "SPOTIFY_API_URL": f"{self.url}/spotify/v1",
            "SPOTIFY_ACCOUNTS_URL": f"{self.url}/accounts",
            "AI_API_URL": f"{self.url}/ai/v1",
            "AI_API_KEY": self.chat.key,
            "AI_MODEL": self.chat.model,
            "MUSICBRAINZ_ENABLED": "true",
            "MUSICBRAINZ_API_URL": f"{self.url}/musicbrainz/ws/2",
            "COVERART_URL": f"{self.url}/coverart",
        }

    def asked(self, prefix: str = "") -> list[RequestRecord]:
        """The requests below a path, in order."""
        with self._lock:
            return [record for record in self.audit if record.path.startswith(prefix)]

    def reset(self) -> None:
        """No faults, an empty audit."""
        self.faults.clear()
        with self._lock:
            self.audit.clear()

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.stop()
        if self.errors and error is None:
            raise self.errors[0]

    def _exchange(self, channel: Channel, request: Request) -> bool:
        damage = self._decide(request)
        if damage.wire is not None:
            send, args = damage.wire
            return send(channel, damage.response, args) and wants_keep_alive(request)
        return deliver(channel, damage.response, wants_keep_alive(request))

    def _decide(self, request: Request) -> Damage:
        try:
            damage = self.faults.damage(request, self._answer(request), self._answer)
        except Exception as error:
            self.errors.append(error)
            damage = Damage(Response(500, repr(error).encode(), content_type="text/plain"))
        status = 0 if damage.wire is not None else damage.response.status
        record = RequestRecord(self._clock(), request.method, request.path, request.query, request.headers, status)
        with self._lock:
            self.audit.append(record)
        return damage

    def _answer(self, request: Request) -> Response:
        try:
            for room in self._rooms:
                if (answer := room.answer(request)) is not None:
                    return answer
            raise HttpError(404, "no such address")
        except HttpError as error:
            return error.response()
