"""What somebody asks of a collection: the words and filters of the shop, and what only copies have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core.enrichment import Field
from app.core.parsing import MAX_ID
from app.core.query import (
    DEFAULT_LIMIT,
    FIELDS,
    LARGEST_PAGE,
    PARAMETERS,
    Parameter,
    SearchQuery,
    name_asked,
    one_of,
    read_arguments,
    whole_number,
)

LARGEST_PAGE_SIZE = 1000
NOT_RATED, BEST = 0, 5
EVERYTHING = 0  # the folder that holds every copy
SORTS = {
    "newest": "-added",
    "oldest": "added",
    **{
        f"{sign}{name}": f"{sign}{name}"
        for name in ("added", "artist", "title", "year", "rating")
        for sign in ("", "-")
    },
}
YES_OR_NO = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
# Asked of releases, so that they mean the same in the shop and in a collection.
SHARED = ("q", "artist", "label", "genre", "style", "format", "country", "year", "year_min", "year_max")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfQuery:
    """One question to the collections that somebody may see; every part narrows the answer.

    `rating` 0 asks for copies without one. `is_active` None shows what is there and counts all that ever was.
    `missing` asks for copies of which a field of enrichment is not known.
    """

    search: SearchQuery = field(default_factory=SearchQuery)
    folder: int | None = None
    rating: int | None = None
    owner: str | None = None
    is_active: bool | None = None
    missing: Field | None = None
    sort: str = "-added"
    page: int = 1
    page_size: int = DEFAULT_LIMIT

    @property
    def offset(self) -> int:
        """How many copies come before the first one of the page."""
        return (self.page - 1) * self.page_size

    @property
    def is_of_owner(self) -> bool:
        """Whether only an owner can be answered: where a copy lies, what is gone or not known, is nobody else's."""
        return self.folder not in {None, EVERYTHING} or self.is_active is False or self.missing is not None


def parse_shelf_query(arguments: Iterable[tuple[str, str]]) -> ShelfQuery:
    """The question that the parameters of a request ask. Raises BadQuery with everything that is wrong."""
    found = read_arguments(arguments, SHELF_PARAMETERS)
    search = {name: found.pop(name) for name in [FIELDS.get(each, each) for each in SHARED] if name in found}
    if "active" in found:
        found["is_active"] = found.pop("active")
    return ShelfQuery(search=SearchQuery(**search), **found)


def _page_size(text: str) -> int:
    return min(whole_number(1, 10**18)(text), LARGEST_PAGE_SIZE)


_NAME = {"type": "string", "maxLength": 256}
SHELF_PARAMETERS = {
    **{name: PARAMETERS[name] for name in SHARED},
    "folder": Parameter(
        whole_number(EVERYTHING, MAX_ID),
        "copies in the folder of this id; the owner alone knows folders other than 0, which is all of them",
        {"type": "integer", "minimum": EVERYTHING, "maximum": MAX_ID},
    ),
    "rating": Parameter(
        whole_number(NOT_RATED, BEST),
        "copies rated so; 0: not rated",
        {"type": "integer", "minimum": NOT_RATED, "maximum": BEST},
    ),
    "owner": Parameter(name_asked, "only copies of this Discogs user", _NAME),
    "active": Parameter(
        one_of(YES_OR_NO),
        "`true`: `total` counts what is there now; `false`: what has left the collection, for its owner alone. "
        "When not given, items are what is there now and `total` counts every album ever seen",
        {"type": "string", "enum": list(YES_OR_NO)},
    ),
    "missing": Parameter(
        one_of({str(each): each for each in Field}),
        "albums of which nobody knows this, for their owner alone",
        {"type": "string", "enum": [str(each) for each in Field]},
    ),
    "sort": Parameter(
        one_of(SORTS), "order of the answer; last added first when not given", {"type": "string", "enum": list(SORTS)}
    ),
    "page": Parameter(
        whole_number(1, LARGEST_PAGE),
        "page number, from 1",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
    ),
    "page_size": Parameter(
        _page_size,
        f"albums per page, {DEFAULT_LIMIT} when not given; at most {LARGEST_PAGE_SIZE} are sent",
        {"type": "integer", "minimum": 1, "maximum": 10**18},
    ),
}
