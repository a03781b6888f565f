"""Who looks at collections, and how their answers are kept from others."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from app.api.access import is_admin
from app.api.validators import ASK_EVERY_TIME, PRIVATELY, answered
from app.services.collection_state import Viewer
from app.web.cookies import current_account


def viewer() -> Viewer:
    """Whose request it is."""
    account = current_account()
    return Viewer(is_admin=is_admin(), account_id=None if account is None else account.id)


def answered_to(who: Viewer, *asked: object, make: Callable[[], Response]) -> Response:
    """304 or what `make` makes, marked as this viewer's where it is not what every stranger gets.

    Whether a collection is public may change at any moment: nobody may show an answer again without asking.
    """
    response = answered(who, *asked, make=make, cache_control=ASK_EVERY_TIME if who.is_stranger else PRIVATELY)
    response.vary.update(["Authorization", "Cookie"])
    return response
