"""Times as Discogs writes them. Its zoneless times are US Pacific (seen in recorded exports)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2200


def parse_time(text: object) -> datetime | None:
    """An aware UTC time from ISO 8601 text with an offset, with `Z`, or with no zone (US Pacific).

    None for anything that is no plausible time: an unknown date is stored as unknown.
    """
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=PACIFIC)
        moment = moment.astimezone(UTC)
        return moment.replace(microsecond=0) if moment.microsecond else moment
    except (ValueError, OverflowError):
        return None


def discogs_iso(moment: datetime | None) -> str | None:
    """ISO 8601 with the Pacific offset, the very text the Discogs API shows for that moment."""
    return None if moment is None else moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def website_time(moment: datetime | None) -> str | None:
    """As the CSV files of the website write it: Pacific time that does not say so."""
    return None if moment is None else f"{moment.astimezone(PACIFIC):%Y-%m-%d %H:%M:%S}"
