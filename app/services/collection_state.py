"""Which collections somebody may see, and as what: read before any copy, because it decides whether one is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.errors import CollectionPrivate
from app.models.fixed_statements import fetch
from app.models.transactions import not_there_yet
from app.services.shop_state import moment_of
from config import Settings

COLLECTION, WANTLIST = "collection", "wantlist"
AUTO, PUBLIC = "auto", "public"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the admin, the account that is logged in, both, or (neither) a stranger."""

    is_admin: bool = False
    account_id: int | None = None

    @property
    def is_stranger(self) -> bool:
        """Whether nobody knows who it is."""
        return not self.is_admin and self.account_id is None


STRANGER = Viewer()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One collection that the viewer may see. With `is_own` also what only its owner may know."""

    owner: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class CollectionState:
    """`version` moves with every change of a copy, `enrichment_version` with what others know of it;
    `shelves` are what the viewer may see, by source id.

    `shop` is the shop's version and when it changed: owners see what it sells of what they have.
    """

    version: int
    changed_at: datetime | None
    shelves: Mapping[int, Shelf]
    shop: tuple[int, datetime | None] = (0, None)
    enrichment_version: int = 0

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal states of what this viewer is shown, but for the names of folders and fields."""
        shelves = tuple((source, shelf.owner, shelf.is_own) for source, shelf in sorted(self.shelves.items()))
        return self.version, self.changed_at, self.enrichment_version, shelves, self.shop if self.own else None

    @property
    def own(self) -> frozenset[int]:
        """The sources the viewer sees as their owner."""
        return frozenset(source for source, shelf in self.shelves.items() if shelf.is_own)

    def of(self, owner: str | None) -> CollectionState:
        """The part of it that this user (as names are compared) owns; None: all of it."""
        if owner is None:
            return self
        kept = {source: shelf for source, shelf in self.shelves.items() if shelf.owner.casefold() == owner}
        return replace(self, shelves=kept)


class _Told(NamedTuple):
    """A row of the statement below; without a source everything about one is None."""

    version: int
    changed_at: Any
    shop_version: int
    shop_changed_at: Any
    enrichment_version: int
    source_id: int
    is_public: bool | None
    account_id: int
    owner: str
    owner_key: str
    is_shop_shown: bool | None
    has_credential: bool | None


_STATE = """
SELECT state.shelf_version, state.shelf_changed_at, state.version, state.changed_at, state.enrichment_version,
    sources.id, sources.is_public, accounts.id, accounts.username, accounts.username_key, shops.is_active,
    accounts.sealed_token IS NOT NULL AND sources.paused_reason IS NULL
FROM mirror_state AS state
LEFT JOIN sources ON sources.kind = '{kind}' AND sources.is_active
LEFT JOIN accounts ON accounts.id = sources.account_id
LEFT JOIN sources AS shops ON shops.account_id = sources.account_id AND shops.kind = 'inventory'
ORDER BY sources.id
"""
_BY_KIND = {kind: _STATE.format(kind=kind) for kind in (COLLECTION, WANTLIST)}


def collection_state(
    connection: Connection, settings: Settings, viewer: Viewer, kind: str = COLLECTION
) -> CollectionState:
    """What `viewer` may see now, in one statement. A wantlist is shown by the same rules.

    Raises CollectionPrivate when strangers ask and all that is there is private, StorageError where there is no state.
    """
    told = [_Told(*row) for row in fetch(connection, _BY_KIND[kind])]
    if not told:
        raise not_there_yet()
    shelves: dict[int, Shelf] = {}
    is_hidden = settings.collection_visibility not in {AUTO, PUBLIC}
    for one in (each for each in told if each.source_id is not None):
        is_ours = is_shown_to_others(one.owner_key, settings, is_shop_shown=one.is_shop_shown)
        is_open = is_ours and _is_open(one, settings)
        is_own = one.account_id == viewer.account_id or (viewer.is_admin and is_ours)
        if is_own or is_open:
            shelves[one.source_id] = Shelf(one.owner, is_own)
        is_hidden = is_hidden or (is_ours and not is_open)
    if not shelves and is_hidden and viewer.is_stranger:
        raise CollectionPrivate
    shop = told[0].shop_version, moment_of(told[0].shop_changed_at)
    first = told[0]
    return CollectionState(first.version, moment_of(first.changed_at), shelves, shop, first.enrichment_version)


def is_open_to_strangers(connection: Connection, settings: Settings) -> bool:
    """Whether a stranger who asks for the collection is shown any."""
    try:
        return bool(collection_state(connection, settings, STRANGER).shelves)
    except CollectionPrivate:
        return False


def is_shown_to_others(owner_key: str, settings: Settings, *, is_shop_shown: bool | None) -> bool:
    """Whether what this account has is shown here to others, the admin among them: the one that is configured, and
    those whose shop is (None: there is no shop).

    Whoever logs in is mirrored too, for themselves.
    """
    if owner_key == _configured(settings):
        return True
    return _configured(settings) is None if is_shop_shown is None else bool(is_shop_shown)


def _is_open(one: _Told, settings: Settings) -> bool:
    """Whether strangers may look. The operator speaks for the collection that the settings name, for no other.

    That Discogs shows it counts as long as syncs ask again: of the configured one, and where the account's credential
    is here and serves. Nobody would notice that another has turned private, so it is taken for private.
    """
    is_configured = one.owner_key == _configured(settings)
    if settings.collection_visibility == PUBLIC and is_configured:
        return True
    is_asked = is_configured or bool(one.has_credential)
    return settings.collection_visibility in {AUTO, PUBLIC} and is_asked and bool(one.is_public)


def _configured(settings: Settings) -> str | None:
    name = settings.discogs_collection_username
    return None if name is None else name.casefold()
