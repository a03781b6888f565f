"""Accounts and their sources: found by name and kind, known by Discogs' user id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, exists, select, update

from app.core.outcomes import Reason
from app.errors import DiscogsResponseError
from app.extensions import wiring
from app.models import Account, ListingRow, Run, Source
from app.models.inserting import insert_into
from app.models.streams import INVENTORY as SHOP
from app.models.transactions import read_transaction, write_transaction
from app.services.mirror_version import move_shop
from app.services.shop_index import ShopIndexWriter

INVENTORY = SHOP.kind


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source with its account, as it stood when the run began."""

    id: int
    account_id: int
    kind: str
    username: str
    discogs_user_id: int | None
    sealed_token: str | None
    is_active: bool
    config_digest: str | None
    last_pages: int | None
    hidden_rows: int
    not_before: datetime | None
    is_public: bool | None


class KnownAccount(NamedTuple):
    """An account that Discogs has told who it is."""

    id: int
    username: str


class Sources:
    """The sources of one mirror."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def inventory_of(self, username: str, *, is_shown: bool | None = None) -> SourceState:
        """The inventory source of a seller, made when it is new.

        A new seller is shown at once only when nothing else is, unless `is_shown` says so: a changed setting must
        not swap one shop for another unasked.
        """
        return self._found_or_made(username, INVENTORY, is_shown)

    def shelf_of(self, username: str, kind: str) -> SourceState:
        """The collection or wantlist of an account, made when it is new. Each is shown as its own, or not at all."""
        return self._found_or_made(username, kind, True)

    def known_shelf(self, username: str, kind: str) -> SourceState | None:
        """The same, where there is one already."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(states(kind).where(Account.username_key == username.casefold())).one_or_none()
        return None if row is None else state_of(row)

    def configured(self, username: str) -> SourceState:
        """The inventory source of the seller that the settings name. Shown alone while nothing else was ever mirrored.

        Sources that were named before and never came to anything (a misspelt name) are not shown any more.
        """
        source = self.inventory_of(username)
        with read_transaction(self._engine) as connection:
            shown = set(connection.scalars(_shown_others(source.id)))
            dead = set(connection.scalars(_shown_others(source.id).where(*_never_came_to_anything())))
            own = select(Source.id).where(Source.id == source.id, *_never_came_to_anything())
            is_new = connection.scalar(own) is not None
        opens = is_new and not source.is_active and shown == dead
        if opens or (dead and source.is_active):
            with write_transaction(self._engine) as connection:
                connection.execute(update(Source).where(Source.id.in_(dead)).values(is_active=False))
                connection.execute(update(Source).where(Source.id == source.id).values(is_active=True))
                self._show_anew(connection)
        return replace(source, is_active=source.is_active or opens)

    def get(self, source_id: int) -> SourceState:
        """One source by its id."""
        with read_transaction(self._engine) as connection:
            return state_of(connection.execute(states().where(Source.id == source_id)).one())

    def find(self, source_id: int) -> SourceState | None:
        """The same, where there is one."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(states().where(Source.id == source_id)).one_or_none()
        return None if row is None else state_of(row)

    def pauses(self) -> list[datetime]:
        """Until when Discogs asked to be left alone, of every source that was told so last."""
        with read_transaction(self._engine) as connection:
            return list(connection.scalars(select(Source.not_before).where(Source.not_before.is_not(None))))

    def with_credentials(self) -> list[SourceState]:
        """Inventories whose account has a sealed credential."""
        sealed = states(INVENTORY).where(Account.sealed_token.is_not(None))
        with read_transaction(self._engine) as connection:
            rows = connection.execute(sealed.order_by(Source.id)).all()
        return [state_of(row) for row in rows]

    def identify(self, source: SourceState, user_id: int, username: str, currency: str | None = None) -> None:
        """Keep what Discogs says of the account. Writes only when it is news.

        Raises DiscogsResponseError (seller.changed) when the name now belongs to another user.
        """
        if source.discogs_user_id not in {None, user_id}:
            raise DiscogsResponseError(
                Reason.SELLER_CHANGED,
                detail=f"{username} is Discogs user {user_id} now, was {source.discogs_user_id}",
            )
        if source.discogs_user_id == user_id and source.username == username:
            return
        values: dict[str, Any] = {
            "discogs_user_id": user_id,
            "username": username,
            "username_key": username.casefold(),
        }
        if currency:
            values["currency"] = currency
        with write_transaction(self._engine) as connection:
            self._make_way(connection, source.account_id, user_id)
            connection.execute(update(Account).where(Account.id == source.account_id).values(values))
            if source.username != username:
                self._show_anew(connection)

    def update(self, source_id: int, **values: Any) -> None:
        """Set columns of a source."""
        with write_transaction(self._engine) as connection:
            connection.execute(update(Source).where(Source.id == source_id).values(values))

    def account_of(self, user_id: int) -> KnownAccount | None:
        """The account with this Discogs user id."""
        query = select(Account.id, Account.username).where(Account.discogs_user_id == user_id)
        with read_transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else KnownAccount(*row)

    def rename(self, account: KnownAccount, username: str) -> None:
        """The user of this account goes by another name now; an account entered under that name gives it up."""
        key = username.casefold()
        with write_transaction(self._engine) as connection:
            usurper = connection.scalar(select(Account.id).where(Account.username_key == key, Account.id != account.id))
            if usurper is not None:
                connection.execute(
                    update(Account).where(Account.id == usurper).values(username_key=f"{key} (merged {usurper})")
                )
            connection.execute(
                update(Account).where(Account.id == account.id).values(username=username, username_key=key)
            )
            if account.username != username:
                self._show_anew(connection)

    def _show_anew(self, connection: Connection) -> None:
        """Every listing that is shown says whose it is: with the sellers' names, all answers change."""
        move_shop(connection, self._clock())
        ShopIndexWriter.of(wiring().settings).keep_up(connection, None)

    def _make_way(self, connection: Connection, account_id: int, user_id: int) -> None:
        taken = connection.scalar(
            select(Account.id).where(Account.discogs_user_id == user_id, Account.id != account_id)
        )
        if taken is not None:
            raise DiscogsResponseError(Reason.SELLER_CHANGED, detail=f"user {user_id} is mirrored as account {taken}")

    def _found_or_made(self, username: str, kind: str, is_shown: bool | None) -> SourceState:
        found = states(kind).where(Account.username_key == username.casefold())
        with read_transaction(self._engine) as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            with write_transaction(self._engine) as connection:
                row = connection.execute(found).one_or_none()
                if row is None:  # still: nobody was quicker
                    self._create(connection, username, kind, is_shown)
                    row = connection.execute(found).one()
        return state_of(row)

    def _create(self, connection: Connection, username: str, kind: str, is_shown: bool | None) -> None:
        key = username.casefold()
        account = connection.scalar(select(Account.id).where(Account.username_key == key))
        if account is None:
            made = {"username": username, "username_key": key, "created_at": self._clock()}
            _insert_unless_there(connection, Account.__table__, made)
            account = connection.scalar(select(Account.id).where(Account.username_key == key))
        if is_shown is None:
            shown = (Source.kind == kind, Source.is_active, Run.source_id == Source.id, Run.data_digest.is_not(None))
            is_shown = not connection.scalar(select(exists().where(*shown)))
        source = {"account_id": account, "kind": kind, "is_active": is_shown, "hidden_rows": 0}
        _insert_unless_there(connection, Source.__table__, source)


