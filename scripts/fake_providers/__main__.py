"""Run the fake providers: `python -m scripts.fake_providers --port 8089`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from scripts.fake_discogs.listener import free_port

from .server import FakeProviders

LOOK_FOR_PARENT_S = 0.5


def main() -> int:
    """Serve until told to stop; the settings of a mirror that asks them are printed first, one `NAME=value` a line."""
    options = _options()
    parent, ended = os.getppid(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with FakeProviders(port=options.port or free_port(options.prefer_port)) as fake:
        for name, value in fake.settings.items():
            print(f"{name}={value}", flush=True)
        print("FAKE_PROVIDERS_READY=yes", flush=True)
        while not ended.wait(LOOK_FOR_PARENT_S):
            if options.exit_with_parent and os.getppid() != parent:
                break
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fake_providers", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--prefer-port", type=int, default=0, help="this one, if it is free")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the process that started it is gone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
