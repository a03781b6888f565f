"""MusicBrainz and its Cover Art Archive: covers of what Discogs shows none of. No key, one request a second."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.core.enrichment import CatalogueFacts, Field, Found, Nothing, Question
from app.core.matching import ENOUGH, album_score
from app.core.outcomes import Reason
from app.enrichment.client import JsonClient, Manners
from app.enrichment.provider import Circumstances, Provider, ProviderKind
from app.enrichment.reading import address, named_elsewhere, names, objects, words
from app.errors import ProviderError
from app.wire.exchange import Timeouts
from config import Settings

CANDIDATES = "10"
LONGEST_WORDS = 100
_SIGNS = re.compile(r'[+\-&|!(){}\[\]^"~*?:\\/]')
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MusicBrainz:
    """Finds the release there, then looks whether the archive has its front."""

    def __init__(self, musicbrainz: JsonClient, archive: JsonClient, archive_url: str) -> None:
        self._musicbrainz = musicbrainz
        self._archive = archive
        self._archive_url = archive_url.rstrip("/")

    @property
    def requests(self) -> int:
        return self._musicbrainz.requests + self._archive.requests

    def ask(self, question: Question) -> Found | Nothing:
        release = question.release
        if release is None or not release.title or not release.artist:
            return Nothing("neither artist nor title")
        params = {"query": _query(release), "fmt": "json", "limit": CANDIDATES}
        told = self._musicbrainz.json("GET", "/release", params=params)
        score, found = max(
            ((_score(release, each), words(each, "id")) for each in objects(told, "releases")), default=(0.0, "")
        )
        if score < ENOUGH or not _ID.fullmatch(found):
            return Nothing("no release fits")
        return self._cover(found, score)

    def _cover(self, found: str, score: float) -> Found | Nothing:
        path = f"/release/{found}/front-500"
        status = self._archive.status(path)
        if status == 404:
            return Nothing("the archive has no cover of it")
        if not (status == 200 or status in (302, 303, 307, 308)):  # it sends on to where the picture lies
            raise ProviderError(Reason.HTTP_4XX, status=status, url_path=path)
        front = f"{self._archive_url}/release/{found}"
        return Found(
            {"uri": address(f"{front}/front-500"), "uri150": address(f"{front}/front-250")},
            source=f"https://musicbrainz.org/release/{found}",
            score=score,
        )


def _query(release: CatalogueFacts) -> str:
    return f'release:"{_plain(release.title)}" AND artist:"{_plain(release.artist)}"'


def _plain(text: str | None) -> str:
    return " ".join(_SIGNS.sub(" ", text or "").split())[:LONGEST_WORDS]


def _score(release: CatalogueFacts, told: Mapping[str, Any]) -> float:
    return album_score(release.artist, release.title, names(told, "artist-credit"), words(told, "title"))


def _make(settings: Settings, at: Circumstances) -> Provider:
    timeouts = Timeouts(connect=5.0, read=15.0, total=30.0)
    musicbrainz = Manners(timeouts, pause_s=1.0)
    archive = Manners(timeouts, pause_s=0.5)
    return MusicBrainz(
        JsonClient(settings.musicbrainz_api_url, musicbrainz, at),
        JsonClient(settings.coverart_url, archive, at),
        settings.coverart_url,
    )


MUSICBRAINZ = ProviderKind(
    name="musicbrainz",
    fields={Field.COVER: "covers of what Discogs shows none of"},
    missing=lambda settings: "" if settings.musicbrainz_enabled else "MUSICBRAINZ_ENABLED is not set",
    per_day=lambda settings: settings.musicbrainz_daily_limit,
    make=_make,
    # The archive sends on to where its pictures lie.
    picture_origins=lambda settings: (
        "https://coverartarchive.org/",
        "https://archive.org/",
        "https://*.archive.org/",
        *named_elsewhere(settings.coverart_url, "coverartarchive.org"),
    ),
)
