"""What the shop is made of, counted."""

from __future__ import annotations

from urllib.parse import unquote

from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.search.test_facets_and_filters import PARAMETERS


def counts(answer: dict[str, list[dict[str, object]]], field: str) -> dict[object, object]:
    return {item["value"]: item["count"] for item in answer[field]}


def test_facets_count_what_answers_the_same_filters(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(release_id=1, artist="Miles Davis", label="Columbia", format="2xLP, Album", year=1959)
    mirror.listing(release_id=1, artist="Miles Davis", label="Columbia, Columbia", format="CD, Album", year=1997)
    mirror.listing(release_id=2, artist="Björk", label="One Little Indian", format='12"', year=1993)
    mirror.release(1, genres="Jazz, Folk, World, & Country", styles="Modal", country="US")
    answer = client.get("/api/facets?artist=miles").get_json()
    assert answer["total"] == 2
    assert counts(answer, "artists") == {"Miles Davis": 2}
    assert counts(answer, "labels") == {"Columbia": 2}
    assert counts(answer, "formats") == {"Album": 2, "LP": 1, "Vinyl": 1, "CD": 1}
    assert counts(answer, "genres") == {"Jazz": 2, "Folk, World, & Country": 2}
    assert counts(answer, "countries") == {"US": 2}
    assert [item["value"] for item in answer["years"]] == [1997, 1959]


def test_prices_are_told_per_currency_and_exactly(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for minor, currency in ((1850, "EUR"), (999, "EUR"), (1200, "JPY"), (None, None)):
        mirror.listing(price_minor=minor, price_currency=currency)
    assert client.get("/api/facets").get_json()["prices"] == [
        {"currency": "EUR", "count": 2, "min": 9.99, "max": 18.5},
        {"currency": "JPY", "count": 1, "min": 1200, "max": 1200},
    ]


def test_every_value_told_can_be_asked_for(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(
        release_id=1, artist="!!!", label="Warp", format='LP, Album + CD, 12", Ltd', year=2007, condition="Mint (M)"
    )
    mirror.release(1, genres="Rock, Folk, World, & Country", styles="Disco-Punk", country="UK & Europe")
    answer = client.get("/api/facets").get_json()
    for field, name in PARAMETERS.items():
        assert answer[field], field
        for value in counts(answer, field):
            found = client.get("/api/search", query_string={name: value})
            assert len(found.get_json()) == 1, (name, value)


def test_what_was_meant_is_counted_where_nothing_answers(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.write([{"artist": "Beatles", "format": form} for form in ("LP", "CD")], [])
    answer = client.get("/api/facets?q=beatels&limit=1")
    assert answer.get_json() == client.get("/api/facets?q=beatles").get_json()
    assert answer.headers["X-Did-You-Mean"] == "beatles"
    assert answer.get_json()["total"] == 2
    for known in ("/api/facets?q=beatles", "/api/facets?q=zzzzzz", "/api/facets"):
        assert "X-Did-You-Mean" not in client.get(known).headers


def test_words_of_any_alphabet_are_told_in_a_header(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Beatles", title="音楽 100%")
    for path in ("/api/facets", "/api/search"):
        told = client.get(path, query_string={"q": "音楽 beatels"}).headers["X-Did-You-Mean"]
        assert told == "%E9%9F%B3%E6%A5%BD beatles"
        assert unquote(told) == "音楽 beatles"


def test_paging_does_not_narrow_what_is_counted(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for _ in range(3):
        mirror.listing()
    assert client.get("/api/facets?limit=1&page=2").get_json()["total"] == 3


def test_of_each_field_the_most_frequent_values_are_told(client: FlaskClient, mirror: MirrorBuilder) -> None:
    names = [f"Artist {number:03}" for number in range(201)]
    mirror.write([{"artist": name} for name in [*names, names[-1]]], [])
    facets = client.get("/api/facets").get_json()
    assert (facets["total"], len(facets["artists"])) == (202, 200)
    assert facets["artists"][0] == {"value": names[-1], "count": 2}
    assert names[-2] not in {artist["value"] for artist in facets["artists"]}
