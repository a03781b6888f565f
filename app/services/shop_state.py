"""Which state of the shop is shown: read before any listing, because it decides whether one is read at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from app.models.fixed_statements import fetch
from app.models.transactions import not_there_yet

INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class ShopState:
    """`version` moves with every change of what is shown; `sellers` are the shown sources, id → user name.

    `digest` says how the documents of the shop were made, and `total` how many there are; None before they were.
    `has_shelf`: some collection is mirrored here, whoever may see it.
    `enrichment_version` moves with what others know, which the shop's own answers say nothing of.
    """

    version: int
    changed_at: datetime | None
    sellers: Mapping[int, str]
    digest: str | None = None
    total: int | None = None
    has_shelf: bool = False
    enrichment_version: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal states of what is shown."""
        return self.version, self.changed_at, self.digest, tuple(sorted(self.sellers.items()))


# Asked by every request: a fixed text, so that there is nothing to compile.
_STATE = f"""
SELECT state.version, state.changed_at, state.shop_digest, state.shop_total, sources.id, accounts.username,
    EXISTS (SELECT 1 FROM sources AS own WHERE own.kind = 'collection' AND own.is_active),
    state.enrichment_version
FROM mirror_state AS state
LEFT JOIN sources ON sources.kind = '{INVENTORY}' AND sources.is_active
LEFT JOIN accounts ON accounts.id = sources.account_id
ORDER BY sources.id
"""  # noqa: S608  our own constant


def shop_state(connection: Connection) -> ShopState:
    """The present state, in one statement. Raises StorageError where there is none."""
    rows = fetch(connection, _STATE)
    if not rows:
        raise not_there_yet()
    version, moment, digest, total = rows[0][:4]
    sellers = {row[4]: row[5] for row in rows if row[4] is not None}
    return ShopState(version, moment_of(moment), sellers, digest, total, bool(rows[0][6]), rows[0][7])


def moment_of(stored: str | datetime | None) -> datetime | None:
    """A time that was read past the column types."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored and stored.astimezone(UTC)
