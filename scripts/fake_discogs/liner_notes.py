"""What only the page of a release tells: tracks, credits, companies, barcodes, videos. Drawn from its id."""

import random
from datetime import UTC, datetime, timedelta

from . import words
from .records import Credit, Release
from .release_views import artist, label
from .vocabulary import PACIFIC, Json

_ROLES = ("Producer", "Mastered By", "Written-By", "Photography By [Cover Photo]", "DJ Mix", "Bass, Vocals")
_COMPANIES = (
    ("4", "Record Company"),
    ("9", "Distributed By"),
    ("13", "Phonographic Copyright (p)"),
    ("17", "Pressed By"),
)
_FIRST_ENTRY = datetime(2004, 1, 1, tzinfo=UTC)


def details(release: Release, base: str) -> Json:
    """Keys without a value are absent, as upstream; lists that are always there may be empty."""
    rng = random.Random(f"liner notes of {release.id}")
    entered = _FIRST_ENTRY + timedelta(seconds=rng.randint(0, 20 * 365 * 86_400))
    shown: Json = {
        "tracklist": _tracklist(rng, release, base),
        "identifiers": identifiers(release),
        "companies": _companies(rng, base),
        "series": [label(Credit(rng.randint(1, 900_000), "Wax Classics", catno="7"), base, ("2", "Series"))]
        if rng.random() < 0.08
        else [],
        "extraartists": [
            artist(_person(rng), base, rng.choice(_ROLES), "A1 to A3" if rng.random() < 0.2 else "")
            for _ in range(rng.randint(0, 4))
        ],
        "data_quality": rng.choice(("Needs Vote", "Correct", "Complete and Correct", "Needs Minor Changes")),
        "date_added": _moment(entered),
        "date_changed": _moment(entered + timedelta(days=rng.randint(1, 900))),
    }
    if rng.random() < 0.6:
        shown["videos"] = [_video(rng, release) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.5:
        shown["notes"] = rng.choice(words.RELEASE_NOTES)
    return shown | _released(rng, release)


def identifiers(release: Release) -> list[Json]:
    """Barcode as printed and as scanned, runout, society: empty for about one release in five."""
    rng = random.Random(f"identifiers of {release.id}")
    if rng.random() < 0.2:
        return []
    code = f"{rng.randint(0, 10**12 - 1):012}"
    return [
        {"type": "Barcode", "value": f"{code[0]} {code[1:6]} {code[6:11]} {code[11]}", "description": "Printed"},
        {"type": "Barcode", "value": code, "description": "Scanned"},
        {"type": "Matrix / Runout", "value": f"{release.catalog_number} A1", "description": "Side A, etched"},
        {"type": "Rights Society", "value": rng.choice(("GEMA", "BIEM/STEMRA", "SACEM", "MCPS"))},
    ]


def track_titles(release: Release) -> list[str]:
    """What a search by `track` looks through."""
    drawn = details(release, "")["tracklist"]
    return [track["title"] for track in drawn] + [
        part["title"] for track in drawn for part in track.get("sub_tracks", ())
    ]


def _tracklist(rng: random.Random, release: Release, base: str) -> list[Json]:
    tracks: list[Json] = []
    compilation = rng.random() < 0.1
    for side in "AB" if rng.random() < 0.8 else "ABCD":
        if rng.random() < 0.15:
            tracks.append(_track("", f"Side {side}", "", "heading"))
        for place in range(1, rng.randint(2, 6)):
            track = _track(f"{side}{place}", _title(rng, release), _duration(rng))
            if compilation:
                track["artists"] = [artist(_person(rng), base)]
            if rng.random() < 0.08:
                track["extraartists"] = [artist(_person(rng), base, "Remix")]
            tracks.append(track)
    if rng.random() < 0.06:
        parts = [_track(f"{tracks[-1]['position']}{letter}", _title(rng, release), "") for letter in "ab"]
        tracks.append(_track("", "Suite", "9:59", "index") | {"sub_tracks": parts})
    return tracks


def _track(position: str, title: str, duration: str, kind: str = "track") -> Json:
    return {"position": position, "type_": kind, "title": title, "duration": duration}


def _title(rng: random.Random, release: Release) -> str:
    if rng.random() < 0.1:
        return release.title
    return f"{rng.choice(words.ADJECTIVES)} {rng.choice(words.NOUNS)}"


def _duration(rng: random.Random) -> str:
    return "" if rng.random() < 0.15 else f"{rng.randint(1, 11)}:{rng.randint(0, 59):02}"


def _person(rng: random.Random) -> Credit:
    name = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"
    return Credit(rng.randint(200, 9_000_000), name)


def _companies(rng: random.Random, base: str) -> list[Json]:
    names = [f"{rng.choice(words.LAST_NAMES)} {tail}" for tail in ("Pressing", "Ltd.", "Distribution")]
    return [
        label(Credit(rng.randint(1, 3_000_000), name), base, kind)
        for name, kind in zip(names, rng.sample(_COMPANIES, rng.randint(0, 3)), strict=False)
    ]


def _video(rng: random.Random, release: Release) -> Json:
    title = f"{release.artist} - {release.title}"
    code = "".join(rng.choices("ABCDEFGHabcdefgh0123456789_-", k=11))
    return {
        "uri": f"https://www.youtube.com/watch?v={code}",
        "title": title,
        "description": title,
        "duration": rng.randint(60, 720),
        "embed": rng.random() < 0.9,
    }


def _released(rng: random.Random, release: Release) -> Json:
    """Unknown months and days are `00`; without a year both keys are absent."""
    if not release.year:
        return {}
    month = rng.randint(1, 12)
    name = datetime(2000, month, 1, tzinfo=UTC).strftime("%b")
    released, formatted = rng.choice(
        (
            (f"{release.year}", f"{release.year}"),
            (f"{release.year}-{month:02}-00", f"{name} {release.year}"),
            (f"{release.year}-{month:02}-17", f"17 {name} {release.year}"),
        )
    )
    return {"released": released, "released_formatted": formatted}


def _moment(moment: datetime) -> str:
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")
