"""Collections as JSON: what is told, to whom, and what is kept from everybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.models import Account, Source
from app.services import accounts
from app.services.web_sessions import WebSessions
from config import Settings
from tests.api.conftest import Statements
from tests.builders import MirrorBuilder
from tests.core.test_releases import body as release_body
from tests.hostile import TEXTS, stored
from tests.shelf_builder import ShelfBuilder

ALBUMS = "/api/v1/collection/albums"
PATHS = [ALBUMS, *(f"/api/v1/collection/{name}" for name in ("artists", "folders", "facets", "stats"))]
SECRET = "canary-of-the-owner"
PRIVATE = {"folder", "folder_id", "notes", "listings"}


@pytest.fixture
def shelf(mirror: MirrorBuilder) -> ShelfBuilder:
    """The collection of the shop's own account, empty, which strangers may see."""
    return ShelfBuilder(mirror)


@pytest.fixture
def log_in(app: Flask) -> Callable[[ShelfBuilder], FlaskClient]:
    """The browser of an account that is logged in."""

    def browser(shelf: ShelfBuilder) -> FlaskClient:
        with app.app_context():
            key = WebSessions.here().open(shelf.account_id)
        client = app.test_client()
        client.set_cookie("waxmirror_session", key)
        return client

    return browser


def page(client: FlaskClient, query: str = "", **headers: str) -> dict[str, Any]:
    answer = client.get(f"{ALBUMS}?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def ids(client: FlaskClient, query: str = "") -> list[str]:
    return [item["id"] for item in page(client, query)["items"]]


def test_nothing_mirrored_is_an_empty_page(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert page(client) == {"items": [], "total": 0, "active": 0, "page": 1, "page_size": 50, "pages": 0}


def test_pages_lead_through_everything_once(client: FlaskClient, shelf: ShelfBuilder) -> None:
    made = shelf.copies([{}] * 7)
    pages = [page(client, f"page={number}&page_size=3") for number in (1, 2, 3, 4)]
    assert [len(each["items"]) for each in pages] == [3, 3, 1, 0]
    assert {(each["total"], each["pages"]) for each in pages} == {(7, 3)}
    assert [item["id"] for each in pages for item in each["items"]] == made[::-1], "the last added first"


def test_several_copies_of_a_release_stay_several(client: FlaskClient, shelf: ShelfBuilder) -> None:
    made = shelf.copies([{"release_id": 5}] * 3)
    assert sorted(ids(client)) == sorted(made)
    assert {item["release_id"] for item in page(client)["items"]} == {"5"}


def test_the_total_never_falls(client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]) -> None:
    live = shelf.copies([{}] * 3)
    gone = shelf.copies([{}] * 2, removed=True)
    found = page(client)
    assert (found["total"], found["active"], found["pages"]) == (5, 3, 1)
    assert sorted(ids(client)) == sorted(live)
    assert page(client, "active=true")["total"] == 3
    answer = client.get(f"{ALBUMS}?active=false", headers=admin).get_json()
    assert (sorted(item["id"] for item in answer["items"]), answer["total"]) == (sorted(gone), 2)
    assert {item["active"] for item in answer["items"]} == {False}
    assert client.get(f"{ALBUMS}?active=false").status_code == 401


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("q=davis+miles", "a"),
        ("q=BLUE+sou", "b"),
        ("artist=davis", "a"),
        ("label=atlantic", "b"),
        ("genre=jazz", "ab"),
        ("genre=folk%2C+world%2C+%26+country", "c"),
        ("style=modal", "a"),
        ("format=vinyl", "ac"),
        ("country=japan", "b"),
        ("year=1959", "a"),
        ("year_min=1959&year_max=1965", "ab"),
        ("rating=5", "a"),
        ("rating=0", "c"),
        ("owner=EXAMPLE_seller", "abc"),
        ("owner=nobody", ""),
        ("folder=0", "abc"),
        ("artist=davis&genre=rock", ""),
    ],
)
def test_questions_are_asked_as_in_the_shop(
    client: FlaskClient, shelf: ShelfBuilder, question: str, found: str
) -> None:
    a, b, c = shelf.copies(
        [
            {"format": "LP, Album", "year": 1959, "genres": "Jazz", "styles": "Modal", "rating": 5},
            {
                "artist": "John Coltrane",
                "title": "Blue Soul",
                "label": "Atlantic",
                "year": 1965,
                "genres": "Jazz, Blues",
                "release_id": 77,
                "rating": 4,
            },
            {"artist": "Björk", "title": "Début", "format": '12"', "genres": "Folk, World, & Country"},
        ]
    )
    shelf.copy(removed=True, format="LP", year=1959, genres="Jazz", styles="Modal", rating=5, release_id=77)
    shelf.mirror.release(77, country="Japan")
    names = {a: "a", b: "b", c: "c"}
    answer = page(client, question)
    assert sorted(names[item["id"]] for item in answer["items"]) == sorted(found)
    assert answer["active"] == len(found)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", "cba"),
        ("oldest", "abc"),
        ("artist", "bca"),
        ("-artist", "acb"),
        ("title", "acb"),
        ("year", "cab"),
        ("-year", "acb"),
        ("rating", "abc"),
        ("-rating", "bac"),
    ],
)
def test_every_order_puts_the_unknown_last(client: FlaskClient, shelf: ShelfBuilder, sort: str, order: str) -> None:
    made = shelf.copies(
        [
            {"artist": "Zappa", "title": "A", "year": 1990, "rating": 1},
            {"artist": "Älgarnas", "title": "z", "year": None, "rating": 2},
            {"artist": "Beatles", "title": "b", "year": 1960, "rating": None},
        ]
    )
    names = dict(zip(made, "abc", strict=True))
    assert "".join(names[number] for number in ids(client, f"sort={sort}")) == order


