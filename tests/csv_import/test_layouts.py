"""Which header lines are known, and what is said of those that are not."""

import random

import pytest

from app.core.csv_layouts import DISCOGS, SHOP, recognise
from app.errors import CsvRefused
from tests.csv_import.files import NEW_DISCOGS_COLUMNS, OLD_DISCOGS_COLUMNS, SHOP_COLUMNS

PRIVATE = {"external_id", "format_quantity", "location", "weight"}


def test_a_shop_csv_has_39_columns_in_any_order() -> None:
    shuffled = random.Random(4).sample(SHOP_COLUMNS, 39)
    assert recognise(shuffled).layout is SHOP
    assert recognise(shuffled).columns == tuple(shuffled)


def test_the_35_public_columns_tell_nothing_of_private_fields() -> None:
    header = recognise([name for name in SHOP_COLUMNS if name not in PRIVATE])
    assert header.layout is SHOP
    assert not header.told & PRIVATE


@pytest.mark.parametrize("columns", [OLD_DISCOGS_COLUMNS, NEW_DISCOGS_COLUMNS])
def test_both_discogs_exports_have_19_columns(columns: list[str]) -> None:
    assert len(columns) == 19
    header = recognise(columns)
    assert header.layout is DISCOGS
    assert ("quantity" in header.told) == ("quantity" in columns)
    assert ("shipping_minor" in header.told) == ("flat_shipping" in columns)


def test_a_spreadsheet_may_add_a_mark_spaces_and_capitals() -> None:
    assert recognise(["\ufeffListing_ID", " Artist ", *OLD_DISCOGS_COLUMNS[2:]]).layout is DISCOGS


def test_a_refusal_names_what_is_missing_and_what_was_found() -> None:
    with pytest.raises(CsvRefused) as refused:
        recognise([name for name in OLD_DISCOGS_COLUMNS if name != "price"] + ["asking"])
    assert "Of an inventory export of Discogs it lacks price;" in refused.value.problem
    assert "listing_id, artist" in refused.value.problem


def test_the_columns_of_another_tool_are_refused() -> None:
    with pytest.raises(CsvRefused) as refused:
        recognise(["Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id"])
    assert "found catalog#, artist" in refused.value.problem
    assert "lacks collectionfolder; " in refused.value.problem


def test_a_file_of_nothing_known_is_told_what_can_be_read() -> None:
    with pytest.raises(CsvRefused) as refused:
        recognise(["foo", "bar"])
    assert "a shop CSV, or an inventory, collection or wantlist export of Discogs" in refused.value.problem


def test_columns_that_would_be_dropped_are_refused() -> None:
    with pytest.raises(CsvRefused) as refused:
        recognise([*SHOP_COLUMNS, "my_notes"])
    assert refused.value.problem.startswith("unknown columns my_notes")


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(CsvRefused) as refused:
        recognise([*SHOP_COLUMNS, "weight"])
    assert refused.value.problem == "columns named twice: weight"
