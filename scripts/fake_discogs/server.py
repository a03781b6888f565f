"""The server: a world, its routes, its limits and its faults behind a port."""

import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from types import TracebackType
from typing import Self

from .admin import AdminDoor
from .audit import Audit, RequestRecord
from .export_jobs import ExportOptions
from .faults import Damage, Faults
from .limits import Limits, NoLimits
from .listener import Listener
from .messages import Request, Response
from .routes import Routes, is_website
from .viewer import Caller, claims_credential
from .wire import wants_keep_alive
from .wire_faults import Channel, deliver
from .world import World

Hook = Callable[[int, Request], object]
_COMPRESS_FROM = 1024


class FakeDiscogs:
    """A Discogs of one world on 127.0.0.1: a context manager, or `start` and `stop`.

    `limits=None` announces 60/25 requests per minute and refuses none. `admin_port` opens a second port for other
    processes; 0 takes a free one. Errors of hooks and handlers are raised again on leaving the context.
    """

    def __init__(
        self,
        world: World | None = None,
        limits: Limits | None = None,
        *,
        port: int = 0,
        admin_port: int | None = None,
        host: str = "127.0.0.1",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = world or World.generate()
        self.limits = limits or NoLimits()
        self.faults = Faults()
        self.audit = Audit()
        self.errors: list[Exception] = []
        self._clock = clock
        self._hooks: list[Hook] = []
        self._asked = 0
        self._lock = threading.Lock()
        self._door = AdminDoor(self)
        self._listeners = [Listener(host, port, self._exchange, self.faults.refuses_connection)]
        if admin_port is not None:
            self._listeners.append(Listener(host, admin_port, self._exchange_with_admin))
        self.url = self._listeners[0].url
        self.admin_url = self._listeners[-1].url if admin_port is not None else ""
        self.routes = Routes(self.world, self.url)

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def exports(self) -> ExportOptions:
        """How export jobs behave; may be changed at any time."""
        return self.routes.exports.options

    @property
    def requests(self) -> int:
        """How many requests have been read so far."""
        return self._asked

    def before_request(self, hook: Hook) -> None:
        """Call `hook(n, request)` before the n-th request (from 1) is answered, so that the world moves in between."""
        self._hooks.append(hook)

    def reset(self) -> None:
        """No hooks, no faults, an empty audit."""
        self._hooks.clear()
        self.faults.clear()
        self.reset_audit()

    def reset_audit(self) -> None:
        """Forget what was asked so far."""
        with self._lock:
            self.audit.clear()

    def start(self) -> Self:
        for listener in self._listeners:
            listener.start()
        return self

    def stop(self) -> None:
        """End at once, stalled and idle connections included."""
        for listener in self._listeners:
            listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self.errors and error is None:
            raise self.errors[0]

    def _exchange(self, channel: Channel, request: Request) -> bool:
        damage = self._decide(request)
        if damage.wire is not None:
            send, args = damage.wire
            return send(channel, damage.response, args) and wants_keep_alive(request)
        response = replace(damage.response, body=b"") if request.method == "HEAD" else damage.response
        return deliver(channel, response, wants_keep_alive(request))

    def _exchange_with_admin(self, channel: Channel, request: Request) -> bool:
        return deliver(channel, self._door.respond(request), wants_keep_alive(request))

    def _decide(self, request: Request) -> Damage:
        try:
            self._run_hooks(request)
            caller = Caller(self.world, request)
            again = partial(self.routes.answer, caller=caller)
            damage = self.faults.damage(request, self._answer(request, caller), again)
        except Exception as error:
            # A broken hook must fail its test, not leave the client waiting.
            self.errors.append(error)
            damage = Damage(Response(500, repr(error).encode(), content_type="text/plain"))
        self._record(request, 0 if damage.wire is not None else damage.response.status)
        return Damage(_compressed(request, damage.response), damage.wire)

    def _run_hooks(self, request: Request) -> None:
        with self._lock:
            self._asked += 1
            number = self._asked
        for hook in list(self._hooks):
            hook(number, request)

    def _answer(self, request: Request, caller: Caller) -> Response:
        if is_website(request):
            return self.routes.answer(request, caller)
        admission = self.limits.admit(request.source, with_credential=claims_credential(request))
        answer = self.routes.answer(request, caller) if admission.allowed else self.limits.refusal()
        return answer.with_headers(*admission.headers(), ("Date", formatdate(usegmt=True)))

    def _record(self, request: Request, status: int) -> None:
        record = RequestRecord(self._clock(), request.method, request.path, request.query, request.headers, status)
        with self._lock:
            self.audit.append(record)


def _compressed(request: Request, response: Response) -> Response:
    if len(response.body) < _COMPRESS_FROM or "gzip" not in request.headers.get("accept-encoding", ""):
        return response
    if any(name.lower() == "content-encoding" for name, _ in response.headers):
        return response
    packed = gzip.compress(response.body, compresslevel=1, mtime=0)
    return replace(response, body=packed).with_headers(("Content-Encoding", "gzip"))
