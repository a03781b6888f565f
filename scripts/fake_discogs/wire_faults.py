"""Ways in which a connection can fail beneath HTTP."""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .messages import Response

_HALF = 0.5
_FOREVER = 3600.0


@dataclass(frozen=True, slots=True)
class Channel:
    """The connection a response goes out on, with the ways to abuse it. Nothing outlives `stop`."""

    socket: socket.socket
    stop: threading.Event

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def stall(self, seconds: float) -> None:
        """Say nothing, until the time is over, the server stops or the client hangs up."""
        waited, step = 0.0, 0.05
        while waited < seconds and not self.stop.wait(step):
            waited += step
            if self._client_is_gone():
                return

    def _client_is_gone(self) -> bool:
        try:
            watched = select.poll()  # unlike select, it takes descriptors beyond 1023
            watched.register(self.socket, select.POLLIN)
            return bool(watched.poll(0)) and not self.socket.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True


WireFault = Callable[[Channel, Response, Mapping[str, Any]], bool]
"""Delivers the response in its own way; returns whether the connection goes on."""


def deliver(channel: Channel, response: Response, keep_alive: bool) -> bool:
    """The way without fault."""
    channel.send(response.head(keep_alive) + response.body)
    return keep_alive


def _close_early(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    return False


def _reset_before(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    channel.reset()
    return False


def _reset_mid(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    _send_part(channel, response, args)
    channel.reset()
    return False


def _truncated_stream(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    _send_part(channel, response, args)
    return False


def _stall_headers(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    channel.stall(args.get("seconds", _FOREVER))
    return False


def _stall_body(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    _send_part(channel, response, args)
    channel.stall(args.get("seconds", _FOREVER))
    return False


def _slow_body(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    """Every byte in time, all of them together much too late."""
    chunk, interval = args.get("chunk", 1), args.get("interval", 0.5)
    channel.send(response.head(keep_alive=False))
    for start in range(0, len(response.body), chunk):
        channel.send(response.body[start : start + chunk])
        if channel.stop.wait(interval):
            break
    return False


def _latency(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    channel.stall(args.get("seconds", 0.2))
    return deliver(channel, response, keep_alive=True)


def _bad_chunk(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    half = len(response.body) // 2
    chunked = response.with_headers(("Transfer-Encoding", "chunked"))
    channel.send(chunked.head(keep_alive=False) + b"%x\r\n%s\r\n" % (half, response.body[:half]) + b"zz\r\nno size\r\n")
    return False


def _truncated_chunks(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    half = len(response.body) // 2
    chunked = response.with_headers(("Transfer-Encoding", "chunked"))
    channel.send(chunked.head(keep_alive=False) + b"%x\r\n%s\r\n" % (half, response.body[:half]))
    return False


def _huge_headers(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    padded = response.with_headers(("X-Padding", "x" * args.get("size", 100_000)))
    channel.send(padded.head(keep_alive=False) + response.body)
    return False


def _many_headers(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    padded = response.with_headers(*((f"X-Padding-{n}", "x") for n in range(args.get("count", 500))))
    channel.send(padded.head(keep_alive=False) + response.body)
    return False


def _extra_bytes(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    """What follows the body looks like the answer to the next request on this connection."""
    stray = Response(
        body=args.get("body", b'{"pagination":{"page":1,"pages":1,"per_page":100,"items":0},"listings":[]}')
    )
    channel.send(response.head(keep_alive=True) + response.body + stray.head(keep_alive=True) + stray.body)
    return True


def _not_http(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    channel.send(b"220 mail.example.org ESMTP ready\r\n\r\n")
    return False


def _idle_close(channel: Channel, response: Response, args: Mapping[str, Any]) -> bool:
    """Promises to keep the connection, then closes it: the next request on it finds nobody."""
    deliver(channel, response, keep_alive=True)
    return False


def _send_part(channel: Channel, response: Response, args: Mapping[str, Any]) -> None:
    part = int(len(response.body) * args.get("share", _HALF))
    channel.send(response.head(keep_alive=False) + response.body[:part])


WIRE_FAULTS: dict[str, tuple[str, WireFault]] = {
    "refuse": ("RST instead of an answer; with the path `*` at accept already", _reset_before),
    "reset_before": ("RST instead of an answer", _reset_before),
    "reset_mid": ("RST after `share` (0.5) of the body", _reset_mid),
    "close_early": ("closed without an answer", _close_early),
    "truncated_stream": ("closed after `share` (0.5) of what Content-Length promises", _truncated_stream),
    "stall_headers": ("no answer for `seconds` (3600)", _stall_headers),
    "stall_body": ("no progress for `seconds` (3600) after `share` (0.5) of the body", _stall_body),
    "slow_body": ("the body by `chunk` (1) bytes every `interval` (0.5) seconds", _slow_body),
    "latency": ("the right answer after `seconds` (0.2)", _latency),
    "bad_chunk": ("chunked, with a chunk size that is no number", _bad_chunk),
    "truncated_chunks": ("chunked, closed before the last chunk", _truncated_chunks),
    "huge_headers": ("one header line of `size` (100,000) bytes", _huge_headers),
    "many_headers": ("`count` (500) headers", _many_headers),
    "extra_bytes": ("the right answer, then a second one nobody asked for", _extra_bytes),
    "not_http": ("another protocol's greeting", _not_http),
    "idle_close": ("the right answer with keep-alive, then the connection closes", _idle_close),
}
