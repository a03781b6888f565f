"""Ways in which one row of a collection or wantlist, or one release, can be wrong, by name."""

from .item_faults import MISSING, ItemFault, both, put
from .messages import raw
from .vocabulary import Json


def _title(text: str) -> ItemFault:
    """Rows have it inside, a release at its top."""

    def change(row: Json) -> Json:
        target = row["basic_information"] if isinstance(row.get("basic_information"), dict) else row
        target["title"] = text
        return row

    return change


def _notes(value: object) -> ItemFault:
    return put("notes", value)


COPY_FAULTS: dict[str, ItemFault] = {
    "instance_text": lambda row: put("instance_id", str(row["instance_id"]))(row),
    "instance_null": put("instance_id", None),
    "instance_missing": put("instance_id", MISSING),
    "instance_zero": put("instance_id", 0),
    "instance_2_63": put("instance_id", 2**63),
    "instance_twice": lambda row: [row, dict(row)],
    "folder_missing": put("folder_id", MISSING),
    "folder_null": put("folder_id", None),
    "folder_unknown": put("folder_id", 987_654_321),
    "rating_null": put("rating", None),
    "rating_text": put("rating", "five"),
    "rating_11": put("rating", 11),
    "added_missing": put("date_added", MISSING),
    "added_null": put("date_added", None),
    "added_garbage": put("date_added", "last summer"),
    "added_naive": put("date_added", "2011-10-21T09:25:17"),
    "added_blank_between": put("date_added", "2011-10-21 09:25:17"),
    "added_doubled_hour": put("date_added", "2025-11-02T01:30:00"),
    "added_year_1": put("date_added", "0001-01-01T00:00:00-08:00"),
    "notes_null": _notes(None),
    "notes_empty": _notes([]),
    "notes_text": _notes("gift"),
    "notes_object": _notes({"field_id": 3, "value": "gift"}),
    "notes_unknown_field": _notes([{"field_id": 987, "value": "from a field that was deleted"}]),
    "notes_twice": _notes([{"field_id": 3, "value": "first"}, {"field_id": 3, "value": "second"}]),
    "notes_number": _notes([{"field_id": 3, "value": 7}]),
    "notes_nul": _notes([{"field_id": 3, "value": "Nul\x00Inside"}]),
    "notes_script": _notes([{"field_id": 3, "value": "<script>alert('x')</script>"}]),
    "notes_formula": _notes([{"field_id": 3, "value": '=HYPERLINK("http://attacker.invalid","x")'}]),
    "basic_missing": put("basic_information", MISSING),
    "basic_null": put("basic_information", None),
    "basic_empty": put("basic_information", {}),
    "basic_title_missing": put("basic_information.title", MISSING),
    "basic_artists_null": put("basic_information.artists", None),
    "basic_artists_empty": put("basic_information.artists", []),
    "basic_formats_text": put("basic_information.formats", "LP"),
    "basic_labels_empty": put("basic_information.labels", []),
    "basic_genres_null": put("basic_information.genres", None),
    "basic_year_text": put("basic_information.year", "Unknown"),
    "basic_no_pictures": both(put("basic_information.thumb", ""), put("basic_information.cover_image", "")),
    "basic_javascript": put("basic_information.cover_image", "javascript:alert(1)"),
    "basic_id_differs": put("basic_information.id", 1),
    "copy_title_script": _title("</script><img src=x onerror=alert(1)>"),
    "copy_title_surrogate": _title("Half \ud800 Pair"),
    "copy_title_2mb": _title("Long " * 420_000),
    "release_lowest_price_object": put("lowest_price", {"currency": "EUR", "value": 4.5}),
    "release_lowest_price_infinite": put("lowest_price", raw("1e400")),
    "release_tracklist_null": put("tracklist", None),
    "release_tracklist_text": put("tracklist", ["A1 Something"]),
    "release_images_null": put("images", None),
    "release_genres_missing": put("genres", MISSING),
    "release_community_null": put("community", None),
    "release_status_deleted": put("status", "Deleted"),
    "release_notes_script": put("notes", "<script>alert('x')</script>"),
}
