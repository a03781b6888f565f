"""The words that the terms of Discogs ask for, exactly."""

from __future__ import annotations

NOT_AFFILIATED = (
    "This application uses Discogs’ API but is not affiliated with, sponsored or endorsed by Discogs. "
    "‘Discogs’ is a trademark of Zink Media, LLC."
)
PROVIDED_BY = "Data provided by Discogs."
NOTICES = (PROVIDED_BY, NOT_AFFILIATED)
