"""The CSV layouts we can read, recognised by their column names in whatever order these come.

`shop`: the 39 columns of a shop's own listing file, or the 35 of them that are public. `discogs`: the inventory export
of Discogs, with `flat_shipping` and `location` (until about 2020) or with `location` and `quantity`. `collection` and
`wantlist`: what the website of Discogs exports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from app.core.parsing import clean
from app.core.records import Listing
from app.errors import CsvRefused

MOST_NAMED = 12
AGAIN = "\x1f"


# Columns that tell of the release, or follow from others (addresses, primary_*) and are read over.
BESIDE_THE_LISTING = """
barcode country created_at export_timestamp genres master_id master_url primary_artist primary_format primary_label
release_community_have release_community_want release_resource_url release_uri resource_url seller styles updated_at
uri
"""


CALLED = {"shop": "a shop CSV", "discogs": "an inventory export of Discogs"}


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: which columns it must and may have, and which field of a listing each column tells."""

    name: str
    fields: dict[str, str]  # column → field of a Listing
    dispensable: frozenset[str]  # of these columns, those that a file may lack
    beside: frozenset[str]  # columns that a file may have besides
    is_guarded: bool  # text cells carry our guard against formulas
    cut_at: dict[str, int]  # field → length after which Discogs' exporter cuts it off
    prefix: str = ""  # columns of any name that begin so are the owner's own; their names may repeat
    unnamed: str = ""  # what the cell beyond the last name tells, where there is one

    def likeness(self, names: Set[str]) -> tuple[int, int]:
        """How near these columns come to this layout: those it knows, then those it lacks."""
        return len(self.known & names), -len(self.required - names)

    @property
    def called(self) -> str:
        """What people call such a file."""
        return CALLED.get(self.name, f"a {self.name} export of Discogs")

    def accepts(self, names: Sequence[str]) -> bool:
        """Whether these are columns of a file of this layout."""
        fixed = [name for name in names if not (self.prefix and name.startswith(self.prefix))]
        return self.required <= set(fixed) <= self.known and len(set(fixed)) == len(fixed)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(self.fields) - self.dispensable

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.fields) | self.beside


SHOP = Layout(
    name="shop",
    fields={
        "listing_id": "listing_id",
        "release_id": "release_id",
        "status": "status",
        "condition": "condition",
        "sleeve_condition": "sleeve_condition",
        "posted": "posted_at",
        "price_value": "price_minor",
        "price_currency": "price_currency",
        "release_title": "title",
        "artist_names": "artist",
        "label_names": "label",
        "format_names": "format",
        "catalog_number": "catalog_number",
        "release_year": "year",
        "comments": "comments",
        "ships_from": "ships_from",
        "allow_offers": "allow_offers",
        "shipping_price": "shipping_minor",
        "shipping_currency": "shipping_currency",
        "image_uri": "image_uri",
        "image_resource_url": "image_resource_url",
        "location": "location",
        "external_id": "external_id",
        "weight": "weight",
        "format_quantity": "format_quantity",
        "quantity": "quantity",
    },
    dispensable=frozenset(
        {"location", "external_id", "weight", "format_quantity", "quantity", "ships_from", "allow_offers"}
    ),
    beside=frozenset(BESIDE_THE_LISTING.split()),
    is_guarded=True,
    cut_at={},
)

DISCOGS = Layout(
    name="discogs",
    fields={
        "listing_id": "listing_id",
        "release_id": "release_id",
        "status": "status",
        "media_condition": "condition",
        "sleeve_condition": "sleeve_condition",
        "listed": "posted_at",
        "price": "price_minor",
        "title": "title",
        "artist": "artist",
        "label": "label",
        "format": "format",
        "catno": "catalog_number",
        "comments": "comments",
        "accept_offer": "allow_offers",
        "flat_shipping": "shipping_minor",
        "location": "location",
        "external_id": "external_id",
        "weight": "weight",
        "format_quantity": "format_quantity",
        "quantity": "quantity",
    },
    dispensable=frozenset(
        {"accept_offer", "external_id", "weight", "format_quantity", "flat_shipping", "location", "quantity"}
    ),
    beside=frozenset(),
    is_guarded=False,
    cut_at={"catalog_number": 50, "format": 50, "label": 255},
)

