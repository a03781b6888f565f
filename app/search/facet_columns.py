"""The described columns of the whole shop in memory, so that counting hits reads no rows.

Four bytes a field and listing: 100,000 listings take about 6 MB. They are good for one state of the shop.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from io import BytesIO
from itertools import chain
from typing import Any, BinaryIO

import orjson

from app.search.facets import DESCRIBED, Counted, Facets, PriceRange, facets_of, price_range
from app.search.filtered import NONE, FilteredTexts, filtered

FORM = 2
# Of so many texts it is quicker to look at each than to make and keep what is known of all texts of the shop.
FEW_TEXTS = 2000
DESCRIBED_AND_CURRENCY = len(DESCRIBED) + 1


@dataclass(frozen=True, slots=True)
class Codes:
    """One column: the values that occur, and for each listing which of them it has."""

    values: Sequence[Any]
    codes: array[int]


@dataclass(frozen=True)
class FacetColumns:
    """The columns of listings in the ascending order of their ranks; an unknown price is -1."""

    size: int
    described: Sequence[Codes]
    currency: Codes
    minor: array[int]

    @classmethod
    def of(cls, batches: Iterable[Sequence[Any]]) -> FacetColumns:
        """From batches of rows of FACET_COLUMNS, in the ascending order of the ranks."""
        minor = array("q")
        codes = [array("I") for _ in range(DESCRIBED_AND_CURRENCY)]
        numbers: list[dict[Any, int]] = [{} for _ in codes]
        for rows in filter(None, batches):
            *columns, last = zip(*rows, strict=True)
            minor.extend(-1 if amount is None else amount for amount in last)
            for kept, known, column in zip(codes, numbers, columns, strict=True):
                kept.extend([known.setdefault(value, len(known)) for value in column])
        *described, currency = (Codes(list(known), kept) for known, kept in zip(numbers, codes, strict=True))
        return cls(len(minor), described, currency, minor)

    def count(self, found: Iterable[int] | None = None) -> Facets:
        """What the listings at these positions are made of; what all are when none are given."""
        positions = range(self.size) if found is None else list(found)
        counted = [self._counted(field, positions) for field in range(len(DESCRIBED))]
        return facets_of(len(positions), counted, self._prices(positions))

    def _counted(self, field: int, positions: Sequence[int]) -> Counted:
        codes, values = self.described[field].codes, self.described[field].values
        is_whole = isinstance(positions, range)
        found = Counter(codes if is_whole else map(codes.__getitem__, positions))
        texts = Counter({values[code]: count for code, count in found.items()})
        if len(found) > FEW_TEXTS:
            return Counted(texts, _asked(self._filtered[field], list(map(found.__getitem__, range(len(values))))))
        return Counted(texts, _asked(filtered(DESCRIBED[field][0], list(texts)), list(texts.values())))

    @cached_property
    def _filtered(self) -> Sequence[FilteredTexts]:
        """The described columns of the whole shop as filters look at them: made once, where many texts are counted."""
        return [filtered(name, column.values) for (name, _), column in zip(DESCRIBED, self.described, strict=True)]

    def _prices(self, positions: Sequence[int]) -> Iterator[PriceRange]:
        for code, currency in enumerate(self.currency.values):
            if currency is not None:
                codes, minor = self.currency.codes, self.minor
                amounts = [minor[at] for at in positions if codes[at] == code and minor[at] >= 0]
                if amounts:
                    yield price_range(currency, amounts)

    def pieces(self) -> Iterator[bytes]:
        """As a file that `read` of the same release on the same kind of machine understands."""
        values = [column.values for column in (*self.described, self.currency)]
        head = orjson.dumps([*_kind(), self.size, values]) + b"\n"
        yield _seal(head, *self._arrays())
        yield head
        yield from (column.tobytes() for column in self._arrays())

    @classmethod
    def read(cls, file: BinaryIO) -> FacetColumns:
        """Back from a file. Raises ValueError for what `pieces` of this release here has not written, or not all."""
        seal, whole = file.readline(), file.read()
        if seal != _seal(whole):
            raise ValueError("facet columns that are damaged")
        file = BytesIO(whole)
        head: Any = orjson.loads(file.readline())
        if not isinstance(head, list) or head[:2] != _kind():
            raise ValueError("facet columns of another making")
        size, values = head[2:]
        minor = array("q")
        codes = [array("I") for _ in range(DESCRIBED_AND_CURRENCY)]
        for column in (*codes, minor):
            column.frombytes(file.read(size * column.itemsize))
            if len(column) != size:
                raise ValueError("facet columns that are not whole")
        *described, currency = (Codes(known, kept) for known, kept in zip(values, codes, strict=True))
        return cls(len(minor), described, currency, minor)

    def _arrays(self) -> Iterator[array[int]]:
        columns = (column.codes for column in (*self.described, self.currency))
        return chain(columns, [self.minor])


def _kind() -> list[Any]:
    return [FORM, f"{sys.byteorder} {array('I').itemsize}"]


def _seal(*parts: bytes | array[int]) -> bytes:
    """A line that only these bytes have: what was damaged on its way through a disk must not be counted."""
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest().encode() + b"\n"


def _asked(filtered_texts: FilteredTexts, counts: Sequence[int]) -> Callable[[Any, int], int]:
    """How many hits a filter finds, of how often each of the texts occurs among them."""

    def asked(value: Any, count: int) -> int:
        differs = filtered_texts.difference(value)
        if differs is NONE:
            return count
        if differs is None:
            return 0
        return count + sum(counts[text] for text in differs.besides) - sum(counts[text] for text in differs.missed)

    return asked
