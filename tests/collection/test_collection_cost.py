"""What a sync of a collection may cost: statements and written rows. Requests stand beside what is read."""

from __future__ import annotations

from tests.collection.conftest import ShelfMirror
from tests.sync.test_cost import counted_statements


def test_a_sync_of_an_unchanged_collection_writes_its_own_run_row_only(mirrored: ShelfMirror) -> None:
    with counted_statements() as counted:
        mirrored.sync()
    written = {what for what in counted if what.split()[0] in {"INSERT", "UPDATE", "DELETE"}}
    stages = {"DELETE staged_listings", "DELETE staged_copies", "DELETE staged_wants"}
    assert written == {"INSERT runs", "UPDATE runs", *stages}


def test_statements_grow_by_a_constant_per_page_and_not_per_copy(mirrored: ShelfMirror) -> None:
    with counted_statements() as three_pages:
        mirrored.sync()
    for _ in range(270):
        mirrored.world.add_copy()
    mirrored.sync()
    with counted_statements() as five_pages:
        mirrored.sync()
    # Per page: what the mirror knows of its copies, and twice whether somebody wants the run to stop.
    assert five_pages["SELECT"] - three_pages["SELECT"] == 2 * 3


def test_a_removal_costs_one_question_per_release(mirrored: ShelfMirror) -> None:
    release = mirrored.world.copies[mirrored.world.copy_ids()[0]].release.id
    several = [mirrored.world.add_copy(release) for _ in range(4)]
    mirrored.sync()
    for number in several:
        mirrored.world.remove_copy(number)
    assert mirrored.sync()["removed"] == 4
    assert mirrored.asked().count(f"/collection/releases/{release}?page=1") == 1
