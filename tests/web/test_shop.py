"""The grid of covers, on both databases."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from app.core.query import MOST_RANKED
from tests.builders import MirrorBuilder
from tests.web.pages import get, outline


def titles(client: FlaskClient, address: str) -> list[str]:
    return [
        " ".join(text)
        for _, found, text in outline(get(client, address)).elements
        if found.get("class") == "card-release"
    ]


def test_an_empty_shop_says_so(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "The crates are empty" in answer.text


def test_a_shop_that_nobody_set_up_has_nothing_that_could_be_old(client: FlaskClient) -> None:
    answer = get(client, "/")
    assert answer.status_code == 200
    assert "No shop is mirrored here yet" in answer.text
    assert "out of date" not in answer.text


def test_of_several_sellers_each_record_names_its_own(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(title="One")
    assert "· example_seller" not in get(client, "/").text
    other = mirror.seller("other_seller")
    mirror.listing(title="Two", source_id=other, format="LP")
    answer = get(client, "/")
    assert "LP · other_seller" in answer.text
    assert "<title>example_seller &amp; other_seller</title>" in answer.text
    assert len(titles(client, "/?seller=other_seller")) == 1


def test_the_newest_come_first_48_a_page(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for number in range(50):
        mirror.listing(title=f"Record {number:02}")
    first, second = titles(client, "/"), titles(client, "/?page=2")
    assert first + second == [f"Record {number:02}" for number in reversed(range(50))]
    assert len(first) == 48


def test_a_page_has_its_own_most(client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data answer of any length is sent while it is read; a page is made in one piece."""
    monkeypatch.setattr("app.web.shop.MOST_PER_PAGE", 60)
    mirror.listings(70)
    assert len(titles(client, f"/?limit={10**20}")) == 60
    assert len(titles(client, f"/?limit={10**20}&page=2")) == 10


