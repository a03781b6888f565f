"""Accounts and their sources: found by name, known by Discogs' user id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, exists, insert, select, update

from app.core.outcomes import Reason
from app.errors import DiscogsResponseError
from app.extensions import wiring
from app.models import Account, ListingRow, MirrorState, Run, Source
from app.models.transactions import read_transaction, write_transaction
from app.services.shop_index import ShopIndexWriter

INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source with its account, as it stood when the run began."""

    id: int
    account_id: int
    username: str
    discogs_user_id: int | None
    sealed_token: str | None
    is_active: bool
    config_digest: str | None
    last_pages: int | None
    hidden_rows: int
    not_before: datetime | None


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
        with read_transaction(self._engine) as connection:
            row = connection.execute(states().where(Account.username_key == username.casefold())).one_or_none()
        if row is None:
            row = self._create(username, is_shown)
        return state_of(row)

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

    def with_credentials(self) -> list[SourceState]:
        """Sources whose account has a sealed credential."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(states().where(Account.sealed_token.is_not(None)).order_by(Source.id)).all()
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

    def known_user(self, user_id: int) -> SourceState | None:
        """The inventory source of the account with this Discogs user id."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(states().where(Account.discogs_user_id == user_id)).one_or_none()
        return None if row is None else state_of(row)

    def rename(self, source: SourceState, username: str) -> None:
        """The user of `source` goes by another name now; an account entered under that name gives it up."""
        key = username.casefold()
        with write_transaction(self._engine) as connection:
            usurper = connection.scalar(
                select(Account.id).where(Account.username_key == key, Account.id != source.account_id)
            )
            if usurper is not None:
                connection.execute(
                    update(Account).where(Account.id == usurper).values(username_key=f"{key} (merged {usurper})")
                )
            connection.execute(
                update(Account).where(Account.id == source.account_id).values(username=username, username_key=key)
            )
            if source.username != username:
                self._show_anew(connection)

    def _show_anew(self, connection: Connection) -> None:
        """Every listing that is shown says whose it is: with the sellers' names, all answers change."""
        connection.execute(update(MirrorState).values(version=MirrorState.version + 1, changed_at=self._clock()))
        ShopIndexWriter.of(wiring().settings).keep_up(connection, None)

    def _make_way(self, connection: Connection, account_id: int, user_id: int) -> None:
        taken = connection.scalar(
            select(Account.id).where(Account.discogs_user_id == user_id, Account.id != account_id)
        )
        if taken is not None:
            raise DiscogsResponseError(Reason.SELLER_CHANGED, detail=f"user {user_id} is mirrored as account {taken}")

    def _create(self, username: str, is_shown: bool | None) -> Row[Any]:
        with write_transaction(self._engine) as connection:
            found = states().where(Account.username_key == username.casefold())
            if (row := connection.execute(found).one_or_none()) is not None:
                return row
            account = connection.execute(
                insert(Account)
                .values(username=username, username_key=username.casefold(), created_at=self._clock())
                .returning(Account.id)
            ).scalar_one()
            has_shop = connection.scalar(
                select(
                    exists().where(
                        Source.kind == INVENTORY,
                        Source.is_active,
                        Run.source_id == Source.id,
                        Run.data_digest.is_not(None),
                    )
                )
            )
            connection.execute(
                insert(Source).values(
                    account_id=account,
                    kind=INVENTORY,
                    is_active=not has_shop if is_shown is None else is_shown,
                    hidden_rows=0,
                )
            )
            return connection.execute(found).one()


def _shown_others(source_id: int) -> Select[int]:
    return select(Source.id).where(Source.kind == INVENTORY, Source.is_active, Source.id != source_id)


def _never_came_to_anything() -> tuple[ColumnElement[bool], ...]:
    """Neither a run nor a file filled the source, and nobody gave it a credential."""
    account = select(Account.id).where(Account.id == Source.account_id, Account.sealed_token.is_not(None))
    filled = select(Run.id).where(Run.source_id == Source.id, Run.data_digest.is_not(None))
    rows = select(ListingRow.listing_id).where(ListingRow.source_id == Source.id)
    return ~account.exists(), ~filled.exists(), ~rows.exists()


def states() -> Any:
    """The query for SourceState of every inventory."""
    columns = (
        Source.id,
        Source.account_id,
        Account.username,
        Account.discogs_user_id,
        Account.sealed_token,
        Source.is_active,
        Source.config_digest,
        Source.last_pages,
        Source.hidden_rows,
        Source.not_before,
    )
    return select(*columns).join(Account, Account.id == Source.account_id).where(Source.kind == INVENTORY)


def state_of(row: Row[Any]) -> SourceState:
    """One row of `states()`."""
    return SourceState(**row._mapping)
