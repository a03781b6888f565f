"""The catalogue of Discogs, asked through us."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.service_schemas import FoundReleaseSchema
from app.discogs.throttle import Throttle
from app.extensions import KEY, db
from app.services.shop_index import ShopIndexWriter
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, Fault, World
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock
from tests.shelf_builder import ShelfBuilder

Headers = dict[str, str]
SEARCH = "/api/discogs/search"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=3, listings=60, copies=5)) as fake:
        yield fake


@pytest.fixture
def fake(running: FakeDiscogs) -> FakeDiscogs:
    running.reset_audit()
    return running


@pytest.fixture
def settings(settings: Settings, fake: FakeDiscogs) -> Settings:
    return settings.replace(
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_seller_username=fake.world.seller.username,
        discogs_max_retries=0,
    )


def word(fake: FakeDiscogs) -> str:
    return next(iter(fake.world.catalogue().values())).artist.split()[0]


def test_what_is_found_costs_one_request(client: FlaskClient, fake: FakeDiscogs, admin: Headers) -> None:
    told = client.get(SEARCH, query_string={"q": word(fake), "limit": 3}, headers=admin).get_json()
    assert (told["query"], told["source"], told["skipped"]) == (word(fake), "discogs", 0)
    assert told["count"] == len(told["results"]) <= 3
    assert told["total"] >= told["count"] >= 1
    first = told["results"][0]
    assert {"id", "title", "artist", "year", "format", "thumb"} <= first.keys()
    assert first["uri"] == f"https://www.discogs.com/release/{first['id']}"
    (asked,) = fake.audit
    assert (asked.path, asked.query["type"], asked.query["per_page"]) == ("/database/search", "release", "3")


def test_nothing_is_found(client: FlaskClient, fake: FakeDiscogs, admin: Headers) -> None:
    told = client.get(f"{SEARCH}?q=zzzzqqqq", headers=admin).get_json()
    assert (told["results"], told["count"], told["total"]) == ([], 0, 0)


def test_it_is_for_the_admin(client: FlaskClient, fake: FakeDiscogs) -> None:
    assert client.get(f"{SEARCH}?q=x").status_code == 401
    assert list(fake.audit) == []


@pytest.mark.parametrize("asked", ["", "q=", "q=x&limit=0", "q=x&limit=101", f"q={'x' * 257}"])
def test_nonsense_is_refused_without_asking(client: FlaskClient, fake: FakeDiscogs, admin: Headers, asked: str) -> None:
    assert client.get(f"{SEARCH}?{asked}", headers=admin).status_code == 400
    assert list(fake.audit) == []


class TestWhileDiscogsIsAway:
    @pytest.fixture
    def away(self, app: Flask, clock: FakeClock) -> MirrorBuilder:
        """A shop and a collection of one owner; nobody answers at Discogs."""
        wired = app.extensions[KEY]
        wired.clock = clock
        wired.settings = wired.settings.replace(discogs_api_url="http://127.0.0.1:9")
        with app.app_context():
            mirror = MirrorBuilder(db.engine, ShopIndexWriter.of(wired.settings))
        mirror.release(7, genres="Rock, Folk, World, & Country", styles="Krautrock", country="Germany")
        mirror.listing(release_id=7, artist="Can", title="Tago Mago", label="United Artists", format="2xLP, Album")
        mirror.listing(release_id=7, artist="Can", title="Tago Mago")
        mirror.listing(release_id=8, artist="Can", title="Landed", removed="sold")
        shelf = ShelfBuilder(mirror, is_public=False)
        shelf.copy(release_id=7, artist="Can", title="Tago Mago")
        shelf.copy(release_id=9, artist="Can", title="Future Days", genres="Rock", notes={3: "canary"})
        return mirror

    def test_the_mirror_answers_in_the_same_form(
        self, away: MirrorBuilder, client: FlaskClient, admin: Headers
    ) -> None:
        told = client.get(f"{SEARCH}?q=CAN", headers=admin).get_json()
        assert (told["query"], told["source"], told["count"], told["total"]) == ("CAN", "local", 2, 2)
        assert told["reason"].startswith("net.")
        sold, collected = told["results"]
        assert (sold["id"], sold["format"], sold["genre"]) == (7, ["2xLP", "Album"], ["Rock", "Folk, World, & Country"])
        assert (sold["country"], sold["uri"]) == ("Germany", "https://www.discogs.com/release/7")
        assert (collected["id"], collected["title"], collected["genre"]) == (9, "Future Days", ["Rock"])
        assert sold.keys() == collected.keys() == set(FoundReleaseSchema().fields)
        assert "canary" not in str(told)

    @pytest.mark.parametrize(("asked", "count"), [("q=can&limit=1", 1), ("q=zzzz", 0), ("q=%21%21", 0)])
    def test_no_more_is_told_than_is_there_and_wanted(
        self, away: MirrorBuilder, client: FlaskClient, admin: Headers, asked: str, count: int
    ) -> None:
        told = client.get(f"{SEARCH}?{asked}", headers=admin).get_json()
        assert (told["source"], told["count"], len(told["results"])) == ("local", count, count)

    def test_a_question_of_too_many_words_is_refused(
        self, away: MirrorBuilder, client: FlaskClient, admin: Headers
    ) -> None:
        assert client.get(SEARCH, query_string={"q": "a " * 100}, headers=admin).status_code == 400

    def test_an_answer_that_is_no_data_is_none(self, client: FlaskClient, fake: FakeDiscogs, admin: Headers) -> None:
        fake.faults.add(Fault("status", path="/database/search", status=500))
        told = client.get(f"{SEARCH}?q=x", headers=admin).get_json()
        fake.faults.clear()
        assert (told["source"], told["reason"]) == ("local", "http.5xx")


class TestTrouble:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"discogs_token": Secret("revoked")}, (409, "auth")),
        ],
        ids=["revoked"],
    )
    def test_is_told_with_what_to_do(
        self, app: Flask, client: FlaskClient, admin: Headers, changes: dict[str, object], told: tuple[int, str]
    ) -> None:
        wired = app.extensions[KEY]
        wired.settings = wired.settings.replace(**changes)
        answer = client.get(f"{SEARCH}?q=x", headers=admin)
        assert answer.mimetype == "application/problem+json"
        assert (answer.status_code, answer.get_json()["reason"].partition(".")[0]) == told
        assert "revoked" not in answer.get_json()["detail"]

    def test_strangers_are_told_what_to_configure_where_discogs_refuses_them(
        self, app: Flask, client: FlaskClient, fake: FakeDiscogs, admin: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wired = app.extensions[KEY]
        wired.settings = wired.settings.replace(discogs_token=None)
        assert client.get(f"{SEARCH}?q=x", headers=admin).status_code == 200
        monkeypatch.setattr(fake.world.policy, "search_for_strangers", False)
        answer = client.get(f"{SEARCH}?q=x", headers=admin)
        assert (answer.status_code, "DISCOGS_TOKEN" in answer.get_json()["detail"]) == (409, True)

    def test_a_pace_that_lets_nobody_ask_is_told_at_once(
        self, app: Flask, client: FlaskClient, fake: FakeDiscogs, admin: Headers
    ) -> None:
        app.extensions[KEY].throttle = Throttle(1)
        assert client.get(f"{SEARCH}?q=x", headers=admin).status_code == 200
        answer = client.get(f"{SEARCH}?q=x", headers=admin)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert len(fake.audit) == 1
