"""How accounts are found by the name that somebody typed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from app.errors import AccountNotFound
from app.models import Account
from app.services.erased_accounts import IS_SOMEBODY


def goes_by(username: str) -> ColumnElement[bool]:
    """Whether an account has this name.

    Raises AccountNotFound for what no database takes as a text, so that no account can have it. Odder names than
    Discogs gives out are looked for: whoever entered one here wants to be rid of it.
    """
    if "\0" in username or any("\ud800" <= sign <= "\udfff" for sign in username):
        raise AccountNotFound(username)
    return and_(Account.username_key == username.casefold(), IS_SOMEBODY)