def _insert_unless_there(connection: Connection, table: Any, values: dict[str, Any]) -> None:
    """PostgreSQL lets two processes look for the same name at once: the slower one finds what the quicker one made."""
    connection.execute(insert_into(connection, table).values(values).on_conflict_do_nothing())


def _shown_others(source_id: int) -> Select[int]:
    return select(Source.id).where(Source.kind == INVENTORY, Source.is_active, Source.id != source_id)


def _never_came_to_anything() -> tuple[ColumnElement[bool], ...]:
    """Neither a run nor a file filled the source, and nobody gave it a credential."""
    account = select(Account.id).where(Account.id == Source.account_id, Account.sealed_token.is_not(None))
    filled = select(Run.id).where(Run.source_id == Source.id, Run.data_digest.is_not(None))
    rows = select(ListingRow.listing_id).where(ListingRow.source_id == Source.id)
    return ~account.exists(), ~filled.exists(), ~rows.exists()


def states(kind: str | None = None) -> Any:
    """The query for SourceState of every source, or of those of one kind."""
    columns = (
        Source.id,
        Source.account_id,
        Source.kind,
        Account.username,
        Account.discogs_user_id,
        Account.sealed_token,
        Source.is_active,
        Source.config_digest,
        Source.last_pages,
        Source.hidden_rows,
        Source.not_before,
        Source.is_public,
    )
    query = select(*columns).join(Account, Account.id == Source.account_id)
    return query if kind is None else query.where(Source.kind == kind)


def state_of(row: Row[Any]) -> SourceState:
    """One row of `states()`."""
    return SourceState(**row._mapping)
