"""`/oauth/identity` and `/users/{u}`."""

from .messages import HttpError, Request, Response, json_response
from .records import Account
from .viewer import Viewer
from .views import WEB
from .vocabulary import FOR_SALE, MUST_AUTHENTICATE, NO_USER, Json
from .world import World


class Users:
    def __init__(self, world: World, base: str) -> None:
        self._world = world
        self._base = base

    def identity(self, _request: Request, viewer: Viewer) -> Response:
        if viewer.account is None:
            raise HttpError(401, MUST_AUTHENTICATE)
        account = viewer.account
        return json_response(
            {
                "id": account.id,
                "username": account.username,
                "resource_url": f"{self._base}/users/{account.username}",
                "consumer_name": "ShopMirror",
            }
        )

    def profile(self, _request: Request, viewer: Viewer, username: str) -> Response:
        account = self._world.account(username)
        if account is None:
            raise HttpError(404, NO_USER)
        profile = self._public(account)
        if viewer.owns(account):
            profile |= {
                "curr_abbr": account.currency,
                "email": f"{account.username.lower()}@example.org",
                "num_unread": 0,
            }
        shelf = self._world.shelf(account)
        profile["num_lists"] = sum(row.public or viewer.owns(account) for row in shelf.lists)
        if viewer.owns(account) or not shelf.is_private:
            profile["num_collection"] = max(0, len(shelf.copies) + self._world.policy.counts_off_by)
        if viewer.owns(account) or not shelf.wants_are_private:
            profile["num_wantlist"] = len(shelf.wants)
        return json_response(profile)

    def _public(self, account: Account) -> Json:
        own = f"{self._base}/users/{account.username}"
        return {
            "id": account.id,
            "username": account.username,
            "name": "",
            "resource_url": own,
            "uri": f"{WEB}/user/{account.username}",
            "home_page": "",
            "location": account.country,
            "profile": "",
            "registered": "2009-04-02T09:51:00-07:00",
            "rank": 12.0,
            "avatar_url": f"{self._base}/covers/{account.id}.svg",
            "banner_url": "",
            "num_pending": 0,
            "num_for_sale": self._for_sale(account),
            "num_lists": 0,
            "releases_contributed": 3,
            "releases_rated": 41,
            "rating_avg": 4.1,
            "inventory_url": f"{own}/inventory",
            "collection_folders_url": f"{own}/collection/folders",
            "collection_fields_url": f"{own}/collection/fields",
            "wantlist_url": f"{own}/wants",
            "curr_abbr": "",
            "activated": True,
            "marketplace_suspended": False,
            "is_staff": False,
            "buyer_rating": 100.0,
            "buyer_rating_stars": 5.0,
            "buyer_num_ratings": 77,
            "seller_rating": 99.8,
            "seller_rating_stars": 5.0,
            "seller_num_ratings": 1204,
        }

    def _for_sale(self, account: Account) -> int:
        if account.id != self._world.seller.id:
            return 0
        count = sum(1 for row in self._world.listings.values() if row.status == FOR_SALE)
        return max(0, count + self._world.policy.counts_off_by)
