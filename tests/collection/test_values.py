"""What a collection is worth is asked once a day, with its owner's credential, and kept."""

from __future__ import annotations

import threading

import pytest

from app.core.collection_value import CollectionValue, parse_value
from app.extensions import db, wiring
from app.models.transactions import read_transaction
from app.services.collection_values import ValueThen, keep_values, values_of
from config import Secret
from scripts.fake_discogs import Fault
from tests.collection.conftest import ShelfMirror, change_settings


def kept(mirror: ShelfMirror) -> list[ValueThen]:
    with read_transaction(db.engine) as connection:
        return values_of(connection, mirror.source().id)


def test_once_a_day(mirrored: ShelfMirror) -> None:
    mirrored.fake.reset_audit()
    assert keep_values(threading.Event()) == 1
    assert mirrored.asked() == ["/oauth/identity", "/collection/value"]
    [then] = kept(mirrored)
    assert then == ValueThen(mirrored.clock(), CollectionValue("EUR", 230 * 410, 230 * 1137, 230 * 2680))
    assert keep_values(threading.Event()) == 0
    mirrored.clock.advance(hours=24)
    mirrored.world.remove_copy(mirrored.world.copy_ids()[0])
    assert keep_values(threading.Event()) == 1
    assert [each.value.median for each in kept(mirrored)] == [230 * 1137, 229 * 1137]


def test_a_stranger_is_not_told_and_asks_nothing(mirrored: ShelfMirror) -> None:
    change_settings(discogs_token=None)
    mirrored.fake.reset_audit()
    assert keep_values(threading.Event()) == 0
    assert mirrored.asked() == []


def test_somebody_elses_credential_does_not_ask_for_it(mirrored: ShelfMirror) -> None:
    number = mirrored.world.add_account("somebody_else")
    change_settings(discogs_token=Secret(mirrored.world.accounts[number].token))
    mirrored.fake.reset_audit()
    assert keep_values(threading.Event()) == 0
    assert mirrored.asked() == ["/oauth/identity"]
    assert kept(mirrored) == []


def test_no_answer_waits_for_the_next_day(mirrored: ShelfMirror) -> None:
    mirrored.fake.faults.add(Fault("status", path="*/collection/value", status=500))
    assert keep_values(threading.Event()) == 0
    mirrored.fake.reset_audit()
    assert keep_values(threading.Event()) == 0
    assert mirrored.asked() == []


def test_without_a_credential_nothing_is_noted(mirrored: ShelfMirror) -> None:
    token, mirrored_before = wiring().settings.discogs_token, mirrored.clock()
    change_settings(discogs_token=None)
    assert keep_values(threading.Event()) == 0
    change_settings(discogs_token=token)
    assert keep_values(threading.Event()) == 1
    assert mirrored.clock() == mirrored_before


def test_whoever_is_told_to_wait_lets_the_others_wait_too(mirrored: ShelfMirror) -> None:
    mirrored.fake.faults.add(
        Fault("status", path="*/collection/value", status=429, headers={"Retry-After": "5400"}, hits=range(1, 9))
    )
    assert keep_values(threading.Event()) == 0
    mirrored.fake.faults.clear()
    mirrored.fake.reset_audit()
    assert keep_values(threading.Event()) == 0
    assert mirrored.sync("wantlist")["reason"] == "http.429"
    assert mirrored.asked() == []
    assert mirrored.sync("wantlist")["outcome"] == "applied", "two hours later"
    assert keep_values(threading.Event()) == 1


def test_a_stop_asks_nothing(mirrored: ShelfMirror) -> None:
    stop = threading.Event()
    stop.set()
    assert keep_values(stop) == 0
    assert keep_values(threading.Event()) == 1


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("€1,458.00", 145_800, "EUR"),
        ("$0.00", 0, "USD"),
        ("CA$12.50", 1250, "CAD"),
        ("¥12,300", 12_300, "JPY"),
        ("CHF 1,000,000.10", 100_000_010, "CHF"),
    ],
)
def test_amounts_as_discogs_writes_them(text: str, minor: int, currency: str) -> None:
    assert parse_value(dict.fromkeys(("minimum", "median", "maximum"), text)) == (currency, minor, minor, minor)


@pytest.mark.parametrize("told", ["", "€", "1.458,00 €", "€1,45", "Ξ3.00", None, 7, "€" + "9" * 60, "€-3.00"])
def test_what_is_not_clear_is_unknown(told: object) -> None:
    assert parse_value(dict.fromkeys(("minimum", "median", "maximum"), told)) is None
    assert parse_value({"minimum": "€1.00", "median": "$2.00", "maximum": "€3.00"}) is None
    assert parse_value({"minimum": "€1.00"}) is None
