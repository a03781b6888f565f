"""How values read on a page: prices, days, conditions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from flask import Flask

from app.web.grades import GRADES, Grade

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "MXN": "MX$",
    "BRL": "R$",
    "CHF": "CHF ",
    "SEK": "SEK ",
    "ZAR": "R ",
}


OUTCOMES = {
    "applied": "Done",
    "applied_no_removals": "Done, nothing removed",
    "held": "Held back",
    "failed": "Failed",
    "cancelled": "Stopped",
    "interrupted": "Broke off",
}
FIELD_NAMES = {
    "cover": "Cover",
    "artist_image": "Artist’s picture",
    "spotify_url": "Streaming link",
    "description": "Description",
}
PROVIDER_NAMES = {
    "discogs": "Discogs",
    "musicbrainz": "Cover Art Archive",
    "spotify": "Spotify",
    "ai": "Language model",
    "person": "the owner",
}


def register(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.globals.update(OUTCOMES=OUTCOMES, PROVIDER_NAMES=PROVIDER_NAMES, FIELD_NAMES=FIELD_NAMES)
    app.add_template_filter(streaming_name)
    app.add_template_filter(span)
    app.add_template_filter(money)
    app.add_template_filter(day)
    app.add_template_filter(minute)
    app.add_template_filter(grade)
    app.add_template_filter(counted)
    app.add_template_filter(tone)


def money(amount: Decimal | None, currency: str | None) -> str:
    """The exact amount with its currency's sign.

    >>> money(Decimal("1850.50"), "EUR"), money(Decimal("1850"), "JPY"), money(Decimal("5.00"), "DKK")
    ('€1,850.50', '¥1,850', 'DKK 5.00')
    """
    if amount is None:
        return "Ask for the price"
    sign = SYMBOLS.get(currency or "", f"{currency} " if currency else "")
    return f"{sign}{amount:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with the word for what it counts.

    >>> counted(1, "record"), counted(1200, "record"), counted(2, "copy", "copies")
    ('1 record', '1,200 records', '2 copies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def span(seconds: int) -> str:
    """How long something takes, as exactly as anybody wants to know.

    >>> span(0), span(45), span(100), span(7500)
    ('a moment', '45 seconds', '2 minutes', '2 hours 5 minutes')
    """
    if seconds < 1:
        return "a moment"
    if seconds < 60:
        return counted(seconds, "second")
    hours, minutes = divmod(-(-seconds // 60), 60)
    return " ".join(counted(number, one) for number, one in ((hours, "hour"), (minutes, "minute")) if number)


def day(moment: datetime | str | None) -> str:
    """The day, in words that need no knowledge of anybody's order of numbers.

    >>> day("2026-03-01T08:00:00+00:00")
    '1 March 2026'
    """
    at = _moment(moment)
    return f"{at.day} {at:%B %Y}" if at else ""


def minute(moment: datetime | str | None) -> str:
    """The moment in UTC, to the minute.

    >>> minute("2026-03-01T08:05:00+00:00")
    '1 March 2026, 08:05 UTC'
    """
    at = _moment(moment)
    return f"{day(at)}, {at:%H:%M} UTC" if at else ""


def grade(condition: str | None) -> Grade:
    """The condition's short form and what it means; of one we do not know, its own words."""
    return GRADES.get(condition or "Not Graded") or Grade(short=condition or "", words="", rank=None)


def streaming_name(address: str) -> str:
    """Who plays what a link leads to.

    >>> streaming_name("https://open.spotify.com/album/1"), streaming_name("https://can.bandcamp.com/album/tago-mago")
    ('Spotify', 'can.bandcamp.com')
    """
    host = urlsplit(address).hostname or ""
    return "Spotify" if host == "open.spotify.com" else host


def tone(listing_id: str) -> int:
    """Which of the eight colours an absent cover has, always the same for the same listing."""
    return sum(listing_id.encode()) % 8


def _moment(told: datetime | str | None) -> datetime | None:
    found = datetime.fromisoformat(told) if isinstance(told, str) else told
    return found.astimezone(UTC) if found else None
