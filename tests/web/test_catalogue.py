"""What a record's page tells from the catalogue, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.formats.packed_json import pack
from app.models import ReleaseBody
from tests.builders import DAY, MirrorBuilder
from tests.web.pages import get, outline

SCRIPT = "\"'><script>alert(1)</script>{{7*7}}"
BODY: dict[str, Any] = {
    "id": 9,
    "title": "Tago Mago",
    "artists": [{"name": "Can", "anv": "", "join": "", "id": 1}],
    "genres": ["Rock", "Folk, World, & Country"],
    "tracklist": [
        {"position": "", "type_": "heading", "title": "First side", "duration": ""},
        {"position": "A1", "type_": "track", "title": "Paperhouse", "duration": "7:29"},
        {"position": "B1", "type_": "track", "title": SCRIPT, "duration": SCRIPT},
    ],
    "extraartists": [{"name": "Jaki Liebezeit", "anv": "", "role": "Drums", "tracks": "", "id": 2}],
    "videos": [
        {"uri": "https://www.youtube.com/watch?v=x", "title": SCRIPT, "duration": 449},
        {"uri": "javascript:alert(1)", "title": "no", "duration": 1},
    ],
}


@pytest.fixture
def keep(mirror: MirrorBuilder) -> Any:
    """Keep a body of release 9."""

    def kept(body: dict[str, Any] | None, status: str = "known") -> None:
        told = {"body": pack(body), "fetched_at": DAY} if body is not None else {"body": None, "fetched_at": None}
        with mirror.engine.begin() as connection:
            connection.execute(insert(ReleaseBody).values(release_id=9, status=status, tried_at=DAY, **told))

    return kept


def test_tracks_credits_and_videos_are_told(client: FlaskClient, mirror: MirrorBuilder, keep: Any) -> None:
    keep(BODY)
    mirror.release(9, genres="Rock, Folk, World, & Country")
    answer = get(client, f"/listing/{mirror.listing(release_id=9)}")
    for text in ("First side", "Paperhouse", "7:29", "Jaki Liebezeit", "Drums", "1 March 2026"):
        assert text in answer.text, text
    assert [one["href"] for one in outline(answer).having("a", rel="noopener nofollow")] == [
        "https://www.youtube.com/watch?v=x"
    ]
    assert "<script>alert" not in answer.text
    assert 'href="/?genre=Folk,+World,+%26+Country">Folk, World, &amp; Country</a>' in answer.text
    assert "{{7*7}}" in answer.text


def test_more_pictures_are_linked_where_covers_may_come_from(
    client: FlaskClient, mirror: MirrorBuilder, keep: Any
) -> None:
    cover, back = "https://i.discogs.com/a/front.jpeg", "https://i.discogs.com/b/back.jpeg"
    images = [
        {"uri": cover, "uri150": cover, "width": 600, "height": 600, "type": "primary"},
        {"uri": back, "uri150": "https://i.discogs.com/b/small.jpeg", "width": 600, "height": 600, "type": "secondary"},
        {"uri": "https://elsewhere.example/x.jpeg"},
    ]
    keep(BODY | {"images": images})
    page = outline(get(client, f"/listing/{mirror.listing(release_id=9, image_uri=cover)}"))
    assert next(one["href"] for one in page.having("a", rel="noopener nofollow")) == back
    shown = [one["src"] for one in page.having("img", alt="Picture 1 of Untitled")]
    assert shown == ["https://i.discogs.com/b/small.jpeg"]
    assert not [one for one in page.having("img") if "elsewhere" in one["src"]]


@pytest.mark.parametrize(("body", "status"), [(None, "failed"), ({"id": 9}, "unreadable"), ({"id": "x"}, "known")])
def test_without_a_readable_entry_the_page_is_as_ever(
    client: FlaskClient, mirror: MirrorBuilder, keep: Any, body: dict[str, Any] | None, status: str
) -> None:
    keep(body, status)
    answer = get(client, f"/listing/{mirror.listing(release_id=9)}")
    assert answer.status_code == 200
    assert "From the catalogue" not in answer.text