def test_words_and_filters_narrow(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Björk", title="Debut", format="LP, Album")
    mirror.listing(artist="Björk", title="Post", format="CD, Album")
    mirror.listing(artist="Can", title="Tago Mago", format="2xLP")
    assert titles(client, "/?q=bjork") == ["Post", "Debut"]
    assert titles(client, "/?q=bjork&format=vinyl") == ["Debut"]
    assert titles(client, "/?sort=artist&format=vinyl") == ["Debut", "Tago Mago"]


def test_a_filter_in_use_can_be_taken_away(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can", title="Tago Mago", format="2xLP", year=1971)
    page = outline(get(client, "/?q=can&format=vinyl&year=1971&page=1"))
    chips = [parse_qs(urlsplit(one["href"]).query) for one in page.having("a", **{"class": "chip"})]
    assert chips == [{"q": ["can"], "year": ["1971"]}, {"q": ["can"], "format": ["vinyl"]}]
    hidden = {one["name"]: one["value"] for one in page.having("input", type="hidden")}
    assert hidden == {"q": "can", "format": "vinyl", "year": "1971"}, "a form keeps what it does not ask for"


def test_facets_lead_to_what_they_count(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can", format="2xLP")
    mirror.listing(artist="Neu!", format="LP")
    mirror.listing(artist="Björk", format="CD")
    links = [one["href"] for one in outline(get(client, "/")).having("a", **{"class": "facet"})]
    assert "/?format=Vinyl" in links
    assert "/?artist=Neu%21" in links
    for link in links:
        assert titles(client, link), link


def test_a_slip_is_understood(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="The Beatles", title="Help!")
    answer = get(client, "/?q=beatels")
    if mirror.has_index:
        assert "Did you mean" in answer.text
        assert 'href="/?q=beatles"' in answer.text
        assert titles(client, "/?q=beatels") == ["Help!"]


def test_what_was_meant_can_be_read_in_every_alphabet(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="The Beatles", title="음악 音楽")
    assert "Did you mean <a href=" in (text := get(client, "/?q=음악 音楽 beatels").text)
    assert ">음악 音楽 beatles</a>?" in text


def test_every_link_of_a_corrected_page_leads_on_from_what_it_shows(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.write(
        [{"artist": "The Beatles", "format": form, "year": 1960 + at} for at, form in enumerate(["LP", "CD"])], []
    )
    page = outline(get(client, "/?q=beatels&limit=1"))
    links = [one["href"] for tag in ("a", "link") for one in page.having(tag) if "q=" in one.get("href", "")]
    assert {urlsplit(link).path for link in links} == {
        "/",
        "/export/listings.csv",
        "/api/search",
        "/feeds/new.atom",
        "/feeds/price-drops.atom",
    }
    assert all(parse_qs(urlsplit(link).query)["q"] == ["beatles"] for link in links), links
    assert {one["value"] for one in page.having("input", type="hidden", name="q")} == {"beatles"}
    assert page.having("input", id="q")[0]["value"] == "beatels", "what was typed can be mended"
    rows = client.get("/export/listings.csv?q=beatles").text.splitlines()
    assert len(rows) == 3, "the header and both records"
    assert len(client.get("/export/listings.csv?q=beatels").text.splitlines()) == 1, "by hand it stays literal"


@pytest.mark.parametrize(
    ("artists", "more", "note"),
    [(40, "33 more", False), (41, "33 more", True), (230, "33 more", True), (7, None, False)],
)
def test_more_values_are_promised_than_shown_nowhere(
    client: FlaskClient, mirror: MirrorBuilder, artists: int, more: str | None, note: bool
) -> None:
    mirror.write([{"artist": f"Artist {number}"} for number in range(artists)], [])
    answer = get(client, "/")
    said = [" ".join(text) for tag, _, text in outline(answer).elements if tag == "summary"]
    assert [text for text in said if text.endswith("more")] == ([more] if more else [])
    assert answer.text.count('data-focus="artist-') == min(artists, 40)
    assert ("These are the 40 most frequent." in answer.text) is note


def test_it_is_said_when_there_are_too_many_to_be_ranked(client: FlaskClient, mirror: MirrorBuilder) -> None:
    note = "So many records match that the newest come first."
    best = mirror.listing(artist="Can", title="Can")
    mirror.listings(MOST_RANKED - 1, artist="Can", title="Future Days")
    assert note not in (ranked := get(client, "/?q=can").text)
    if mirror.has_index:
        assert f"/listing/{best}" in ranked
    newest = mirror.listing(artist="Canned Heat", title="Boogie")
    assert note in (page := get(client, "/?q=can").text)
    assert f"/listing/{newest}" in page
    assert f"/listing/{best}" not in page
    for ordered in ("/?q=can&sort=newest", "/?sort=relevance"):
        assert note not in get(client, ordered).text


def test_what_finds_nothing_offers_a_way_out(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can")
    answer = get(client, "/?q=zzzzzz")
    assert "No records for “zzzzzz”" in answer.text
    assert outline(answer).having("a", **{"class": "button"}) == [{"class": "button", "href": "/"}]


def test_a_page_past_the_end_leads_to_the_last(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(100)
    assert 'href="/?page=3">Go to the last page' in get(client, "/?page=9").text


def test_a_bad_parameter_is_named(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/?page=x&price_min=cheap&q=can")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "<strong>Page</strong> must be a whole number" in answer.text
    assert "<strong>Lowest price</strong> must be an amount" in answer.text
    assert outline(answer).having("input", id="q")[0]["value"] == "can"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "name"), [("/", "price_min"), ("/", "year_max"), ("/collection", "year_min")], ids=str
)
def test_what_was_typed_can_be_corrected(client: FlaskClient, mirror: MirrorBuilder, address: str, name: str) -> None:
    page = outline(get(client, f"{address}?{name}=cheap&year=x&q=can&format=LP&page=2"))
    field = page.having("input", id=name)[0]
    assert (field["value"], field["aria-invalid"]) == ("cheap", "true")
    assert page.having("li", id=field["aria-describedby"]), "what is wrong with it"
    hidden = {(one["name"], one["value"]) for one in page.having("input", type="hidden")}
    assert hidden == {("format", "LP"), ("q", "can")}, "what is wrong is not sent again"
    assert not [one for one in page.having("input") if "aria-invalid" in one and one["id"] != name]


def test_a_known_page_is_not_sent_again(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing()
    first = get(client, "/")
    known = {"If-None-Match": first.headers["ETag"], "Accept": "text/html"}
    assert client.get("/", headers=known).status_code == 304
    assert client.get("/?q=can", headers=known).status_code == 200
    mirror.listing()
    assert client.get("/", headers=known).status_code == 200
