"""What people entered here, as a file of lines of JSON: out, and in again, all of it or nothing.

The first line says what it is, the last one how many lines there are between: a file that was cut is noticed. What
Discogs and other providers told is not in it: syncs and batches bring that back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, exists, insert, or_, select, update

from app.core.artist_keys import artist_key
from app.core.enrichment import SubjectKind
from app.core.ids import LARGEST_ID
from app.core.query import BadQuery
from app.core.quoting import is_name, quoted
from app.errors import FileNotUnderstood, SubjectUnknown
from app.extensions import db, wiring
from app.models import Account, EnrichmentChoice, Source
from app.models.transactions import read_transaction, write_transaction
from app.services.enrichment_choices import readable_field, readable_value, store_choice
from app.services.erased_accounts import IS_SOMEBODY
from app.services.sources import INVENTORY

FORMAT, VERSION = "waxmirror-own-words", 1
MOST_LINES = 1_000_000
_NAME = re.compile(r"[^\s/?#%\\\x00-\x1f]{1,64}")


@dataclass(slots=True)
class ReadIn:
    """What became of a file: how many entries, and the accounts whose shop nobody reads until they get a credential."""

    entries: int = 0
    lacking: list[str] = field(default_factory=list)


def written_out(*, with_secrets: bool) -> Iterator[bytes]:
    """The lines. Credentials only `with_secrets`, and sealed: TOKEN_KEYS opens them."""
    with read_transaction(db.engine) as connection:
        lines = [*_accounts(connection, with_secrets=with_secrets), *_choices(connection)]
    yield _line({"format": FORMAT, "version": VERSION, "at": wiring().clock().isoformat()})
    yield from map(_line, lines)
    yield _line({"kind": "end", "lines": len(lines)})


def read_in(lines: Iterable[bytes]) -> ReadIn:
    """Store what the lines tell. What is newer here stays.

    Raises FileNotUnderstood and CredentialUnreadable; then nothing is stored.
    """
    told = _parsed(lines)
    done = ReadIn(len(told))
    with write_transaction(db.engine) as connection:
        for number, each in enumerate(told, start=2):
            try:
                {"account": _store_account, "choice": _store_choice}[each["kind"]](connection, each, done)
            except (KeyError, TypeError, ValueError, OverflowError, AttributeError, BadQuery, SubjectUnknown) as error:
                raise FileNotUnderstood(f"line {number}: {type(error).__name__} {error}") from error
    return done


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _accounts(connection: Connection, *, with_secrets: bool) -> Iterator[dict[str, Any]]:
    shop = and_(Source.account_id == Account.id, Source.kind == INVENTORY)
    columns = (Account.username, Account.discogs_user_id, Account.currency, Account.sealed_token, Source.is_active)
    for row in connection.execute(select(*columns).outerjoin(Source, shop).where(IS_SOMEBODY).order_by(Account.id)):
        told = {"kind": "account", "username": row.username, "discogs_user_id": row.discogs_user_id}
        told |= {"currency": row.currency, "is_shown": row.is_active}  # null: no shop of it is mirrored
        yield told | ({"sealed_token": row.sealed_token} if with_secrets and row.sealed_token else {})


def _choices(connection: Connection) -> Iterator[dict[str, Any]]:
    columns = EnrichmentChoice.__table__.c
    order = (columns.subject_kind, columns.subject_key, columns.field)
    for row in connection.execute(select(*columns).order_by(*order)):
        told = dict(row._mapping)
        told |= {"value": None if row.value is None else orjson.loads(row.value)}
        yield {"kind": "choice", **told, "changed_at": row.changed_at.isoformat()}


def _parsed(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    told = []
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            raise FileNotUnderstood(f"it has more than {MOST_LINES} lines")
        try:
            each = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise FileNotUnderstood(f"line {number} is no JSON") from error
        if not isinstance(each, dict):
            raise FileNotUnderstood(f"line {number} is no object")
        told.append(each)
    if not told or told[0].get("format") != FORMAT:
        raise FileNotUnderstood("it was not written by export-own")
    if told[0].get("version") != VERSION:
        version = quoted(str(told[0].get("version")))
        raise FileNotUnderstood(f"it has the version {version}, {VERSION} is understood here")
    if told[-1] != {"kind": "end", "lines": len(told) - 2}:
        raise FileNotUnderstood("its end is missing")
    return told[1:-1]


def _store_account(connection: Connection, told: dict[str, Any], done: ReadIn) -> None:
    name, number, sealed = told["username"], told["discogs_user_id"], told.get("sealed_token")
    is_number = number is None or (type(number) is int and 0 < number <= LARGEST_ID)
    if not (_NAME.fullmatch(name) and is_name(name) and is_number):
        raise ValueError("no such user can be")
    if told["is_shown"] is not None and type(told["is_shown"]) is not bool:
        raise ValueError("is_shown is true, false or null")
    currency = told["currency"] if told["currency"] is None else str(told["currency"])[:3]
    if currency is not None and not currency.isprintable():
        raise ValueError("no such currency can be")
    if sealed is not None:
        wiring().sealer.open(sealed, username=name)
    same = Account.username_key == name.casefold()
    same = same if number is None else or_(same, Account.discogs_user_id == number)
    known = connection.execute(select(Account.id, Account.sealed_token).where(same)).first()
    if known is None:
        values = {"username": name, "username_key": name.casefold(), "discogs_user_id": number, "currency": currency}
        values |= {"sealed_token": sealed, "created_at": wiring().clock()}
        account = connection.execute(insert(Account).values(values).returning(Account.id)).scalar_one()
    else:
        account = known.id
        if sealed is not None and known.sealed_token is None:
            connection.execute(update(Account).where(Account.id == account).values(sealed_token=sealed))
    _store_shop(connection, account, told, done)


def _store_shop(connection: Connection, account: int, told: dict[str, Any], done: ReadIn) -> None:
    """A shop that nobody reads is not shown: it would stay empty, and the whole would never be up to date."""
    if told["is_shown"] is None or _has_shop(connection, account):
        return
    name = str(told["username"])
    configured = wiring().settings.discogs_seller_username or ""
    has_credential = select(Account.sealed_token.is_not(None)).where(Account.id == account)
    is_read = bool(connection.scalar(has_credential)) or name.casefold() == configured.casefold()
    if not is_read:
        done.lacking.append(name)
    shop = {"account_id": account, "kind": INVENTORY, "is_active": is_read and told["is_shown"], "hidden_rows": 0}
    connection.execute(insert(Source).values(shop))


def _has_shop(connection: Connection, account: int) -> bool:
    there = exists().where(Source.account_id == account, Source.kind == INVENTORY)
    return bool(connection.scalar(select(there)))


def _store_choice(connection: Connection, told: dict[str, Any], _done: ReadIn) -> None:
    kind, key = SubjectKind(told["subject_kind"]), str(told["subject_key"])
    is_known = (
        key.isascii() and key.isdigit() and key == str(int(key)) and 0 < int(key) <= LARGEST_ID
        if kind is SubjectKind.RELEASE
        else artist_key(key) == key and key.isprintable()
    )
    if not is_known:
        raise ValueError("no such subject can be")
    field, value = readable_field(kind, told["field"]), told["value"]
    changed_at = _moment(told["changed_at"])
    if value is not None:
        value = orjson.dumps(readable_value(field, next(iter(value.values()), None))).decode()
    columns = EnrichmentChoice.__table__.c
    which = (columns.subject_kind == kind, columns.subject_key == key, columns.field == field)
    here = connection.scalar(select(columns.changed_at).where(*which))
    if here is None or here < changed_at:
        flags = {name: told[name] for name in ("is_pinned", "is_hidden")}
        if not all(type(flag) is bool for flag in flags.values()):
            raise ValueError("is_pinned and is_hidden are true or false")
        store_choice(connection, (kind, key, field), {"value": value, **flags, "changed_at": changed_at})


def _moment(told: str) -> datetime:
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment.astimezone(UTC)
