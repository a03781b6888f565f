"""What a mirror is made of: the records of its streams, and what one readable item of a page told."""

from __future__ import annotations

from typing import NamedTuple

from app.core.copy_records import Copy, Want
from app.core.records import Counters, Listing

# The first field of a record is its key.
Record = Listing | Copy | Want
NO_COUNTERS = Counters(None, None)


class Told(NamedTuple):
    """One readable item. `is_whole`: it carried also what Discogs tells its owner alone."""

    record: Record
    counters: Counters = NO_COUNTERS
    is_whole: bool = True
