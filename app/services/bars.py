"""Bars of charts: counts of what a text is made of, in an order people can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypedDict

from sqlalchemy import Row

from app.formats.shop_listing import primary_format

OTHER, UNKNOWN = "Other", "Unknown"
MOST_BARS = 15

AnyRow = Row[*tuple[Any, ...]]


class Bar(TypedDict):
    """How many have it. `Other` is the rest of a long list, `Unknown` those of which nobody knows."""

    label: str
    count: int


def longest_first(rows: Iterable[AnyRow], labels: Callable[[str | None], Iterable[str]]) -> list[Bar]:
    """Counts of texts, each taken apart into its labels; the most frequent labels first."""
    counter: Counter[str] = Counter()
    for text, count in rows:
        for label in labels(text) or (UNKNOWN,):
            counter[label] += count
    unknown = counter.pop(UNKNOWN, 0)
    ordered = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[MOST_BARS:])
    return bars_of([*ordered[:MOST_BARS], (OTHER, rest), (UNKNOWN, unknown)])


def by_decade(rows: Iterable[AnyRow]) -> list[Bar]:
    """Counts of the first years of decades, the earliest first."""
    counts = dict(tuple(row) for row in rows)
    unknown = counts.pop(None, 0)
    return bars_of([*((f"{decade}s", counts[decade]) for decade in sorted(counts)), (UNKNOWN, unknown)])


def format_label(text: str | None) -> Iterable[str]:
    """What a format counts as."""
    label = primary_format(text)
    return (label,) if label else ()


def bars_of(pairs: Iterable[tuple[str, int]]) -> list[Bar]:
    """Without those that nothing has."""
    return [Bar(label=label, count=count) for label, count in pairs if count]
