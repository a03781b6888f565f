"""The page of one record, on both databases."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.web.pages import get, outline


def test_a_record_is_told_in_full(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.release(9, genres="Electronic, Pop", styles="House", country="UK")
    number = mirror.listing(
        release_id=9,
        artist="Björk",
        title="Debut",
        label="One Little Indian, One Little Indian",
        format="LP, Album",
        year=1993,
        price_minor=1850,
        comments="Small split.\nPlays well.",
        image_uri="https://i.discogs.com/cover.jpg",
    )
    answer = get(client, f"/listing/{number}")
    assert answer.status_code == 200
    for text in ("Björk", "Debut", "€18.50", "EUR", "Electronic, Pop", "House", "UK", "LP, Album", "1993"):
        assert text in answer.text, text
    assert "Lightly played and well cared for" in answer.text, "the grade in words"
    assert "Small split.\nPlays well." in answer.text
    page = outline(answer)
    assert page.having("a", **{"class": "button"})[0]["href"] == f"https://www.discogs.com/sell/item/{number}"
    assert page.having("img", data_cover="") == [
        {
            "src": "https://i.discogs.com/cover.jpg",
            "alt": "Cover of Debut by Björk",
            "width": "600",
            "height": "600",
            "referrerpolicy": "no-referrer",
            "decoding": "async",
            "data-cover": "",
        }
    ]


def test_nothing_known_is_nothing_invented(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(price_minor=None, price_currency=None, condition=None, sleeve_condition=None)
    text = get(client, f"/listing/{number}").text
    assert "Ask for the price" in text
    assert "None" not in text
    assert "0.00" not in text


@pytest.mark.parametrize(
    ("have", "want", "shown"),
    [
        (12, 1, "12 collectors have it, 1 wants it"),
        (0, 340, "0 collectors have it, 340 want it"),
        (1, None, "1 collector has it"),
        (None, 340, "340 collectors want it"),
    ],
)
def test_of_collectors_only_what_is_known_is_told(
    client: FlaskClient, mirror: MirrorBuilder, have: int | None, want: int | None, shown: str
) -> None:
    mirror.release(9, community_have=have, community_want=want)
    text = get(client, f"/listing/{mirror.listing(release_id=9)}").text
    assert f"<dt>On Discogs</dt><dd>{shown}</dd>" in text


@pytest.mark.parametrize(("currency", "minor", "shown"), [("JPY", 1850, "¥1,850"), ("USD", 123456, "$1,234.56")])
def test_prices_are_exact(client: FlaskClient, mirror: MirrorBuilder, currency: str, minor: int, shown: str) -> None:
    number = mirror.listing(price_minor=minor, price_currency=currency)
    assert f">{shown}<" in get(client, f"/listing/{number}").text


def test_what_else_there_is_comes_once(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(release_id=9, artist="Can", label="Spoon", title="This one")
    mirror.listing(release_id=9, artist="Can", label="Spoon", title="Another copy")
    mirror.listing(artist="Can", label="Spoon", title="Same artist")
    mirror.listing(artist="Neu!", label="Spoon", title="Same label")
    mirror.listing(artist="Neu!", label="Brain", title="Neither")
    mirror.listing(artist="Can", label="Spoon", title="Sold", removed="sold")
    page = outline(get(client, f"/listing/{number}"))
    found = [" ".join(text) for _, one, text in page.elements if one.get("class") == "card-release"]
    assert found == ["Another copy", "Same artist", "Same label"]


def test_various_artists_have_nothing_in_common(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="Various", label="Not On Label")
    mirror.listing(artist="Various", label="Not On Label")
    assert "More " not in get(client, f"/listing/{number}").text


def test_the_way_of_the_price_is_drawn_and_tabled(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(price_minor=1850)
    mirror.change(number, "add", public_kind="add")
    mirror.change(number, "update", public_kind="update", fields={"price_value": ["24.00", "18.50"]})
    answer = get(client, f"/listing/{number}")
    page = outline(answer)
    assert len(page.having("circle", **{"class": "dot"})) == 2
    assert '<td class="number">€24.00</td>' in answer.text
    unmoved = get(client, f"/listing/{mirror.listing()}").text
    assert "It never changed" in unmoved
    assert "chart-prices" not in unmoved


def test_one_that_is_gone_tells_when_and_why_and_what_is_left(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="Can", title="Tago Mago", removed="sold")
    mirror.listing(artist="Can", title="Future Days")
    answer = get(client, f"/listing/{number}")
    assert (answer.status_code, answer.mimetype) == (410, "text/html")
    for text in ("It was sold", "Tago Mago", "has not been for sale since", "2 March 2026", "Future Days"):
        assert text in answer.text, text
    assert "Buy on Discogs" not in answer.text


def test_a_draft_never_was(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(status="Draft", title="Secret")
    answer = get(client, f"/listing/{number}")
    assert answer.status_code == 404
    assert "Secret" not in answer.text


@pytest.mark.parametrize("listing_id", ["1", "0", "abc", "99999999999999999999", "%20", "1.5", "-1"])
def test_an_unknown_one_leads_to_the_search(client: FlaskClient, mirror: MirrorBuilder, listing_id: str) -> None:
    answer = get(client, f"/listing/{listing_id}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert outline(answer).having("form", role="search")


def test_a_page_of_nothing_is_never_the_same_as_before(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert "ETag" not in get(client, f"/listing/{mirror.listing(removed='sold')}").headers
    assert "ETag" not in get(client, "/listing/1").headers


def test_links_to_the_former_shop_window_lead_here(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, f"/detail/{mirror.listing()}")
    assert answer.status_code == 308
    assert client.get(answer.headers["Location"], headers={"Accept": "text/html"}).status_code == 200


def test_a_known_page_is_not_sent_again(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing()
    first = get(client, f"/listing/{number}")
    known = {"If-None-Match": first.headers["ETag"], "Accept": "text/html"}
    assert client.get(f"/listing/{number}", headers=known).status_code == 304
    mirror.listing()
    assert client.get(f"/listing/{number}", headers=known).status_code == 200
