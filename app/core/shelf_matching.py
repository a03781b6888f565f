"""Which copy a row of the website's export is of. Its files tell no instance id (discogs-api: "website's CSV").

A copy is known by its release and the moment it was added, to the second; of several, by its folder. A row that fits no
copy gets a number of our own, the same each time, beyond all that Discogs gives out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from app.core.copy_records import Copy
from app.core.shelf_rows import ShelfRow
from app.core.times import website_time

OURS = 2**62  # the first number that Discogs never reaches


class Candidate(NamedTuple):
    """A copy that the mirror knows. `added` is as the website writes it: in autumn an hour has the same text twice."""

    instance_id: int
    release_id: int
    added: str | None
    folder_id: int | None
    is_removed: bool


def own_number(*about: object) -> int:
    """A number of ours for something Discogs has not numbered for us; equal for equal things.

    >>> own_number(1, "a") == own_number(1, "a"), own_number(1, "a") >= OURS
    (True, True)
    """
    digest = blake2b(repr(about).encode(errors="surrogatepass"), digest_size=8).digest()
    return OURS + int.from_bytes(digest) % OURS


def numbered(
    rows: Sequence[ShelfRow], folders: Sequence[int | None], known: Iterable[Candidate]
) -> list[tuple[int, bool]]:
    """For each row (whose folder has the id beside it) the number of its copy, and whether the mirror knows it.

    No two rows are of one copy; copies that are there come before those that left.
    """
    pool: dict[int, list[Candidate]] = defaultdict(list)
    for copy in sorted(known, key=lambda each: (each.is_removed, each.instance_id)):
        pool[copy.release_id].append(copy)
    taken = {copy.instance_id for copies in pool.values() for copy in copies}
    found: dict[int, int] = {}
    for is_strict in (True, False):
        for place, row in enumerate(rows):
            of_release = pool[row.release_id]
            fit = None if place in found else _fitting(row, folders[place], of_release, is_strict=is_strict)
            if fit is not None:
                of_release.remove(fit)
                found[place] = fit.instance_id
    seen: Counter[tuple[int, str | None]] = Counter()
    return [
        (found[place], True) if place in found else (_new(row, seen, taken), False) for place, row in enumerate(rows)
    ]


def told_again(copies: Iterable[Copy], ours: Iterable[Candidate]) -> dict[int, int]:
    """For copies that Discogs tells of for the first time, the number of ours under which a file told of each before.

    No two copies take the same; one in the same folder comes before others.
    """
    pool: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in sorted(ours, key=lambda each: each.instance_id):
        pool[candidate.release_id].append(candidate)
    found: dict[int, int] = {}
    waiting = list(copies)
    for is_strict in (True, False):
        for copy in waiting:
            of_release = pool[copy.release_id]
            fit = None if copy.instance_id in found else _told_of(copy, of_release, is_strict=is_strict)
            if fit is not None:
                of_release.remove(fit)
                found[copy.instance_id] = fit.instance_id
    return found


def _told_of(copy: Copy, candidates: Sequence[Candidate], *, is_strict: bool) -> Candidate | None:
    added = website_time(copy.added_at)
    return next(
        (
            each
            for each in candidates
            if each.added in {None, added} and (not is_strict or each.folder_id == copy.folder_id)
        ),
        None,
    )


def _fitting(row: ShelfRow, folder: int | None, copies: Sequence[Candidate], *, is_strict: bool) -> Candidate | None:
    added = website_time(row.added_at)
    return next(
        (
            copy
            for copy in copies
            if (added is None or copy.added == added) and (not is_strict or copy.folder_id == folder)
        ),
        None,
    )


def _new(row: ShelfRow, seen: Counter[tuple[int, str | None]], taken: set[int]) -> int:
    about = row.release_id, website_time(row.added_at)
    while True:
        number = own_number(*about, seen[about])
        seen[about] += 1
        if number not in taken:
            taken.add(number)
            return number
