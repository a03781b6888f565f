"""Everything from Discogs is hostile text: it is shown, never obeyed."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get, outline

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{% raw %}"
TEXTS = ("artist", "title", "label", "format", "catalog_number", "comments", "ships_from")


def hostile(mirror: MirrorBuilder, **more: object) -> int:
    mirror.release(77, genres=f"genre {SCRIPT}", styles=f"style {SCRIPT}", country=f"country {SCRIPT}")
    texts = {name: f"{name} {SCRIPT}" for name in TEXTS}
    conditions = {"condition": f"media {SCRIPT}", "sleeve_condition": f"sleeve {SCRIPT}"}
    return mirror.listing(release_id=77, price_currency="<b>", **texts, **conditions, **more)


def test_no_field_breaks_out_of_its_place(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = hostile(mirror)
    mirror.listing(release_id=78, artist=f"artist {SCRIPT}")
    mirror.listing(release_id=77, label=f"label {SCRIPT}")
    gone = mirror.listing(artist=f"artist {SCRIPT}", title=SCRIPT, removed="sold")
    for address in ("/", "/stats", f"/listing/{number}", f"/listing/{gone}"):
        answer = get(client, address)
        assert "<script>alert" not in answer.text, address
        assert "<img src=x" not in answer.text, address
        assert "<b>" not in answer.text, address
        assert "49" not in answer.text.split("<main", 1)[1].split("alert")[0], address
        scripts = [found for tag, found, _ in outline(answer).elements if tag == "script" and "src" in found]
        assert all(one["src"].startswith("/assets/") for one in scripts), address
        assert not [found for _, found, _ in outline(answer).elements if any(key.startswith("on") for key in found)]


def test_no_field_of_a_copy_breaks_out_of_its_place(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]
) -> None:
    shelf = ShelfBuilder(mirror, is_public=True)
    shelf.folders({9: f"folder {SCRIPT}"})
    shelf.fields({9: f"field {SCRIPT}"})
    texts = {name: f"{name} {SCRIPT}" for name in ("artist", "title", "label", "format", "catalog_number")}
    album = shelf.copy(**texts, genres=f"genre {SCRIPT}", styles=SCRIPT, folder_id=9, notes={9: f"note {SCRIPT}"})
    for address in ("/collection", "/collection?view=table", "/collection/stats", f"/collection/{album}"):
        for headers in ({}, admin):
            answer = client.get(address, headers={"Accept": "text/html", **headers})
            assert answer.status_code == 200, address
            assert "<script>alert" not in answer.text, address
            assert "<img src=x" not in answer.text, address


def test_what_was_asked_of_a_collection_is_shown_and_not_obeyed(client: FlaskClient, mirror: MirrorBuilder) -> None:
    ShelfBuilder(mirror).copy()
    for name in ("q", "artist", "genre", "page", "sort", "view", "folder", "rating", "owner", "active"):
        answer = client.get("/collection", query_string={name: SCRIPT}, headers={"Accept": "text/html"})
        assert answer.status_code in {200, 400}
        assert "<script>alert" not in answer.text, name
        assert "<img src=x" not in answer.text, name


def test_what_was_asked_is_shown_and_not_obeyed(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can")
    for name in ("q", "artist", "label", "genre", "page", "sort", "price_min", "currency", "seller"):
        answer = client.get("/", query_string={name: SCRIPT}, headers={"Accept": "text/html"})
        assert answer.status_code in {200, 400}
        assert "<script>alert" not in answer.text, name
        assert "<img src=x" not in answer.text, name


def test_undecodable_addresses_are_answered(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Can")
    for address in ("/?q=%ff%fe", "/?q=%00", "/?artist=%ed%a0%80", "/?q=" + "a" * 300, "/?q=" + "a+" * 120):
        assert get(client, address).status_code in {200, 400}, address
