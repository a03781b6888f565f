"""The history of one listing as visitors may read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.errors import ListingNotFound
from app.services.listing_history import MOST_CHANGES, ListingHistory
from tests.builders import DAY, MirrorBuilder
from tests.shelf_builder import ShelfBuilder

AT = (DAY + timedelta(hours=2)).isoformat()


def history(client: FlaskClient, number: int) -> Any:
    return client.get(f"/api/data/{number}/history").get_json()


def test_changes_and_prices_the_oldest_first(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(price_minor=2000)
    seqs = [
        mirror.change(number, "add", public_kind="add"),
        mirror.change(number, "update", public_kind="update", fields={"price_value": ["18.50", "20.00"]}),
    ]
    assert history(client, number) == {
        "listing_id": str(number),
        "changes": [
            {"seq": seqs[0], "at": AT, "kind": "add", "listing_id": str(number), "fields": {}},
            {
                "seq": seqs[1],
                "at": AT,
                "kind": "update",
                "listing_id": str(number),
                "fields": {"price_value": [18.5, 20.0]},
            },
        ],
        "prices": [
            {"at": AT, "price": 18.5, "currency": "EUR"},
            {"at": AT, "price": 20.0, "currency": "EUR"},
        ],
    }


def test_a_listing_without_a_log_has_its_present_price(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing()
    assert history(client, number)["prices"] == [{"at": DAY.isoformat(), "price": 18.5, "currency": "EUR"}]


def test_a_removed_listing_keeps_its_history(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(removed="sold")
    mirror.change(number, "add", public_kind="add")
    mirror.change(number, "remove", public_kind="remove", fields={"removed_reason": [None, "sold"]})
    assert client.get(f"/api/data/{number}").status_code == 410
    told = history(client, number)
    assert [change["kind"] for change in told["changes"]] == ["add", "remove"]
    assert told["changes"][1]["fields"] == {"removed_reason": [None, "sold"]}
    assert len(told["prices"]) == 1


def test_private_fields_and_what_nobody_saw_stay_inside(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(location="canary", price_minor=2000)
    mirror.change(number, "add", public_kind=None)
    mirror.change(
        number, "update", public_kind=None, fields={"price_value": ["11.11", "20.00"], "location": ["canary", "b"]}
    )
    mirror.change(
        number, "update", public_kind="add", fields={"status": ["Draft", "For Sale"], "location": ["canary", "c"]}
    )
    mirror.change(
        number,
        "update",
        public_kind="update",
        fields={name: ["canary", "d"] for name in ("location", "external_id", "weight", "quantity", "format_quantity")}
        | {"comments": ["a", "b"]},
    )
    text = client.get(f"/api/data/{number}/history").get_data(as_text=True)
    assert "canary" not in text
    assert "11.11" not in text
    told = history(client, number)
    assert [change["fields"] for change in told["changes"]] == [{}, {"comments": ["a", "b"]}]
    assert [point["price"] for point in told["prices"]] == [20.0]


def test_a_copy_of_the_same_number_has_no_part_in_it(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing()
    shelf = ShelfBuilder(mirror)
    told = {"notes.3": ["", 'a note of "price_value"']}
    mirror.change(number, "update", public_kind=None, fields=told, source_id=shelf.source_id)
    found = history(client, number)
    assert (found["changes"], [point["at"] for point in found["prices"]]) == ([], [DAY.isoformat()])


def test_what_was_never_shown_does_not_exist(client: FlaskClient, mirror: MirrorBuilder) -> None:
    draft = mirror.listing(status="Draft")
    mirror.change(draft, "add", public_kind=None)
    removed_draft = mirror.listing(status="Draft", removed="deleted")
    hidden = mirror.listing(source_id=mirror.seller("not_confirmed_yet", is_active=False))
    for path in (draft, removed_draft, hidden, 9_999_999, "x", "01", "-1", 2**63, "9" * 300):
        answer = client.get(f"/api/data/{path}/history")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_not_modified_before_a_listing_is_read(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    number = mirror.listing()
    path = f"/api/data/{number}/history"
    tag = client.get(path).headers["ETag"]
    with counted() as statements:
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert len(statements) == 1
    mirror.listing()
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("removed", [None, "sold"])
def test_statements_do_not_grow_with_the_history(
    app: Flask, mirror: MirrorBuilder, counted: Callable[[], Any], removed: str | None
) -> None:
    number = mirror.listing(removed=removed)
    mirror.change(number, "add", public_kind="add")
    for _ in range(20):
        mirror.change(number, "update", public_kind="update", fields={"price_value": ["1.00", "2.00"]})
    with app.app_context():
        for ask in (ListingHistory().of, ListingHistory().prices, ListingHistory().changes):
            with counted() as statements:
                ask(number)
            # The listing, the state of the shop, its log; for one that is gone also when it was last seen.
            assert len(statements) == (4 if removed else 3)


def test_a_long_history_is_cut_at_its_beginning(
    app: Flask, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.listing_history.MOST_CHANGES", 3)
    number = mirror.listing(price_minor=900)
    mirror.change(number, "add", public_kind="add")
    for price in range(5, 9):
        mirror.change(
            number, "update", public_kind="update", fields={"price_value": [f"{price}.00", f"{price + 1}.00"]}
        )
    with app.app_context():
        told = ListingHistory().of(number)
    assert MOST_CHANGES == 2000
    assert len(told["changes"]) == 3
    assert [str(point["price"]) for point in told["prices"]] == ["7.00", "8.00", "9.00"]


def test_the_service_speaks_of_unknown_listings(app: Flask, mirror: MirrorBuilder) -> None:
    with app.app_context(), pytest.raises(ListingNotFound):
        ListingHistory().prices(404)
