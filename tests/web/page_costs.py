"""What each page asks of the database, statement by statement, and why."""

from __future__ import annotations

from tests.api.test_contract import ALBUM
from tests.api.test_statements import (
    ALBUMS,
    BODY,
    CHARTED,
    COUNTED,
    ENRICHED,
    FIELDS,
    FOLDERS,
    HELD,
    JOB,
    LISTING,
    LOG,
    NEWEST,
    NEWEST_WHOLE,
    RANKS,
    RUNS,
    SCHEMA,
    SHELVES,
    SOLD_HERE,
    SOURCES,
    STANDINGS,
    STATE,
    WHEN_GONE,
    Asks,
    asks,
)

ADMIN = asks("web_sessions", "whether the admin is logged in")
OWNER = asks("web_sessions", "who is logged in, and what is theirs")
FRAME = [STATE, NEWEST, NEWEST_WHOLE, SHELVES]
COLUMNS = asks("shop_documents", "what the facets count, kept from then on")
ROWS = asks("listings", "the listings of the page")
COPIES = asks("listings", "other copies of the release")
OF_ARTIST = asks("listings", "more of the artist")
# A word of a name is looked up by itself. Of the second one nothing else is there, nor is its label known.
NEIGHBOURS = [RANKS, STANDINGS, RANKS, OF_ARTIST, RANKS, asks("listings", "more of the label")]
NO_NEIGHBOURS = [RANKS, RANKS, OF_ARTIST]
SHELF = [ADMIN, OWNER, SHELVES, STATE, NEWEST, NEWEST_WHOLE, FOLDERS, FIELDS]
WHOSE = [ADMIN, OWNER, asks("accounts", "whose data is exported")]
SOURCE = [asks("sources", "the source"), asks("runs", "whether it ever came to anything")]
IN_FOLDERS = [*SOURCE, asks("copies", "how many copies each folder has"), FOLDERS]
KNOWN = [asks("enrichments", "what is known of releases and artists"), asks("copies", "of which copies of the owner")]
REFUSED = asks("sources", "whose credential Discogs refuses")
LATEST = asks("runs", "how old each source is")
LIVE = [asks(table, "how many live rows each source has") for table in ("listings", "copies", "wants")]
STATUS = [
    asks("runs", "the run at work"),
    asks("runs", "the last one"),
    asks("runs", "the last one of a shop"),
    HELD,
    REFUSED,
    asks("sources", "whose collection it is"),
    asks("copies", "how much it has"),
    asks("runs", "when it was read"),
    asks("runs", "what is at work, by source"),
    *LIVE,
    asks("sources", "all of them, with their last sync"),
]
WAITING = [HELD, asks("held_removals", "what it holds back"), asks("quarantined_items", "what it could not read")]
RUN = [RUNS, asks("held_removals", "what it holds back"), asks("quarantined_items", "what it could not read"), HELD]
COUNTS = [asks("listings", f"listings by {what}") for what in ("genre", "decade", "format", "condition", "price")]

