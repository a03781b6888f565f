"""What a release fetches on the marketplace: offers, statistics, suggestions, fees, ratings."""

from decimal import Decimal, InvalidOperation

from .messages import HttpError, Request, Response, json_response
from .records import Release
from .validation import body as sent_body
from .validation import invalid, require_owner, whole_number
from .viewer import Viewer
from .views import converted
from .vocabulary import (
    CURRENCIES,
    FOR_SALE,
    GRADES,
    MUST_AUTHENTICATE,
    NO_RELEASE_DATA,
    NO_RELEASE_STATS,
    NO_USER,
    Json,
)
from .world import World

_FEE = Decimal("0.09")
_SHARE_OF_GRADE = (1.25, 1.1, 0.9, 0.7, 0.5, 0.35, 0.2, 0.1)


class Market:
    def __init__(self, world: World) -> None:
        self._world = world

    def offers(self, release: Release) -> list[Decimal]:
        """Asked prices in the seller's currency."""
        rows = self._world.listings.values()
        return [row.price for row in rows if row.release.id == release.id and row.status == FOR_SALE]

    def lowest(self, release: Release, currency: str) -> float | None:
        prices = self.offers(release)
        return converted(min(prices), self._world.seller.currency, currency) if prices else None

    def stats(self, request: Request, viewer: Viewer, release_id: str) -> Response:
        release = self._release(release_id, NO_RELEASE_STATS)
        currency = asked_currency(request, viewer, legacy=True)
        if release.blocked_from_sale:
            return json_response({"lowest_price": None, "num_for_sale": None, "blocked_from_sale": True})
        lowest = self.lowest(release, currency)
        shown: Json = {
            "lowest_price": None if lowest is None else {"currency": currency, "value": lowest},
            "num_for_sale": len(self.offers(release)),
            "blocked_from_sale": False,
        }
        return json_response(shown)

    def suggestions(self, _request: Request, viewer: Viewer, release_id: str) -> Response:
        """By grade, in the currency the viewer sells in; empty when the release was never offered."""
        if viewer.account is None:
            raise HttpError(401, MUST_AUTHENTICATE)
        release = self._release(release_id, NO_RELEASE_DATA)
        currency = viewer.account.currency
        lowest = self.lowest(release, currency)
        if lowest is None:
            return json_response({})
        shares = zip(GRADES, _SHARE_OF_GRADE, strict=True)
        return json_response({grade: {"currency": currency, "value": lowest * share / 0.9} for grade, share in shares})

    def fee(self, _request: Request, viewer: Viewer, price: str, currency: str = "USD") -> Response:
        if viewer.account is None:
            raise HttpError(401, MUST_AUTHENTICATE)
        try:
            amount = Decimal(price)
        except InvalidOperation:
            raise HttpError(422, "Invalid price: expected float.") from None
        return json_response({"value": float(round(amount * _FEE, 2)), "currency": currency})

    def rating(self, _request: Request, _viewer: Viewer, release_id: str) -> Response:
        release = self._release(release_id, NO_RELEASE_DATA)
        return json_response({"release_id": release.id, "rating": community_rating(release)})

    def have_and_want(self, _request: Request, _viewer: Viewer, release_id: str) -> Response:
        release = self._release(release_id, NO_RELEASE_DATA)
        return json_response({"num_have": release.in_collection, "num_want": release.in_wantlist})

    def user_rating(self, request: Request, viewer: Viewer, release_id: str, username: str) -> Response:
        """GET by anybody, PUT (1 to 5) and DELETE by the user; it is the rating that the collection shows."""
        release = self._release(release_id, NO_RELEASE_DATA)
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        if request.method in {"PUT", "DELETE"}:
            require_owner(viewer, account)
            asked = sent_body(request).get("rating") if request.method == "PUT" else 0
            least = 1 if request.method == "PUT" else 0
            self._world.rate(release.id, whole_number(asked, "rating", least, 5), of=account.username)
        if request.method == "DELETE":
            return Response(204)
        rating = self._world.shelf(account).rating(release.id)
        return json_response({"username": account.username, "release_id": release.id, "rating": rating})

    def _release(self, text: str, unknown: str) -> Release:
        release = self._world.release(int(text)) if text.isdecimal() else None
        if release is None:
            raise HttpError(404, unknown)
        return release


def asked_currency(request: Request, viewer: Viewer, *, legacy: bool = False) -> str:
    """`curr_abbr`, else that of the viewer, else US dollars; each back end complains in its own way."""
    asked = request.query.get("curr_abbr") or (viewer.account.currency if viewer.account else "USD")
    if asked not in CURRENCIES and legacy:
        raise HttpError(422, f"Invalid curr_abbr: expected one of {', '.join(CURRENCIES)}.")
    if asked not in CURRENCIES:
        raise invalid("literal_error", ("query", "curr_abbr"), f"Input should be one of {', '.join(CURRENCIES)}")
    return asked


def community_rating(release: Release) -> Json:
    count = release.in_collection // 4
    return {"count": count, "average": round(3.2 + release.id % 180 / 100, 2) if count else 0.0}
