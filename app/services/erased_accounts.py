"""What is left of an account that was erased, where visitors were told of its shop: a row that names nobody."""

from __future__ import annotations

from typing import Any

from app.models import Account

GONE = "erased/"  # no user of Discogs has a name with this sign in it
IS_SOMEBODY = Account.username_key.not_like(f"{GONE}%")


def nobody(account_id: int) -> dict[str, Any]:
    """The columns of such a row."""
    name = f"{GONE}{account_id}"
    return {"username": name, "username_key": name, "discogs_user_id": None, "currency": None, "sealed_token": None}