# As the admin sees it, who is logged in with Discogs as well; the first answer of a process.
PAGES: dict[str, list[Asks]] = {
    "/": [*FRAME, COLUMNS, STANDINGS, ROWS],
    "/stats": [
        *FRAME,
        *COUNTS,
        asks("changes", "what came, was sold and left otherwise"),
        *(STATE, NEWEST, NEWEST_WHOLE),
        asks("listings", "counts and value per currency"),
    ],
    "/listing/1000001": [*FRAME, LISTING, LOG, BODY, COPIES, *NEIGHBOURS, ENRICHED],
    "/listing/1000002": [*FRAME, LISTING, WHEN_GONE, COPIES, *NO_NEIGHBOURS, STANDINGS, ROWS],
    "/detail/1000001": [],
    "/docs": FRAME,
    "/badge.svg": FRAME,
    "/robots.txt": [],
    "/sitemap.xml": [STATE, STATE, asks("listings", "the parts, and when each changed")],
    "/sitemap-pages.xml": [STATE, SHELVES],
    "/sitemap-listings-1.xml": [STATE, STATE, asks("listings", "where it begins"), STATE, asks("listings", "the part")],
    "/feeds/new.atom": [STATE, NEWEST, NEWEST_WHOLE, STANDINGS, ROWS, asks("changes", "since when they are there")],
    "/feeds/price-drops.atom": [STATE, NEWEST, NEWEST_WHOLE, asks("changes", "which became cheaper")],
    "/collection": [*SHELF, COUNTED, ALBUMS, SOLD_HERE, ENRICHED, ALBUMS, *KNOWN, COUNTED, FOLDERS],
    f"/collection/{ALBUM}": [*SHELF, ALBUMS, BODY, SOLD_HERE, ENRICHED, ENRICHED],
    "/collection/stats": [
        *SHELF,
        *(NEWEST, NEWEST_WHOLE, COUNTED),
        asks("mirror_state", "whether the visitor may see the wantlist"),
        asks("wants", "how many releases are wanted"),
        *CHARTED,
        asks("collection_values", "what it was worth"),
    ],
    "/account": [OWNER, asks("accounts", "the account"), REFUSED, OWNER],
    "/setup": [ADMIN],
    "/folders": [*WHOSE, *IN_FOLDERS, JOB],
    "/export/7": [*WHOSE, *IN_FOLDERS],
    "/marketplace": [*WHOSE, *SOURCE, asks("listings", "how many there are")],
    "/export_marketplace": [*WHOSE, *SOURCE, asks("listings", "how many there are")],
    "/import_cache": [
        *WHOSE,
        *IN_FOLDERS,
        asks("release_bodies", "how many releases are kept"),
        asks("listings", "of how many"),
        JOB,
    ],
    "/batch/list": [*WHOSE, JOB],
    "/progress/{folder}": [*WHOSE, JOB],
    "/batch/status/{folder}": [*WHOSE, JOB],
    "/batch/progress/{folder}": [*WHOSE, JOB],
    "/progress_marketplace/{marketplace}": [*WHOSE, JOB],
    "/batch/download/{folder}": [*WHOSE, JOB, JOB],
    "/progress_import": [*WHOSE, JOB, *WHOSE[1:], JOB],  # which is the latest, and then as any other
    "/sync": [ADMIN, *STATUS, asks("runs", "the runs before"), *WAITING, asks("quarantined_items", "of each source")],
    "/admin": [
        *(ADMIN, *STATUS),
        *(SCHEMA, STATE, NEWEST, NEWEST_WHOLE, HELD, REFUSED, JOB, LATEST),
        *(*WAITING, JOB),
    ],
    "/admin/accounts": [
        ADMIN,
        asks("accounts", "the accounts"),
        SOURCES,
        asks("runs", "what is at work, by source"),
        *LIVE,
        asks("sources", "all of them, with their last sync"),
        asks("web_sessions", "how many browsers are logged in"),
        asks("sources", "whose credential Discogs refuses, and since when"),
        LATEST,
    ],
    "/admin/enrichment": [
        ADMIN,
        asks("enrichments", "the questions that failed"),
        asks("enrichments", "how many there are"),
        asks("releases", "what they are about"),
        asks("enrichments", "how many questions stand how"),
        asks("enrichment_providers", "how the providers do"),
        *(JOB, JOB),
        *(ADMIN, OWNER, SHELVES, *KNOWN),
    ],
    "/admin/enrichment/item?kind=release&key=501": [
        ADMIN,
        asks("copies", "whether it is known"),
        ENRICHED,
        asks("enrichments", "all answers"),
        asks("enrichment_choices", "all decisions"),
        asks("releases", "what it is"),
    ],
    "/admin/jobs": [ADMIN, JOB, asks("jobs", "how many there are")],
    "/admin/log": [ADMIN],
    "/admin/runs": [
        ADMIN,
        asks("runs", "how many there are"),
        RUNS,
        asks("sources", "the sources to choose from"),
        asks("runs", "the drawing"),
    ],
    "/admin/runs/2": [ADMIN, *RUN],
    "/admin/settings": [ADMIN],
    "/metrics": [
        *(STATE, NEWEST, NEWEST_WHOLE),
        asks("listings", "counts and value per currency, kept from then on"),
        asks("runs", "how syncs ended"),
        asks("runs", "how much was asked of Discogs"),
        HELD,
        asks("runs", "how many are at work"),
        asks("changes", "the newest change"),
        asks("jobs", "how jobs stand"),
        asks("release_bodies", "how many releases are kept"),
        REFUSED,
        Asks("whether a process works", None, "pg_locks"),
    ],
}
# Ways in that are in no table of statements, and why.
NO_PAGES = {
    "assets.one": "files beside the program; the database is not asked",
    "login.log_in": "on the way to Discogs: it remembers what was asked for, as tests/login has it",
    "login.come_back": "on the way back: it asks Discogs and stores what it gave, as tests/login has it",
}
