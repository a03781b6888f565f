"""Where terms occur, as sets of positions in the shop: what several words have in common is found in microseconds.

A position counts documents in the ascending order of their ranks. Sets of positions are compressed bitmaps (Roaring):
a word of every listing costs some bytes, any word of a hundred thousand listings twelve kilobytes at most.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import compress, count

from pyroaring import BitMap
from sqlalchemy import Connection

from app.core.terms import Wanted
from app.search.dialects import all_ranks, ranks_beginning, ranks_having, terms_of_sources
from app.search.port import Recall

# From one in so many on, looking at every rank is quicker than looking each one up.
MANY = 6
# A list is searched five times as fast as an array, which makes its numbers anew at every look, and is as much larger.
MOST_IN_A_LIST = 250_000
# A mapping finds a rank five times as fast as a list and takes twice as much memory, four times beyond this many.
MOST_MAPPED = 170_000


class Postings:
    """The terms of one state of the shop. Valid as long as the connection's transaction lasts."""

    def __init__(self, connection: Connection, recall: Recall) -> None:
        self._connection = connection
        self._recall = recall

    @property
    def ranks(self) -> Sequence[int]:
        """The ranks of all documents, ascending."""
        return self._recall(("ranks",), self._all_ranks)

    def having(self, wanted: Wanted, sources: Sequence[int] | None) -> BitMap | None:
        """The positions of the documents with all these terms; None when that is every document."""
        sets = [self._of_term(one) for one in wanted.whole]
        if wanted.beginning is not None:
            sets.append(self._beginning(wanted.beginning))
        if sources is not None:
            sets.append(BitMap.union(*map(self._of_term, terms_of_sources(sources))))
        return BitMap.intersection(*sorted(sets, key=len)) if sets else None

    def at(self, ranks: Iterable[int]) -> BitMap:
        """The positions of documents with these ranks."""
        found = ranks if isinstance(ranks, Sequence) else list(ranks)
        known = self.ranks if found else ()
        if len(found) == len(known):
            return BitMap(range(len(known)))
        if len(known) <= MOST_MAPPED:
            places = self._places
            try:
                return BitMap(list(map(places.__getitem__, found)))
            except KeyError:  # terms without a document, which `doctor` tells of: nothing can be shown for them
                return BitMap([places[rank] for rank in found if rank in places])
        if len(found) * MANY < len(known):
            return BitMap(list(map(partial(bisect_left, known), found)))
        members = set(found)
        return BitMap(compress(count(), map(members.__contains__, known)))

    def ranks_at(self, positions: Iterable[int]) -> Sequence[int]:
        """The ranks of the documents there."""
        found = list(positions)
        known = self.ranks if found else ()
        return [known[position] for position in found]

    @property
    def _places(self) -> Mapping[int, int]:
        """The position of each rank."""
        return self._recall(("places",), lambda: dict(zip(self.ranks, count(), strict=False)))

    def _known(self) -> Sequence[int]:
        return self.ranks

    def _all_ranks(self) -> Sequence[int]:
        ranks = sorted(all_ranks(self._connection))
        return ranks if len(ranks) <= MOST_IN_A_LIST else array("q", ranks)

    def _of_term(self, one: str) -> BitMap:
        return self._recall(("term", one), lambda: self.at(ranks_having(self._connection, one, self._known)))

    def _beginning(self, letters: str) -> BitMap:
        return self._recall(
            ("beginning", letters), lambda: self.at(ranks_beginning(self._connection, letters, self._known))
        )
