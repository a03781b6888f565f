"""The whole shop from a file."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import KEY
from app.formats.packing import Packer
from app.services import publishing
from app.services.publishing import publish
from app.services.shop_files import FOLDER
from config import Settings
from tests.builders import MirrorBuilder


@pytest.fixture
def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions[KEY].settings
    return settings


def sent(client: FlaskClient, **headers: str) -> TestResponse:
    """An answer that was read to its end, with its file closed."""
    with client.get("/api/data", headers=headers) as response:
        response.get_data()
        return response


def published(app: Flask, settings: Settings) -> list[Path]:
    with app.app_context():
        assert publish(settings)
    return sorted((settings.instance_path / FOLDER).iterdir())


def test_the_file_is_what_the_database_would_answer(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listings(3, artist="Björk")
    streamed = client.get("/api/data")
    files = published(app, settings_of)
    assert [path.suffix for path in files] == [".facets", ".json", ".gzip", ".lines", ".zstd"]
    plain = sent(client)
    assert plain.data == streamed.data
    assert plain.headers["ETag"] == streamed.headers["ETag"]
    assert plain.headers["X-Total-Count"] == "3"
    assert plain.content_type == "application/json"
    packed = sent(client, **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.data == files[2].read_bytes()
    assert gzip.decompress(packed.data) == streamed.data
    denser = sent(client, **{"Accept-Encoding": "gzip, zstd"})
    assert denser.headers["Content-Encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompressobj().decompress(denser.data) == streamed.data
    assert client.get("/api/data", headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    assert not {"Content-Disposition", "Last-Modified"} & set(plain.headers.keys()), "nobody asked about our own file"


def test_the_file_really_is_what_is_sent(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listing(title="Debut")
    path = published(app, settings_of)[1]
    other = path.read_bytes().replace(b"Debut", b"Other")
    path.write_bytes(other)
    assert sent(client).data == other


def test_half_a_file_is_not_sent_and_made_anew(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listings(3)
    path = published(app, settings_of)[1]
    whole = sent(client).data
    for damage in (whole[:-5], b"", whole + b"x"):
        path.write_bytes(damage)
        assert sent(client).data == whole
        published(app, settings_of)
        assert path.read_bytes() == whole


def test_a_file_of_another_making_is_not_sent(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listing()
    published(app, settings_of)
    app.extensions[KEY].settings = replace(settings_of, discogs_web_url="https://elsewhere.example")
    [told] = sent(client).get_json()
    assert [told] == client.get("/api/search?limit=5").get_json()
    assert "elsewhere.example" in str(told)


def test_who_is_late_takes_no_newer_files_away(
    app: Flask, mirror: MirrorBuilder, settings_of: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.listing()
    newer: list[Path] = []
    write = publishing.write_together

    def slowly(pieces: Iterable[bytes], files: Mapping[Path, Packer | None]) -> None:
        write(pieces, files)
        monkeypatch.setattr(publishing, "write_together", write)
        mirror.listing()
        newer.extend(published(app, settings_of))

    monkeypatch.setattr(publishing, "write_together", slowly)
    published(app, settings_of)
    assert len(newer) == 5
    assert all(path.is_file() for path in newer)


def test_what_a_killed_process_left_goes_when_nobody_can_be_writing_it(
    app: Flask, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listing()
    folder = settings_of.instance_path / FOLDER
    folder.mkdir(parents=True)
    left, beside = folder / "draft-abc", folder / "draft-def"
    left.write_text("half")
    beside.write_text("half")
    os.utime(left, (1, 1))
    published(app, settings_of)
    assert (left.exists(), beside.exists()) == (False, True)


def test_a_newer_state_has_its_own_file_and_the_older_goes(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listing()
    before = published(app, settings_of)
    mirror.listing()
    assert len(sent(client).get_json()) == 2
    after = published(app, settings_of)
    assert not set(before) & set(after)
    assert len(after) == len(before)
    assert len(sent(client).get_json()) == 2


def test_no_room_for_files_costs_nobody_anything(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, settings_of: Settings
) -> None:
    mirror.listing()
    settings_of.instance_path.mkdir(parents=True, exist_ok=True)
    (settings_of.instance_path / FOLDER).write_text("in the way")
    with app.app_context():
        assert not publish(settings_of)
    assert len(client.get("/api/data").get_json()) == 1


def test_nothing_half_written_is_left(
    app: Flask, mirror: MirrorBuilder, settings_of: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.listing()

    def full(_source: str, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.services.shop_files.os.replace", full)
    with app.app_context():
        assert not publish(settings_of)
    assert list((settings_of.instance_path / FOLDER).iterdir()) == []


def test_a_name_is_only_given_to_what_has_reached_the_disk(
    app: Flask, mirror: MirrorBuilder, settings_of: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.listings(3)
    reached: dict[int, int] = {}  # inode → size
    monkeypatch.setattr(
        "app.services.shop_files.os.fsync",
        lambda number: reached.update({os.stat(number).st_ino: os.stat(number).st_size}),
    )
    files = published(app, settings_of)
    assert {path.stat().st_ino: path.stat().st_size for path in files} == reached
