"""What a world is made of: accounts, releases, listings, copies and orders, all immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    username: str
    token: str
    currency: str = "EUR"
    country: str = "Germany"


@dataclass(frozen=True, slots=True)
class Credit:
    """An artist or label as a release names it; `variation` is the spelling on the sleeve, `catno` a label's."""

    id: int
    name: str
    variation: str = ""
    join: str = ""
    catno: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    quantity: int = 1
    descriptions: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    id: int
    title: str
    artist: str
    label: str
    catalog_number: str
    format: str
    year: int = 0
    country: str = ""
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    artists: tuple[Credit, ...] = ()
    labels: tuple[Credit, ...] = ()
    formats: tuple[Format, ...] = ()
    master_id: int = 0
    in_wantlist: int = 0
    in_collection: int = 0
    blocked_from_sale: bool = False
    # For its own page only: keys that say something else than what would be invented, and keys that are absent.
    overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    id: int
    release: Release
    status: str
    condition: str
    sleeve_condition: str
    comments: str
    posted: datetime
    price: Decimal
    allow_offers: bool = False
    audio: bool = False
    weight: int = 230
    estimated_weight: int = 230
    format_quantity: int = 1
    external_id: str = ""
    location: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Folder:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    id: int
    name: str
    type: str
    public: bool
    options: tuple[str, ...] = ()
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """One owned copy; `notes` pairs a field id with what the owner wrote there."""

    instance_id: int
    release: Release
    folder_id: int
    rating: int
    added: datetime
    notes: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Want:
    """One entry of a wantlist; there is at most one per release."""

    release: Release
    added: datetime
    rating: int = 0
    notes: str = ""


@dataclass(frozen=True, slots=True)
class UserList:
    """`items` pairs a release id with what its owner remarked on it."""

    id: int
    name: str
    added: datetime
    changed: datetime
    description: str = ""
    public: bool = True
    items: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    created: datetime
    listings: tuple[Listing, ...]
    status: str = "Payment Received"
    shipping: Decimal = field(default=Decimal("4.00"))
