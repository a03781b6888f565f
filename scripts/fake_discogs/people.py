"""Identity, profiles and orders."""

from __future__ import annotations

from typing import Any

from . import paging
from .messages import HttpError, Request, Response, json_response
from .records import Account, Order
from .viewer import Viewer
from .views import timestamp
from .vocabulary import MUST_AUTHENTICATE, NO_RESOURCE, NO_USER, NOT_OWNER
from .world import World


def identity(viewer: Viewer, base: str) -> Response:
    """Whose credential it is; 401 without a user behind it."""
    if viewer.account is None:
        raise HttpError(401, MUST_AUTHENTICATE)
    account = viewer.account
    return json_response(
        {
            "id": account.id,
            "username": account.username,
            "resource_url": f"{base}/users/{account.username}",
            "consumer_name": "Shop mirror",
        }
    )


def profile(world: World, viewer: Viewer, username: str, base: str, for_sale: int) -> Response:
    """A user as others see it; the owner sees more."""
    account = world.account(username)
    if account is None:
        raise HttpError(404, NO_USER)
    told = _profile(account, base) | {"num_for_sale": for_sale if account is world.seller else 0}
    if viewer.owns(account):
        told |= {
            "curr_abbr": account.currency,
            "email": f"{account.username.lower()}@example.org",
            "num_unread": 0,
            "num_collection": len(world.copies),
        }
    return json_response(told)


def orders(world: World, viewer: Viewer, request: Request, base: str) -> Response:
    """What the seller sold, newest last."""
    if viewer.account is None:
        raise HttpError(401, MUST_AUTHENTICATE)
    owned = world.orders if viewer.owns(world.seller) else []
    if (status := request.query.get("status", "All")) != "All":
        owned = [order for order in owned if order.status == status]
    if request.query.get("sort_order") == "desc":
        owned = owned[::-1]
    page = paging.turn_to(request.query, len(owned), f"{base}/marketplace/orders")
    shown = [_order(world, order, base) for order in owned[page.rows]]
    return json_response({"pagination": page.envelope(), "orders": shown})


def order(world: World, viewer: Viewer, order_id: str, base: str) -> Response:
    """One order by its text id."""
    if viewer.account is None:
        raise HttpError(401, MUST_AUTHENTICATE)
    found = next((one for one in world.orders if _order_id(world, one) == order_id), None)
    if found is None:
        raise HttpError(404, NO_RESOURCE)
    if not viewer.owns(world.seller):
        raise HttpError(403, NOT_OWNER)
    return json_response(_order(world, found, base))


def _profile(account: Account, base: str) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "name": account.username,
        "resource_url": f"{base}/users/{account.username}",
        "uri": f"{base}/user/{account.username}",
        "inventory_url": f"{base}/users/{account.username}/inventory",
        "collection_folders_url": f"{base}/users/{account.username}/collection/folders",
        "location": account.country,
        "registered": "2009-05-01T10:00:00-07:00",
        "curr_abbr": "",
        "activated": True,
        "marketplace_suspended": False,
    }


def _order_id(world: World, one: Order) -> str:
    return f"{world.seller.id}-{one.number}"


def _order(world: World, one: Order, base: str) -> dict[str, Any]:
    number, currency = _order_id(world, one), world.seller.currency
    total = sum(float(row.price) for row in one.listings) + float(one.shipping)
    return {
        "id": number,
        "resource_url": f"{base}/marketplace/orders/{number}",
        "messages_url": f"{base}/marketplace/orders/{number}/messages",
        "uri": f"{base}/sell/order/{number}",
        "status": one.status,
        "next_status": ["In Progress", "Shipped"],
        "created": timestamp(one.created),
        "last_activity": timestamp(one.created),
        "items": [
            {
                "id": row.id,
                "price": {"currency": currency, "value": float(row.price)},
                "media_condition": row.condition,
                "sleeve_condition": row.sleeve_condition,
                "condition_comments": row.comments,
                "release": {"id": row.release.id, "title": row.release.title, "artist": row.release.artist},
            }
            for row in one.listings
        ],
        "shipping": {"currency": currency, "method": "Standard", "value": float(one.shipping)},
        "archived": False,
        "seller": {"id": world.seller.id, "username": world.seller.username},
        "buyer": {"id": world.stranger.id, "username": world.stranger.username},
        "total": {"currency": currency, "value": total},
    }