LAYOUTS = (SHOP, DISCOGS)

_OF_WEBSITE = {
    "catalog#": "catalog_number",
    "artist": "artist",
    "title": "title",
    "label": "label",
    "format": "format",
    "rating": "rating",
    "released": "year",
    "release_id": "release_id",
    "date added": "added_at",
}
COLLECTION = Layout(
    name="collection",
    fields={**_OF_WEBSITE, "collectionfolder": "folder"},
    dispensable=frozenset({"rating", "released", "date added"}),
    beside=frozenset(),
    is_guarded=True,  # in files of ours
    cut_at={},
    prefix="collection ",
)
WANTLIST = Layout(
    name="wantlist",
    fields={**_OF_WEBSITE, "notes": "notes"},
    dispensable=frozenset({"rating", "released", "date added"}),
    beside=frozenset(),
    is_guarded=True,
    cut_at={},
    unnamed="date added",
)
SHELVES = (COLLECTION, WANTLIST)


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header line: its layout and its columns in the order of the file."""

    layout: Layout
    columns: tuple[str, ...]  # names that repeat are told apart by what no name ends in
    titles: tuple[str, ...]  # as they are written

    @property
    def own(self) -> dict[str, str]:
        """The owner's own columns, and what they are called."""
        prefix = self.layout.prefix
        pairs = zip(self.columns, self.titles, strict=True)
        return {column: title[len(prefix) :] for column, title in pairs if prefix and column.startswith(prefix)}

    @property
    def told(self) -> frozenset[str]:
        """The fields of a Listing this file says anything about."""
        fields = {self.layout.fields[name] for name in self.columns if name in self.layout.fields}
        if "price_minor" in fields:
            fields.add("price_currency")
        if "shipping_minor" in fields:
            fields.add("shipping_currency")
        return frozenset(fields & set(Listing._fields))


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Cells of a header line as names: a spreadsheet adds a BOM, spaces and capitals."""
    return tuple(cell.lstrip("\ufeff").strip().lower() for cell in cells)


def fits(cells: Sequence[str]) -> bool:
    """Whether these cells are a header line that some layout accepts."""
    return _layout_of(column_names(cells)) is not None


def recognise(cells: Sequence[str]) -> Header:
    """The header these cells are. Raises CsvRefused that says what is missing, and what was found instead."""
    names = column_names(cells)
    if (layout := _layout_of(names)) is not None:
        titles = tuple(cell.lstrip("\ufeff").strip() for cell in cells)
        return Header(layout, tuple(_told_apart(names)), titles)
    nearest = max((*LAYOUTS, *SHELVES), key=lambda layout: layout.likeness(set(names)))
    if missing := sorted(nearest.required - set(names)):
        raise CsvRefused(
            "the header is that of no file that can be read here (a shop CSV, or an inventory, collection or wantlist "
            f"export of Discogs). Of {nearest.called} it lacks {_listed(missing)}; found {_listed(names)}"
        )
    own = {name for name in names if nearest.prefix and name.startswith(nearest.prefix)}
    if unknown := sorted(set(names) - nearest.known - own):
        raise CsvRefused(f"unknown columns {_listed(unknown)}; nothing is read that would not be kept")
    raise CsvRefused(f"columns named twice: {_listed(sorted({name for name in names if names.count(name) > 1}))}")


def _layout_of(names: Sequence[str]) -> Layout | None:
    return next((layout for layout in (*LAYOUTS, *SHELVES) if layout.accepts(names)), None)


def _told_apart(names: Sequence[str]) -> Iterator[str]:
    for place, name in enumerate(names):
        yield name + AGAIN * names[:place].count(name)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(clean(name)[:40] or "(empty)" for name in names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
