"""The life of an export job."""

import io
import zipfile
from pathlib import Path

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.snapshots import COLUMNS
from tests.fake_discogs.conftest import Person


def started(owner: Person) -> str:
    """The path of a new job."""
    return owner.post("/inventory/export").headers["Location"].removeprefix(owner.fake.url)


def finished(owner: Person) -> str:
    path = started(owner)
    while owner.get(path).json()["status"] != "success":
        pass
    return path


def test_the_id_is_in_the_location_only(owner: Person) -> None:
    answer = owner.post("/inventory/export")
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["Location"].startswith(f"{owner.fake.url}/inventory/export/")


def test_two_polls_find_it_pending(owner: Person) -> None:
    path = started(owner)
    assert [owner.get(path).json()["status"] for _ in range(4)] == ["pending", "pending", "success", "success"]


def test_one_job_at_a_time(owner: Person) -> None:
    path = started(owner)
    assert owner.post("/inventory/export").status_code == 409
    assert owner.get(f"{path}/download").status_code == 404
    while owner.get(path).json()["status"] == "pending":
        pass
    assert owner.post("/inventory/export").status_code == 200


def test_times_are_pacific_and_say_so_nowhere(owner: Person, world: World) -> None:
    job = owner.get(finished(owner)).json()
    assert job["created_ts"] == "2026-08-31T05:00:00"
    assert job["finished_ts"] == "2026-08-31T05:00:01"
    assert job["filename"] == f"{world.seller.username}-inventory-20260831-0500.csv"


def test_the_list_names_every_job(owner: Person) -> None:
    paths = [finished(owner) for _ in range(4)]
    answer = owner.get("/inventory/export").json()
    assert {item["url"].removeprefix(owner.fake.url) for item in answer["items"]} == set(paths)
    assert answer["pagination"]["items"] == 4


def test_a_download_holds_the_shop_of_the_moment_it_was_asked_for(owner: Person, world: World, tmp_path: Path) -> None:
    known = world.ids()
    path = started(owner)
    world.delete(known[0])
    while owner.get(path).json()["status"] == "pending":
        pass
    answer = owner.get(f"{path}/download")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.content.startswith(",".join(COLUMNS).encode() + b"\r\n")
    (tmp_path / "export.csv").write_bytes(answer.content)
    assert World.from_export_csv(tmp_path / "export.csv", seller="x", currency="EUR").ids() == known


def test_comments_are_plain_in_the_export(owner: Person, world: World) -> None:
    world.add(comments="Plays -> fine & loud")
    assert b"Plays -> fine & loud" in owner.get(f"{finished(owner)}/download").content


def test_long_formats_and_labels_are_cut(world: World) -> None:
    number = world.add(format="LP, Album, " * 10, catalog_number="C" * 80, label="L" * 300)
    line = next(line for line in world.to_export_csv().decode().splitlines() if line.startswith(str(number)))
    assert f'"{("LP, Album, " * 10)[:50]}"' in line
    assert "C" * 50 in line
    assert "C" * 51 not in line
    assert "L" * 256 not in line


def test_a_zip_holds_the_csv(owner: Person, fake: FakeDiscogs) -> None:
    fake.exports.as_zip = True
    answer = owner.get(f"{finished(owner)}/download")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [name.endswith(".csv") for name in archive.namelist()] == [True]
        assert archive.read(archive.namelist()[0]).startswith(b"listing_id,artist")


def test_jobs_can_be_made_to_misbehave(owner: Person, fake: FakeDiscogs) -> None:
    fake.exports.omit_location = True
    fake.exports.pending_word = "brewing"
    fake.exports.final_word = "failed"
    fake.exports.polls_until_done = 1
    assert "Location" not in owner.post("/inventory/export").headers
    number = owner.get("/inventory/export").json()["items"][0]["id"]
    assert [owner.get(f"/inventory/export/{number}").json()["status"] for _ in range(2)] == ["brewing", "failed"]
    assert owner.get(f"/inventory/export/{number}/download").status_code == 404


def test_a_byte_order_mark_on_request(owner: Person, fake: FakeDiscogs) -> None:
    fake.exports.with_bom = True
    assert owner.get(f"{finished(owner)}/download").content.startswith(b"\xef\xbb\xbflisting_id")


def test_an_empty_shop_exports_its_header() -> None:
    assert World.generate(seed=1, listings=0, copies=0).to_export_csv() == ",".join(COLUMNS).encode() + b"\r\n"


def test_exports_are_the_owner_s(stranger: Person, other_user: Person, owner: Person) -> None:
    assert stranger.get("/inventory/export").status_code == 401
    assert stranger.post("/inventory/export").status_code == 401
    assert other_user.post("/inventory/export").status_code == 403
    assert owner.get("/inventory/export/1").status_code == 404
