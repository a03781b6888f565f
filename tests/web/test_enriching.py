"""The owner's page of enrichment: who is asked, how it goes, what failed, and the buttons of each item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.core.enrichment import Field, State
from app.models import EnrichmentProviderRow
from config import Secret, Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock
from tests.enrichment_builder import EnrichmentBuilder
from tests.login.conftest import SAME_ORIGIN
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import BROWSER, get, outline

HERE = "/admin/enrichment"
FORMS = (f"{HERE}/start", f"{HERE}/cancel", f"{HERE}/item")
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
FACE = "https://i.scdn.co/image/face"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(
        discogs_seller_username=SELLER,
        discogs_collection_username=SELLER,
        spotify_client_id="client",
        spotify_client_secret=Secret("secret"),
        spotify_daily_limit=500,
    )


@pytest.fixture
def owner(app: Flask, mirror: MirrorBuilder, clock: FakeClock) -> FlaskClient:
    """A browser in which the admin logged in, at a mirror with one album by Can."""
    clock.now = DAY
    ShelfBuilder(mirror).copy(release_id=9, artist="Can", title="Tago Mago")
    client = app.test_client()
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 303
    return client


@pytest.fixture
def known(mirror: MirrorBuilder) -> EnrichmentBuilder:
    return EnrichmentBuilder(mirror)


def press(client: FlaskClient, address: str, **form: str) -> tuple[int, str]:
    answer = client.post(address, data=form, headers=SAME_ORIGIN | BROWSER)
    return answer.status_code, answer.headers.get("Location", "")


def decide(client: FlaskClient, decision: str, field: str = "description", **form: str) -> int:
    kind, key = ("artist", "can") if field == "artist_image" else ("release", "9")
    return press(client, FORMS[2], kind=kind, key=key, field=field, decision=decision, **form)[0]


def shown(client: FlaskClient, field: str = "description") -> dict[str, Any]:
    kind = "artist/can" if field == "artist_image" else "release/9"
    told = client.get(f"/api/v1/enrichments/{kind}").get_json()["fields"]
    found: dict[str, Any] = next(one for one in told if one["field"] == field)
    return found


def test_it_is_closed_to_strangers_and_to_other_sites(client: FlaskClient, owner: FlaskClient) -> None:
    for address in (HERE, f"{HERE}/item?kind=release&key=9"):
        answer = get(client, address)
        assert (answer.status_code, "/admin?next=/admin/enrichment" in answer.text) == (401, True), address
    for address in FORMS:
        assert press(client, address)[0] == 401, address
        assert owner.post(address, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, address


def test_who_is_asked_and_who_is_not_and_why(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(owner, HERE)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "0 of 500 requests today" in answer.text
    assert "MUSICBRAINZ_ENABLED is not set" in answer.text
    assert "secret" not in answer.text
    common = {"provider": "spotify", "day": f"{DAY:%Y-%m-%d}", "problem": f"it hung up {SCRIPT}"}
    with mirror.engine.begin() as connection:
        values = {**common, "requests": 7, "failures": 5, "open_until": DAY + timedelta(hours=1)}
        connection.execute(insert(EnrichmentProviderRow).values(values))
    text = get(owner, HERE).text
    assert "Resting" in text
    assert "left alone until 2026-03-01 09:00 UTC: it hung up" in text
    assert "<script>alert" not in text


def test_a_used_up_day_is_said(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    values = {"provider": "spotify", "day": f"{DAY:%Y-%m-%d}", "requests": 500, "failures": 0}
    with mirror.engine.begin() as connection:
        connection.execute(insert(EnrichmentProviderRow).values(values))
    text = get(owner, HERE).text
    assert ("Used up for today" in text, "500 of 500 requests today" in text) == (True, True)


def test_a_batch_is_begun_followed_and_stopped(owner: FlaskClient) -> None:
    assert "No batch was begun yet." in get(owner, HERE).text
    assert press(owner, FORMS[0], limit="5", only_new="1") == (303, HERE)
    job = owner.get("/api/v1/services/ai/enrich-all/progress").get_json()["job"]
    assert job["parameters"] == {"limit": 5, "only": "new"}
    page = outline(answer := get(owner, HERE))
    assert page.having("progress")
    assert page.having("meta", http_equiv="refresh"), "without scripts the page looks again by itself"
    assert "0 asked for: 0 enriched, 0 nothing found, 0 errors" in answer.text
    again = owner.post(FORMS[0], headers=SAME_ORIGIN | BROWSER)
    assert (again.status_code, "Back to enrichment" in again.text) == (409, True)
    assert press(owner, FORMS[1]) == (303, HERE)
    page = outline(answer := get(owner, HERE))
    assert (page.having("progress"), "Stopped" in answer.text) == ([], True)
    assert press(owner, FORMS[1]) == (303, HERE), "there is nothing to stop any more"
    assert get(owner, f"{HERE}?page=x").status_code == 400
    for limit in ("x", "-1", "0", "9" * 12):
        assert press(owner, FORMS[0], limit=limit)[0] == 400, limit


def test_the_batch_is_told_as_events(owner: FlaskClient) -> None:
    answer = owner.get("/api/v1/services/ai/enrich-all/events")
    assert (answer.mimetype, "event: end" in answer.text) == ("text/event-stream", True)


def test_failures_are_told_with_reason_and_time(owner: FlaskClient, known: EnrichmentBuilder) -> None:
    failed = {"state": State.FAILED, "attempts": 3, "again_at": DAY + timedelta(hours=2)}
    known.release(9, Field.SPOTIFY_URL, "spotify", None, problem=f"503 {SCRIPT}", **failed)
    known.artist("can", Field.ARTIST_IMAGE, "spotify", None, problem="too long", **failed)
    text = get(owner, HERE).text
    for told in ("2 failures", "Can – Tago Mago", "503 ", "(3 times)", "1 March 2026, 10:00 UTC", "too long"):
        assert told in text, told
    assert "<script>alert" not in text
    assert outline(get(owner, HERE)).having("a", href=f"{HERE}/item?kind=artist&key=can#artist_image")
    told = owner.get("/api/v1/enrichments/failures?limit=1&page=2").get_json()
    assert (told["total"], len(told["items"])) == (2, 1)


def test_what_is_missing_is_counted_and_linked(owner: FlaskClient, known: EnrichmentBuilder) -> None:
    known.release(9, Field.DESCRIPTION, "ai", {"text": "Good."}, model="m")
    page = outline(get(owner, HERE))
    assert page.having("a", href="/collection?missing=cover")
    assert not page.having("a", href="/collection?missing=description")


def test_a_text_is_edited_hidden_pinned_and_all_of_it_undone(owner: FlaskClient, known: EnrichmentBuilder) -> None:
    known.release(9, Field.DESCRIPTION, "ai", {"text": "Written by rote."}, model="model-7")
    address = f"{HERE}/item?kind=release&key=9"
    for told in ("Can – Tago Mago", "Written by rote.", "written by a machine (model-7)"):
        assert told in get(owner, address).text, told
    which = {"kind": "release", "key": "9", "field": "description"}
    assert press(owner, FORMS[2], **which, decision="edit", value="I was\r\nthere.") == (303, f"{address}#description")
    assert shown(owner)["shown"]["value"] == {"text": "I was\nthere."}
    assert decide(owner, "unedit") == 303
    assert shown(owner)["shown"]["value"] == {"text": "Written by rote."}
    assert decide(owner, "pin") == 303
    assert decide(owner, "hide") == 303
    assert (shown(owner)["is_pinned"], shown(owner)["is_hidden"], shown(owner)["shown"]) == (True, True, None)
    text = get(owner, address).text
    assert ("Unpin" in text, "Show again" in text, "Visitors see nothing of it." in text) == (True, True, True)
    assert decide(owner, "unpin") == 303
    assert decide(owner, "unhide") == 303
    assert (shown(owner)["is_pinned"], shown(owner)["is_hidden"]) == (False, False)
    assert decide(owner, "again") == 303
    assert shown(owner)["answers"][0]["state"] == "wanted"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", SCRIPT),
        ("description", " "),
        ("spotify_url", "javascript:alert(1)"),
        ("spotify_url", "http://127.0.0.1/"),
        ("cover", "javascript:alert(1)"),
        ("cover", "https://evil.example/a.png"),
        ("artist_image", f"https://i.scdn.co/{SCRIPT}"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_typed_once_only(owner: FlaskClient, field: str, value: str) -> None:
    kind, key = ("artist", "can") if field == "artist_image" else ("release", "9")
    form = {"kind": kind, "key": key, "field": field, "decision": "edit", "value": value}
    answer = owner.post(FORMS[2], data=form, headers=SAME_ORIGIN | BROWSER)
    assert (answer.status_code, "This cannot be shown" in answer.text) == (400, True)
    assert "<script>alert" not in answer.text
    assert not shown(owner, field)["own_value"]


def test_a_picture_that_pages_can_load_is_taken(owner: FlaskClient) -> None:
    assert decide(owner, "edit", "artist_image", value=FACE) == 303
    assert outline(get(owner, f"{HERE}/item?kind=artist&key=Can")).having("img", src=FACE)


def test_what_is_not_there(owner: FlaskClient) -> None:
    for question in ("kind=release&key=8", "kind=release&key=x", "kind=artist&key=Nobody", "kind=label&key=9", ""):
        assert get(owner, f"{HERE}/item?{question}").status_code == 404, question
    assert decide(owner, "explode") == 400
    assert decide(owner, "hide", "price") == 404
    assert press(owner, FORMS[2], kind="release", key="8", field="cover", decision="hide")[0] == 404


def test_its_cost(owner: FlaskClient, known: EnrichmentBuilder, counted: Callable[[], Any]) -> None:
    for number in range(60):
        known.release(100 + number, Field.SPOTIFY_URL, "spotify", None, state=State.FAILED, problem="503")
    frame = [
        "whose session",
        "the same for whose collection",
        "state and sellers",
        "the newest sync",
        "the newest that saw everything",
        "whether the collection is open",
    ]
    here = ["failures", "how many", "their names", "providers", "the queue", "the newest batch", "the batches before"]
    missing = ["what the owner may see", "what is known", "of which copies"]
    with counted() as statements:
        assert get(owner, HERE).status_code == 200
    assert len(statements) == len([*frame, *here, *missing]), "\n".join(statements)
