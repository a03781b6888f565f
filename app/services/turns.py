"""Whose turn it is: a sync of one's own, or the one that is on its way already."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.errors import SyncBusy
from app.services.run_ledger import RunLedger


class Turn(NamedTuple):
    """The run to wait for; `is_joined` when somebody else asked for it, on their terms."""

    run_id: int
    is_joined: bool


def take_turn(
    ledger: RunLedger,
    source_id: int,
    wait_for: Callable[[int], None],
    *,
    trigger: str,
    limit: int | None,
    is_forced: bool,
) -> Turn:
    """Join the sync of this source that is on its way, or queue one. An import at work is waited for.

    Raises SyncBusy when `wait_for` gave up on another's work.
    """
    waited: int | None = None
    while True:
        active = ledger.active_run_id(source_id)
        if active is not None and ledger.get(active).kind == "sync":
            return Turn(active, is_joined=True)
        if active is not None:
            if active == waited:
                raise SyncBusy(active)
            wait_for(active)
            waited = active
            continue
        try:
            return Turn(ledger.queue(source_id, trigger=trigger, limit=limit, is_forced=is_forced), is_joined=False)
        except SyncBusy:
            continue  # somebody was quicker: look at what they ask for
