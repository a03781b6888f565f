"""Run the fake Discogs: `python -m scripts.fake_discogs --port 8088`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from .limits import Limits
from .listener import free_port
from .server import FakeDiscogs
from .world import World

LOOK_FOR_PARENT_S = 0.5


def main() -> int:
    """Serve until told to stop; the address and the token are printed first, one `NAME=value` a line."""
    options = _options()
    world = _world(options)
    limits = Limits(options.limit, max(1, options.limit * 25 // 60)) if options.limit else None
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    port = options.port or free_port(options.prefer_port)
    with FakeDiscogs(world, limits, port=port, admin_port=options.admin_port) as fake:
        told = {"URL": fake.url, "TOKEN": fake.token, "SELLER": world.seller.username, "ADMIN": fake.admin_url}
        told |= {"CONSUMER_KEY": world.consumer_key, "CONSUMER_SECRET": world.consumer_secret}
        for name, value in told.items():
            print(f"FAKE_DISCOGS_{name}={value}", flush=True)
        print("FAKE_DISCOGS_READY=yes", flush=True)
        while not ended.wait(LOOK_FOR_PARENT_S):
            if options.exit_with_parent and os.getppid() != parent:
                break
    return 0


def _world(options: argparse.Namespace) -> World:
    """Drawn from the seed; what comes from files takes the place of what was drawn."""
    world = World.generate(options.seed, options.listings + options.others, options.copies, for_sale=options.listings)
    if options.inventory_csv:
        world.load_export_csv(options.inventory_csv)
    if options.collection_csv:
        world.load_collection_csv(options.collection_csv)
    if options.wantlist_csv:
        world.load_wantlist_csv(options.wantlist_csv)
    return world


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fake_discogs", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--prefer-port", type=int, default=0, help="this one, if it is free")
    parser.add_argument("--admin-port", type=int, help="a second port to change the world through; 0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--listings", type=int, default=538, help="how many are for sale")
    parser.add_argument("--others", type=int, default=24, help="drafts, sold and expired ones besides")
    parser.add_argument("--copies", type=int, default=240)
    parser.add_argument("--inventory-csv", help="an inventory export of Discogs to serve")
    parser.add_argument("--collection-csv", help="a collection export of its website to serve")
    parser.add_argument("--wantlist-csv", help="a wantlist export of its website to serve")
    parser.add_argument("--limit", type=int, default=0, help="requests a minute with a token; 0 refuses nobody")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when the process that started it is gone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
