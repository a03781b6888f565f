"""`/marketplace/orders`: what the seller sold, each item with its listing id."""

from decimal import Decimal

from . import paging
from .messages import HttpError, Request, Response, json_response
from .records import Account, Listing, Order
from .viewer import Viewer
from .views import WEB, timestamp
from .vocabulary import ALL, MUST_AUTHENTICATE, NO_ORDER, NOT_OWNER, Json
from .world import World

_FEE_SHARE = Decimal("0.09")


class Orders:
    def __init__(self, world: World, base: str) -> None:
        self._world = world
        self._base = base

    def page(self, request: Request, viewer: Viewer) -> Response:
        _signed_in(viewer)
        rows = list(self._world.orders) if viewer.owns(self._world.seller) else []
        status = request.query.get("status", ALL)
        rows = [row for row in rows if status in (ALL, row.status)]
        if request.query.get("sort_order") == "desc":
            rows.reverse()
        page = paging.turn_to(request.query, len(rows), f"{self._base}/marketplace/orders")
        shown = [self._describe(row) for row in rows[page.rows]]
        answer = json_response({"pagination": page.envelope(), "orders": shown}, page=page.number, pages=page.pages)
        return answer.with_headers(*page.link_header())

    def one(self, _request: Request, viewer: Viewer, order_id: str) -> Response:
        _signed_in(viewer)
        for order in self._world.orders:
            if self._id(order) == order_id:
                if not viewer.owns(self._world.seller):
                    raise HttpError(403, NOT_OWNER)
                return json_response(self._describe(order))
        raise HttpError(404, NO_ORDER)

    def _id(self, order: Order) -> str:
        return f"{self._world.seller.id}-{order.number}"

    def _describe(self, order: Order) -> Json:
        own = f"{self._base}/marketplace/orders/{self._id(order)}"
        goods = sum((row.price for row in order.listings), Decimal(0))
        return {
            "id": self._id(order),
            "resource_url": own,
            "messages_url": f"{own}/messages",
            "uri": f"{WEB}/sell/order/{self._id(order)}",
            "status": order.status,
            "next_status": ["In Progress", "Shipped", "Refund Sent"],
            "fee": self._money(round(goods * _FEE_SHARE, 2)),
            "created": timestamp(order.created),
            "last_activity": timestamp(order.created),
            "items": [self._item(row) for row in order.listings],
            "shipping": self._money(order.shipping) | {"method": "Standard"},
            "shipping_address": "Passing Digger\n1 Example Street\nExampleville",
            "additional_instructions": "",
            "archived": False,
            "seller": self._person(self._world.seller),
            "buyer": self._person(self._world.stranger),
            "total": self._money(goods + order.shipping),
            "tax": None,
            "tracking": None,
            "feedback": None,
            "buyer_fee": None,
            "tax_on_buyer_fee": None,
        }

    def _item(self, row: Listing) -> Json:
        release = row.release
        return {
            "id": row.id,
            "price": self._money(row.price),
            "media_condition": row.condition,
            "sleeve_condition": row.sleeve_condition,
            "condition_comments": row.comments,
            "release": {
                "id": release.id,
                "description": f"{release.artist} - {release.title} ({release.format})",
                "title": release.title,
                "artist": release.artist,
                "format": release.format,
                "resource_url": f"{self._base}/releases/{release.id}",
                "thumbnail": f"{self._base}/covers/{release.id}-150.svg",
            },
        }

    def _money(self, amount: Decimal) -> Json:
        return {"currency": self._world.seller.currency, "value": float(amount)}

    def _person(self, account: Account) -> Json:
        return {
            "id": account.id,
            "username": account.username,
            "resource_url": f"{self._base}/users/{account.username}",
        }


def _signed_in(viewer: Viewer) -> None:
    if viewer.account is None:
        raise HttpError(401, MUST_AUTHENTICATE)
