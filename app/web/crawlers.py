"""What search engines read first: what they may visit, and which pages there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, abort, render_template

from app.api.described import described
from app.api.validators import answered
from app.core.addresses import Addresses
from app.formats.sitemap import MIMETYPE, MOST_ADDRESSES, Place, sitemap, sitemap_index
from app.services.shop_sitemap import ShopSitemap
from app.web.here import addresses

PAGES = ("/", "/stats")
PAGES_OF_COLLECTION = ("/collection", "/collection/stats")
LARGEST_PART = 10_000
NO_SUCH_PART = {404: "There is no such part of the sitemap"}
blueprint = Blueprint("crawlers", __name__, template_folder="templates")


@blueprint.get("/robots.txt")
@described(media_type="text/plain")
def robots() -> Response:
    """What robots may read: the pages, but not every combination of filters."""
    here = addresses()

    def make() -> Response:
        text = render_template("robots.txt", prefix=here.prefix, sitemap=here.page("/sitemap.xml"))
        return Response(f"{text}\n", mimetype="text/plain")

    return answered(here, make=make)


@blueprint.get("/sitemap.xml")
@described(media_type=MIMETYPE)
def index() -> Response:
    """The list of all parts of the sitemap."""
    shop, here = ShopSitemap(MOST_ADDRESSES), addresses()
    state = shop.state()

    def make() -> Response:
        parts = [Place(here.page(f"/sitemap-listings-{part.number}.xml"), part.changed_at) for part in shop.parts()]
        return _xml(sitemap_index([Place(here.page("/sitemap-pages.xml"), state.changed_at), *parts]))

    return answered(state.key, here, make=make)


@blueprint.get("/sitemap-pages.xml")
@described(media_type=MIMETYPE)
def pages() -> Response:
    """The part of the sitemap that names the pages which are always there, and those of a collection that everybody
    may see."""
    shop, here = ShopSitemap(MOST_ADDRESSES), addresses()
    state = shop.state()
    has_collection = state.has_shelf and shop.has_collection()

    def make() -> Response:
        places = [Place(here.page(path), state.changed_at) for path in PAGES]
        if has_collection:
            places += [Place(here.page(path)) for path in PAGES_OF_COLLECTION]
        return _xml(sitemap([places]))

    return answered(state.key, has_collection, here, make=make)


@blueprint.get(f"/sitemap-listings-<int(min=1, max={LARGEST_PART}):number>.xml")
@described(media_type=MIMETYPE, answers=NO_SUCH_PART)
def listings(number: int) -> Response:
    """A part of the sitemap that names the pages of listings, at most 50,000."""
    shop, here = ShopSitemap(MOST_ADDRESSES), addresses()

    def make() -> Response:
        first = shop.first_of(number)
        if first is None:
            abort(404, NO_SUCH_PART[404])
        return _xml(sitemap(_places(shop, first, here)))

    return answered(shop.state().key, here, make=make)


def _places(shop: ShopSitemap, first: int, here: Addresses) -> Iterator[Sequence[Place]]:
    for batch in shop.listings_from(first):
        yield [Place(here.listing(listing.listing_id), listing.changed_at) for listing in batch]


def _xml(pieces: Iterator[bytes]) -> Response:
    return Response(pieces, mimetype=MIMETYPE)
