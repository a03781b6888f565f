"""The inventory export, from the POST to its rows."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
import responses

from app.core.outcomes import Reason
from app.discogs import export_job
from app.discogs.export_job import rows_of
from app.errors import DiscogsAPIError, DiscogsConnectionError, DiscogsResponseError
from tests.discogs.conftest import API, FakeTime, MakeClient

EXPORT = f"{API}/inventory/export"
HEADER = (
    "listing_id,artist,title,label,catno,format,release_id,status,price,listed,comments,media_condition,"
    "sleeve_condition,accept_offer,external_id,weight,format_quantity,location,quantity\r\n"
)
ROW = (
    '4330635001,The Examples,Example Days,Sample Records,SR 001,"LP, Album, RE",987001,For Sale,18.5,'
    '2026-03-02 05:11:09,"Light hairlines,\r\nside ""B"".",Very Good Plus (VG+),Not Graded,Y,A-0017,230,1,Box 4,1\r\n'
)
CSV = (HEADER + ROW).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def listed(*exports: dict[str, object]) -> str:
    pagination = {"page": 1, "pages": 1, "per_page": 100, "items": len(exports), "urls": {}}
    return json.dumps({"pagination": pagination, "items": exports})


@pytest.fixture
def discogs() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def expect(
    discogs: responses.RequestsMock, *, states: list[str], content: bytes = CSV, content_type: str = "text/csv"
) -> None:
    """An export number 7 that goes through these states."""
    discogs.get(EXPORT, body=listed({"id": 5, "status": "success"}), content_type="application/json")
    discogs.post(EXPORT, json={}, headers={"Location": f"{EXPORT}/7"})
    for state in states:
        discogs.get(f"{EXPORT}/7", json={"id": 7, "status": state})
    discogs.get(f"{EXPORT}/7/download", body=content, content_type=content_type)


def posts(discogs: responses.RequestsMock) -> int:
    return sum(call.request.method == "POST" for call in discogs.calls)


def test_an_export_is_started_awaited_and_read(
    make_client: MakeClient, time: FakeTime, discogs: responses.RequestsMock
):
    expect(discogs, states=["pending", "processing", "somehow_new", "", "pending", "success"])
    rows = list(make_client().export_inventory())
    assert [row["listing_id"] for row in rows] == ["4330635001"]
    assert rows[0]["comments"] == 'Light hairlines,\r\nside "B".'
    assert time.waits == [5, 10, 20, 30, 30]
    assert posts(discogs) == 1


def test_an_export_that_takes_too_long_is_given_up(
    make_client: MakeClient, time: FakeTime, discogs: responses.RequestsMock
):
    expect(discogs, states=["pending"])
    with pytest.raises(DiscogsConnectionError) as failure:
        list(make_client().export_inventory())
    assert failure.value.reason is Reason.NET_DEADLINE
    assert sum(time.waits) <= 15 * 60


@pytest.mark.parametrize("state", ["failed", "error", "Failed"])
def test_an_export_that_fails_is_a_failure(make_client: MakeClient, discogs: responses.RequestsMock, state: str):
    expect(discogs, states=["pending", state])
    with pytest.raises(DiscogsResponseError) as failure:
        list(make_client().export_inventory())
    assert failure.value.reason is Reason.HTTP_5XX


def test_starting_is_never_repeated(make_client: MakeClient, discogs: responses.RequestsMock):
    discogs.get(EXPORT, body=listed(), content_type="application/json")
    discogs.post(EXPORT, status=503)
    with pytest.raises(DiscogsAPIError):
        list(make_client(max_retries=4).export_inventory())
    assert posts(discogs) == 1


def test_an_export_that_runs_already_is_used(make_client: MakeClient, discogs: responses.RequestsMock):
    running = listed({"id": 9, "status": "success"}, {"id": 7, "status": "pending"}, {"id": 5, "status": "failed"})
    discogs.get(EXPORT, body=running, content_type="application/json")
    discogs.post(EXPORT, status=409, json={"message": "An export is running."})
    discogs.get(f"{EXPORT}/7", json={"id": 7, "status": "success"})
    discogs.get(f"{EXPORT}/7/download", body=CSV, content_type="text/csv")
    assert len(list(make_client().export_inventory())) == 1


def test_without_a_location_the_new_one_in_the_list_is_ours(make_client: MakeClient, discogs: responses.RequestsMock):
    old = {"id": 9, "status": "success"}
    discogs.get(EXPORT, body=listed(old), content_type="application/json")
    discogs.get(EXPORT, body=listed({"id": 11, "status": "pending"}, old), content_type="application/json")
    discogs.post(EXPORT, json={})
    discogs.get(f"{EXPORT}/11", json={"id": 11, "status": "success"})
    discogs.get(f"{EXPORT}/11/download", body=CSV, content_type="text/csv")
    assert len(list(make_client().export_inventory())) == 1


def test_without_a_location_and_without_a_new_one_nothing_was_started(
    make_client: MakeClient, discogs: responses.RequestsMock
):
    discogs.get(EXPORT, body=listed({"id": 9, "status": "success"}), content_type="application/json")
    discogs.post(EXPORT, json={})
    with pytest.raises(DiscogsResponseError) as failure:
        list(make_client().export_inventory())
    assert failure.value.reason is Reason.SCHEMA_ENVELOPE


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (b"<html>wait</html>", "text/html", Reason.BODY_HTML),
        (b"", "text/csv", Reason.BODY_BAD_ENCODING),
        (b"{}", "application/json", Reason.BODY_BAD_ENCODING),
    ],
)
def test_a_download_that_is_no_file_is_refused(
    make_client: MakeClient, discogs: responses.RequestsMock, content: bytes, content_type: str, reason: Reason
):
    expect(discogs, states=["success"], content=content, content_type=content_type)
    with pytest.raises(DiscogsResponseError) as failure:
        list(make_client().export_inventory())
    assert failure.value.reason is reason


def test_a_download_from_elsewhere_is_refused(make_client: MakeClient, discogs: responses.RequestsMock):
    expect(discogs, states=["success"])
    discogs.replace(
        responses.GET, f"{EXPORT}/7/download", status=302, headers={"Location": "https://cdn.example/file.csv"}
    )
    with pytest.raises(DiscogsResponseError) as failure:
        list(make_client().export_inventory())
    assert failure.value.reason is Reason.HTTP_REDIRECT


READABLE = {
    "plain": CSV,
    "with a byte order mark": b"\xef\xbb\xbf" + CSV,
    "zipped": zipped(("shop-inventory.csv", CSV)),
    "zipped beside something else": zipped(("README.txt", b"hello"), ("shop-inventory.CSV", CSV)),
    "with a new column": CSV.replace(b"quantity\r\n", b"quantity,colour\r\n", 1).replace(b"4,1\r\n", b"4,1,red\r\n"),
}


@pytest.mark.parametrize("name", READABLE)
def test_a_file_is_read_by_its_column_names(name: str):
    row = next(rows_of(READABLE[name]))
    assert (row["listing_id"], row["price"], row["status"]) == ("4330635001", "18.5", "For Sale")


def test_an_empty_shop_is_a_header_and_nothing_else():
    assert list(rows_of(HEADER.encode())) == []


UNREADABLE = {
    "no listing_id": (CSV.replace(b"listing_id", b"id", 1), Reason.SCHEMA_ENVELOPE),
    "no price": (CSV.replace(b",price", b",cost", 1), Reason.SCHEMA_ENVELOPE),
    "no status": (CSV.replace(b",status", b",state", 1), Reason.SCHEMA_ENVELOPE),
    "a column twice": (CSV.replace(b",artist", b",title", 1), Reason.SCHEMA_ENVELOPE),
    "nothing": (b"", Reason.SCHEMA_ENVELOPE),
    "cut in a row": (CSV[:-60], Reason.BODY_TRUNCATED),
    "cut in a quoted text": (CSV[: CSV.index(b"hairlines")], Reason.SCHEMA_ENVELOPE),
    "latin-1": (CSV.replace(b"Example", "Bj\u00f6rk".encode("latin-1"), 1), Reason.BODY_BAD_ENCODING),
    "an empty ZIP": (zipped(("a.txt", b"")), Reason.BODY_BAD_ENCODING),
    "two tables": (zipped(("a.csv", CSV), ("b.csv", CSV)), Reason.BODY_BAD_ENCODING),
    "half a ZIP": (zipped(("a.csv", CSV))[:-40], Reason.BODY_TRUNCATED),
    "a ZIP with wrong data": (zipped(("a.csv", CSV)).replace(b"\x00\x00a.csv", b"\x00\x00a.csv\xff", 1), None),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_trusted_is_refused(name: str):
    content, reason = UNREADABLE[name]
    with pytest.raises(DiscogsResponseError) as failure:
        list(rows_of(content, url_path="/inventory/export/7/download"))
    assert reason is None or failure.value.reason is reason
    assert failure.value.url_path == "/inventory/export/7/download"


def test_a_zip_bomb_does_not_go_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export_job, "MOST_CSV_BYTES", 100_000)
    content = zipped(("a.csv", CSV + ROW.encode() * 5000))
    with pytest.raises(DiscogsResponseError) as failure:
        list(rows_of(content))
    assert failure.value.reason is Reason.BODY_TOO_LARGE
