"""The way through the pages of an answer."""

from __future__ import annotations

from dataclasses import dataclass

AROUND = 1


@dataclass(frozen=True, slots=True)
class Pages:
    """`shown` are page numbers, with None where some are left out; `first` and `last` listing are counted from 1."""

    number: int
    count: int
    first: int
    last: int
    shown: list[int | None]

    @property
    def previous(self) -> int | None:
        """The page before, the last one for who went past the end."""
        return min(self.number - 1, self.count) or None

    @property
    def next(self) -> int | None:
        """The page after."""
        return self.number + 1 if self.number < self.count else None


def pages_of(number: int, limit: int, total: int) -> Pages:
    """Where page `number` of `total` listings stands.

    >>> pages_of(6, 10, 200).shown
    [1, None, 5, 6, 7, None, 20]
    >>> pages_of(1, 10, 0)
    Pages(number=1, count=1, first=0, last=0, shown=[1])
    """
    count = max(-(-total // limit), 1)
    first = min((number - 1) * limit + 1, total)
    near = {1, count, *range(number - AROUND, number + AROUND + 1)}
    numbers = sorted(one for one in near if 1 <= one <= count)
    return Pages(number, count, first, min(number * limit, total), _with_gaps(numbers))


def _with_gaps(numbers: list[int]) -> list[int | None]:
    shown: list[int | None] = []
    for before, number in zip([0, *numbers], numbers, strict=False):
        if number - before == 2:
            shown.append(number - 1)  # an ellipsis would take as much room as the one page it hides
        elif number - before > 2:
            shown.append(None)
        shown.append(number)
    return shown
