"""Walk an inventory or a collection page by page so that what moves meanwhile shows itself.

Sorted by the moment of listing or adding, ascending, additions land at the end. Read from the last page to the first,
a row that leaves pushes others onto pages still to be read, where they turn up twice instead of not at all; a listing
that is edited jumps to the end and is missed. So every sign of movement (a total that changes, a row met twice, a short
page) makes the fetch Incomplete, and what slips through is caught by confirmed absence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.core.fetch import Complete, Evidence, Fetch, Incomplete
from app.core.outcomes import Reason
from app.discogs.answers import ItemPage
from app.errors import DiscogsNotFound, DiscogsResponseError

logger = logging.getLogger(__name__)
MOST_HIDDEN = 20


@dataclass
class PageWalk:
    """One reading of all pages of one stream.

    `ask` gets one page of up to 100 rows, oldest first, and raises DiscogsAPIError. `last_shown` is the last page that
    Discogs delivers to whoever asks, where it counts more. `things` is what the rows are called.
    `expected_pages` is the page count of the previous complete walk: with it the walk starts at the end, where
    drift cannot hide. `hidden_before` is how many announced rows that walk did not get: Discogs counts rows it
    hides, so the same shortage twice is no error. `limit` reads only that many items, which is never complete.
    """

    ask: Callable[[int], ItemPage]
    last_shown: int | None = None
    things: str = "listings"
    expected_pages: int | None = None
    hidden_before: int = 0
    limit: int | None = None
    announced: int = 0
    pages: int = 0
    _delivered: int = 0
    _trouble: dict[Reason, str] = field(default_factory=dict)

    def read(self) -> Iterator[ItemPage]:
        """The pages, each once, in the order that shows drift. Raises DiscogsAPIError when one cannot be had."""
        first = self._first_page()
        self.announced, self.pages = first.items, first.pages
        if self.limit is not None:
            yield from self._limited(first)
            return
        last = first.pages
        if self.last_shown is not None and last > self.last_shown:
            most = self.last_shown * first.per_page
            self._note(Reason.PAGE_CAP, f"Discogs shows strangers {most:,} of {first.items} {self.things}")
            last = self.last_shown
        if first.page in {1, last}:
            yield self._checked(first)
        for number in range(last, 0, -1):
            if first.page == number and first.page in {1, last}:
                continue
            page = self._next_page(number)
            if page is None:
                return
            yield self._checked(page)

    def distrust(self, reason: Reason, detail: str) -> None:
        """Something in the pages themselves says that this is not all there is."""
        self._note(reason, detail)

    def fetch(self, items: frozenset[int], *, unidentified: int, duplicates: int) -> Fetch:
        """What the walk was worth, once its pages were read into distinct `items`."""
        hidden = max(0, self.announced - self._delivered)
        evidence = Evidence(pages=self.pages, announced=self.announced, hidden=hidden, unidentified=unidentified)
        if self.limit is not None:
            self._note(Reason.PAGE_LIMIT, f"only {self.limit} items were asked for")
        if duplicates:
            self._note(Reason.PAGE_DUP, f"{duplicates} {self.things} came twice")
        if not self._trouble and hidden and not (hidden == self.hidden_before <= MOST_HIDDEN):
            self._note(Reason.PAGE_SHORT, f"{hidden} of {self.announced} announced {self.things} were not delivered")
        if not self._trouble:
            return Complete(items, evidence)
        reason, detail = next(iter(self._trouble.items()))
        return Incomplete(reason, items, evidence, detail)

    def _first_page(self) -> ItemPage:
        """The page that tells how many there are; the last one, if there are as many as last time.

        If not, it is read once more when its turn comes. One request a hundred additions is a small price: what was
        read before the end was may hide a row that an edit moved there meanwhile, and no count would show it.
        """
        guess = self.expected_pages or 1
        if self.last_shown is not None:
            guess = min(guess, self.last_shown)
        if guess > 1 and self.limit is None:
            try:
                return self._page(guess)
            except DiscogsNotFound:
                pass  # there are fewer pages than the one where it ended last time
        return self._page(1)

    def _limited(self, first: ItemPage) -> Iterator[ItemPage]:
        wanted = self.limit or 0
        page, number = first, 1
        while True:
            yield page.cut(wanted)
            wanted -= len(page.rows)
            number += 1
            if wanted <= 0 or number > self.pages:
                return
            page = self._page(number)

    def _next_page(self, number: int) -> ItemPage | None:
        try:
            return self._page(number)
        except DiscogsNotFound:
            self._note(Reason.PAGE_DRIFT, f"page {number} of {self.pages} is gone")
        except DiscogsResponseError as error:
            if error.reason is not Reason.PAGE_CAP:
                raise
            self._note(Reason.PAGE_CAP, error.detail)
        return None

    def _page(self, number: int) -> ItemPage:
        logger.debug("Fetching page %d...", number)
        return self.ask(number)

    def _checked(self, page: ItemPage) -> ItemPage:
        self._delivered += len(page.rows)
        if (page.items, page.pages) != (self.announced, self.pages):
            self._note(Reason.PAGE_DRIFT, f"{self.announced} {self.things} became {page.items} while reading")
            self.announced, self.pages = page.items, page.pages
        return page

    def _note(self, reason: Reason, detail: str) -> None:
        self._trouble.setdefault(reason, detail)