@pytest.mark.parametrize(
    "question", ["page=0", "page_size=0", "page=x", "rating=6", "sort=price", "active=maybe", "folder=-1"]
)
def test_what_cannot_be_asked_is_named(client: FlaskClient, shelf: ShelfBuilder, question: str) -> None:
    answer = client.get(f"{ALBUMS}?{question}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert list(answer.get_json()["errors"]) == [question.partition("=")[0]]


def test_an_endless_page_is_cut(client: FlaskClient, shelf: ShelfBuilder) -> None:
    assert page(client, "page_size=999999999999")["page_size"] == 1000


def test_the_owners_own_business_is_told_to_nobody_else(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    shelf.folders({9: f"{SECRET} folder"})
    shelf.fields({9: f"{SECRET} field"})
    number = shelf.copy(folder_id=9, notes={9: f"{SECRET} note", 3: "gift"}, release_id=5)
    shelf.mirror.listing(release_id=5)
    shelf.mirror.body(5, release_body())
    for path in [*PATHS, f"{ALBUMS}/{number}"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
        assert client.get(path, headers=admin).status_code == 200
    assert not PRIVATE & set(page(client)["items"][0])
    item = client.get(f"{ALBUMS}/{number}", headers=admin).get_json()
    assert item["folder"] == f"{SECRET} folder"
    assert item["notes"] == [
        {"field_id": 3, "name": "Notes", "value": "gift"},
        {"field_id": 9, "name": f"{SECRET} field", "value": f"{SECRET} note"},
    ]
    assert [offer["price_value"] for offer in item["listings"]] == [18.5]
    assert client.get(f"{ALBUMS}?folder=9").status_code == 401
    assert client.get(f"{ALBUMS}?folder=9", headers=admin).get_json()["active"] == 1


@pytest.mark.parametrize(
    ("visibility", "configured", "shown_there", "status"),
    [
        ("auto", True, True, 200),
        ("auto", True, False, 401),
        ("auto", True, None, 401),
        ("public", True, False, 200),
        ("public", False, False, 401),
        ("public", False, True, 200),
        ("private", True, True, 401),
    ],
)
def test_strangers_see_what_is_public_here(
    make_app: Callable[[Settings], Flask],
    shelf: ShelfBuilder,
    settings: Settings,
    visibility: str,
    *,
    configured: bool,
    shown_there: bool | None,
    status: int,
) -> None:
    shelf.shown(is_public=shown_there)
    number = shelf.copy()
    named = shelf.owner if configured else "somebody_else"
    here = make_app(settings.replace(collection_visibility=visibility, discogs_collection_username=named)).test_client()
    for path in [*PATHS, f"{ALBUMS}/{number}"]:
        answer = here.get(path)
        assert answer.status_code == status, path
        if status == 401:
            assert answer.mimetype == "application/problem+json"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_collection_that_turns_private_is_private_at_once(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    shelf.copy()
    tag = client.get(ALBUMS).headers["ETag"]
    shelf.shown(is_public=False)
    assert client.get(ALBUMS, headers={"If-None-Match": tag}).status_code == 401
    assert client.get(ALBUMS, headers=admin).status_code == 200


@pytest.mark.parametrize("why", ["no credential", "refused"])
def test_what_nobody_asks_discogs_about_any_more_is_private(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str], why: str
) -> None:
    shelf.copy()
    assert client.get(ALBUMS).status_code == 200
    with shelf.mirror.engine.begin() as connection:
        if why == "refused":
            connection.execute(update(Source).where(Source.id == shelf.source_id).values(paused_reason="auth.invalid"))
        else:
            connection.execute(update(Account).where(Account.id == shelf.account_id).values(sealed_token=None))
    assert client.get(ALBUMS).status_code == 401
    assert client.get(ALBUMS, headers=admin).status_code == 200


def test_the_configured_collection_is_asked_about_without_a_credential_of_its_own(
    make_app: Callable[[Settings], Flask], shelf: ShelfBuilder, settings: Settings
) -> None:
    with shelf.mirror.engine.begin() as connection:
        connection.execute(update(Account).where(Account.id == shelf.account_id).values(sealed_token=None))
    here = make_app(settings.replace(discogs_collection_username=shelf.owner)).test_client()
    assert here.get(ALBUMS).status_code == 200


def test_a_removed_account_leaves_nothing_open(app: Flask, client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copy()
    with app.app_context():
        accounts.remove(shelf.owner)
    with shelf.mirror.engine.connect() as connection:
        assert connection.scalar(select(Source.is_public).where(Source.id == shelf.source_id)) is None
    assert client.get(ALBUMS).status_code == 401


def test_each_account_sees_its_own_and_what_is_public(
    client: FlaskClient, shelf: ShelfBuilder, log_in: Callable[[ShelfBuilder], FlaskClient], admin: dict[str, str]
) -> None:
    other = ShelfBuilder(shelf.mirror, "visitor", is_public=True)
    public = shelf.copy(notes={3: "of the shop"})
    own = other.copy(notes={3: "of the visitor"}, release_id=9)
    assert ids(client) == [public], "whoever logs in is mirrored for themselves"
    assert [item["id"] for item in client.get(ALBUMS, headers=admin).get_json()["items"]] == [public]
    items = {item["id"]: item for item in page(log_in(other))["items"]}
    assert set(items) == {public, own}
    assert items[own]["notes"][0]["value"] == "of the visitor"
    assert "notes" not in items[public]
    assert ids(log_in(other), "owner=visitor&folder=1") == [own]
    assert ids(log_in(other), "folder=1") == [own], "in which folder the shop's copies lie is the shop's business"
    shelf.shown(is_public=False)
    assert ids(log_in(other)) == [own]
    assert {folder["owner"] for folder in log_in(other).get("/api/v1/collection/folders").get_json()} == {"visitor"}


def test_one_album_with_its_release(client: FlaskClient, shelf: ShelfBuilder) -> None:
    number = shelf.copy(release_id=501, rating=4, cover_image="https://i.discogs.com/a.jpeg", genres="Jazz")
    assert client.get(f"{ALBUMS}/{number}").get_json()["release"] is None
    shelf.mirror.body(501, release_body())
    album = client.get(f"{ALBUMS}/{number}").get_json()
    assert album["images"] == [
        {
            "type": "primary",
            "uri": "https://i.discogs.com/a.jpeg",
            "uri150": "https://i.discogs.com/a.jpeg",
            "source": "discogs",
        }
    ]
    assert (album["id"], album["rating"], album["genres"]) == (number, 4, ["Jazz"])
    assert album["release"]["tracklist"]
    assert album["date_added"].endswith("-08:00")


@pytest.mark.parametrize("album_id", ["1", "0", "-1", "x", "9" * 30, "%00", "1.0", "²"])
def test_unknown_albums_are_not_there(client: FlaskClient, shelf: ShelfBuilder, album_id: str) -> None:
    shelf.copy()
    assert client.get(f"{ALBUMS}/{album_id}").status_code == 404


def test_an_album_that_left_is_gone_for_all_but_its_owner(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    number = shelf.copy(removed=True)
    answer = client.get(f"{ALBUMS}/{number}")
    assert (answer.status_code, answer.get_json()["removed_at"]) == (410, "2026-03-02T08:00:00+00:00")
    assert client.get(f"{ALBUMS}/{number}", headers=admin).get_json()["active"] is False


def test_artists_are_told_once_with_their_number(client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copies([{"release_id": 1}, {"release_id": 1}, {"artist": "Abba"}, {"artist": None}])
    shelf.copy(artist="Gone", removed=True)
    found = client.get("/api/v1/collection/artists").get_json()
    assert [(each["name"], each["images"], each["albums"], each["releases"]) for each in found] == [
        ("Abba", [], 1, 1),
        ("Miles Davis", [], 2, 1),
    ]
    assert [each["name"] for each in client.get("/api/v1/collection/artists?q=abb").get_json()] == ["Abba"]


def test_folders_are_counted_and_named_to_their_owner(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    shelf.copies([{"folder_id": 7}, {"folder_id": 7}, {"folder_id": 1}])
    everything = {"id": 0, "name": "All", "count": 3, "owner": "example_seller"}
    assert client.get("/api/v1/collection/folders").get_json() == [everything]
    found = client.get("/api/v1/collection/folders", headers=admin).get_json()
    assert found[0] == everything
    assert [(each["id"], each["name"], each["count"]) for each in found[1:]] == [
        (7, "Jazz", 2),
        (8, "Jazz", 0),
        (1, "Uncategorized", 1),
    ]


def test_the_collection_in_numbers(client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]) -> None:
    shelf.copies(
        [
            {"genres": "Rock, Jazz", "year": 1971, "format": "2xLP", "rating": 5, "release_id": 1},
            {"genres": "Jazz", "year": 1979, "format": "LP", "rating": 5, "release_id": 1, "added_at": None},
            {"artist": "Abba"},
        ]
    )
    shelf.copy(removed=True, genres="Pop")
    ShelfBuilder(shelf.mirror, is_public=False, kind="wantlist").want(3)
    found = client.get("/api/v1/collection/stats").get_json()
    numbers = [found[name] for name in ("total_albums", "have", "want", "total_artists", "total_releases")]
    assert numbers == [4, 3, None, 2, 2]
    bars = {name: [(bar["label"], bar["count"]) for bar in found[name]] for name in found if "by_" in name}
    assert bars == {
        "by_genre": [("Jazz", 2), ("Rock", 1), ("Unknown", 1)],
        "by_style": [("Unknown", 3)],
        "by_decade": [("1970s", 2), ("Unknown", 1)],
        "by_format": [("LP", 2), ("Unknown", 1)],
        "by_rating": [("5", 2), ("Unknown", 1)],
        "added_by_month": [("2026-03", 2), ("Unknown", 1)],
    }
    assert client.get("/api/v1/collection/stats", headers=admin).get_json()["want"] == 1


def test_facets_count_what_can_be_asked_for(client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copies([{"genres": "Jazz", "year": 1959}, {"genres": "Jazz"}, {"genres": "Rock"}])
    found = client.get("/api/v1/collection/facets?genre=jazz").get_json()
    assert (found["total"], found["genres"], found["years"], found["prices"]) == (
        2,
        [{"value": "Jazz", "count": 2}],
        [{"value": 1959, "count": 1}],
        [],
    )


@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_is_told_in_one_word(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str], path: str
) -> None:
    shelf.copy()
    first, own = client.get(path), client.get(path, headers=admin)
    assert (first.headers["Cache-Control"], own.headers["Cache-Control"]) == ("no-cache", "private, no-cache")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in own.headers
    assert {"Authorization", "Cookie"} <= set(first.vary)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"], **admin}).status_code == 200
    shelf.copy(artist="Abba", genres="Pop")
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_folder_with_another_name_is_another_answer(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    shelf.copy(folder_id=20)
    tag = client.get(ALBUMS, headers=admin).headers["ETag"]
    shelf.folders({20: "New"})
    assert client.get(ALBUMS, headers={"If-None-Match": tag, **admin}).status_code == 200


def test_every_hostile_text_comes_back_as_it_went_in(
    client: FlaskClient, shelf: ShelfBuilder, admin: dict[str, str]
) -> None:
    texts = [stored(text) for text in TEXTS.values()]
    made = shelf.copies(
        [
            {**dict.fromkeys(("title", "artist", "label", "catalog_number", "format"), text), "notes": {3: text}}
            for text in texts
        ]
    )
    items = client.get(f"{ALBUMS}?page_size=100&sort=oldest", headers=admin).get_json()["items"]
    assert [item["id"] for item in items] == made
    for item, text in zip(items, texts, strict=True):
        assert {item[name] for name in ("title", "artist", "label", "catalog_number", "format")} == {text}
        assert [note["value"] for note in item["notes"]] == [text]
    for number, text in zip(made, texts, strict=True):
        if len(text) <= 256:
            answer = client.get(ALBUMS, query_string={"q": text, "page_size": 100})
            assert number in [item["id"] for item in answer.get_json()["items"]], text


def test_statements_do_not_grow_with_the_collection(
    client: FlaskClient, shelf: ShelfBuilder, counted: Callable[[], Any], admin: dict[str, str]
) -> None:
    def cost(path: str, headers: dict[str, str]) -> int:
        statements: Statements
        with counted() as statements:
            client.get(path, headers=headers).get_data()
        return len(statements)

    paths = [*PATHS, f"{ALBUMS}?genre=jazz"]
    shelf.copies([{"genres": "Jazz"}] * 2)
    few = [(cost(path, {}), cost(path, admin)) for path in paths]
    shelf.copies([{"genres": "Jazz"}] * 120)
    assert [(cost(path, {}), cost(path, admin)) for path in paths] == few
    assert few[0] == (4, 7)
