"""Spotify: the address of an album and pictures of artists, by client credentials, found by artist and title."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.core.enrichment import NOBODY, CatalogueFacts, Field, Found, Nothing, Question
from app.core.matching import ENOUGH, album_score, artist_score
from app.core.outcomes import Reason
from app.core.text import fold
from app.enrichment.client import JsonClient, Manners
from app.enrichment.provider import Circumstances, Provider, ProviderKind
from app.enrichment.reading import address, named_elsewhere, names, objects, words
from app.errors import ProviderAnswerUnfit, ProviderError, ProviderKeyRefused
from app.wire.exchange import Timeouts
from config import Secret, Settings

CANDIDATES = "10"
LONGEST_WORDS = 100
WEB, PICTURE_HOST = "open.spotify.com", "i.scdn.co"
PICTURES = f"https://{PICTURE_HOST}/"
RENEW_BEFORE_S = 60.0


class Spotify:
    """Asks for a token when it needs one."""

    def __init__(self, api: JsonClient, accounts: JsonClient, client_id: str, secret: Secret, clock: Any) -> None:
        self._api = api
        self._accounts = accounts
        self._client_id = client_id
        self._secret = secret
        self._clock = clock
        self._token, self._token_ends_at = "", -math.inf

    @property
    def requests(self) -> int:
        return self._api.requests + self._accounts.requests

    def ask(self, question: Question) -> Found | Nothing:
        if not question.artist or (fold(question.artist) in NOBODY and question.release is None):
            return Nothing("nobody in particular")
        if question.release is not None:
            return self._album(question.release)
        return self._artist(question.artist)

    def _album(self, release: CatalogueFacts) -> Found | Nothing:
        if not release.title or not release.artist:
            return Nothing("neither artist nor title")
        told = self._search("album", f"album:{_asked(release.title)} artist:{_asked(release.artist)}")
        best: tuple[float, int, Mapping[str, Any]] | None = None
        for album in objects(told, "albums", "items"):
            score = album_score(release.artist, release.title, names(album, "artists"), words(album, "name"))
            years_off = _years_between(release.year, words(album, "release_date"))
            if score >= ENOUGH and (best is None or (score, -years_off) > (best[0], -best[1])):
                best = score, years_off, album
        if best is None:
            return Nothing("no album fits")
        score, _, album = best
        return Found({"url": _page(album), "title": words(album, "name")}, source=_page(album), score=score)

    def _artist(self, name: str) -> Found | Nothing:
        told = self._search("artist", f"artist:{_asked(name)}")
        for artist in objects(told, "artists", "items"):
            score = artist_score(name, [words(artist, "name")])
            if score >= ENOUGH and (picture := _picture(artist)):
                return Found(picture, source=_page(artist), score=score)
        return Nothing("no artist of this name has a picture")

    def _search(self, kind: str, question: str) -> object:
        params = {"q": question, "type": kind, "limit": CANDIDATES}
        try:
            return self._api.json("GET", "/search", params=params, headers=self._authorization())
        except ProviderKeyRefused as error:
            if error.status != 401:
                raise
        # A token may end before its time; whether the key itself is good is said where tokens are made.
        self._token_ends_at = -math.inf
        return self._api.json("GET", "/search", params=params, headers=self._authorization())

    def _authorization(self) -> dict[str, str]:
        if self._clock() >= self._token_ends_at:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> None:
        pair = f"{self._client_id}:{self._secret.reveal()}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            told = self._accounts.json(
                "POST", "/api/token", headers=headers, body=urlencode({"grant_type": "client_credentials"}).encode()
            )
        except ProviderError as error:
            if error.status == 400:
                told = None
            elif isinstance(error, ProviderAnswerUnfit):  # no token says nothing about what was to be asked
                raise ProviderError(error.reason, url_path="/api/token") from None
            else:
                raise
        if told is None:  # so Spotify says that it does not know the client
            raise ProviderKeyRefused(Reason.AUTH_REVOKED, status=400, url_path="/api/token")
        token, lasts = (told.get("access_token"), told.get("expires_in")) if isinstance(told, dict) else (None, None)
        if not isinstance(token, str) or not 1 <= len(token) <= 4096 or not token.isascii() or not token.isprintable():
            raise ProviderError(Reason.SCHEMA_ENVELOPE, url_path="/api/token", detail="no token in the answer")
        lasts_s = float(lasts) if isinstance(lasts, int | float) and 0 < lasts < 10**6 else 3600.0
        self._token, self._token_ends_at = token, self._clock() + max(lasts_s - RENEW_BEFORE_S, lasts_s / 2)


def _asked(text: str) -> str:
    """Words in quotes, so that none of them is taken for a filter."""
    return '"' + " ".join(text.replace('"', " ").split())[:LONGEST_WORDS] + '"'


def _page(told: Mapping[str, Any]) -> str:
    addresses = told.get("external_urls")
    return address(addresses.get("spotify") if isinstance(addresses, dict) else None, WEB)


def _picture(artist: Mapping[str, Any]) -> dict[str, str] | None:
    """The largest picture with the smallest that is not too small; None when there is none."""
    listed = artist.get("images")
    images = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not images:
        return None
    by_size = sorted(images, key=lambda image: -_width(image))
    small = next((image for image in reversed(by_size) if _width(image) >= 150), by_size[0])
    return {"uri": address(by_size[0].get("url"), PICTURE_HOST), "uri150": address(small.get("url"), PICTURE_HOST)}


def _width(image: Mapping[str, Any]) -> int:
    width = image.get("width")
    return width if type(width) is int and 0 <= width < 10**6 else 0


def _years_between(year: int | None, date: str) -> int:
    told = date[:4]
    return abs(year - int(told)) if year and told.isascii() and told.isdigit() else 1000


def _missing(settings: Settings) -> str:
    if settings.spotify_client_id and settings.spotify_client_secret:
        return ""
    return "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not both set"


def _make(settings: Settings, at: Circumstances) -> Provider:
    manners = Manners(Timeouts(connect=5.0, read=10.0, total=20.0), pause_s=60.0 / settings.spotify_rate_limit)
    accounts = Manners(Timeouts(connect=5.0, read=10.0, total=20.0), pause_s=0.0, most_bytes=64 * 2**10)
    assert settings.spotify_client_id is not None  # noqa: S101  `missing` said so
    assert settings.spotify_client_secret is not None  # noqa: S101
    return Spotify(
        JsonClient(settings.spotify_api_url, manners, at),
        JsonClient(settings.spotify_accounts_url, accounts, at),
        settings.spotify_client_id,
        settings.spotify_client_secret,
        at.clock,
    )


SPOTIFY = ProviderKind(
    name="spotify",
    fields={Field.SPOTIFY_URL: "the album at Spotify", Field.ARTIST_IMAGE: "pictures of artists"},
    missing=_missing,
    per_day=lambda settings: settings.spotify_daily_limit,
    make=_make,
    picture_origins=lambda settings: (PICTURES, *named_elsewhere(settings.spotify_api_url, "api.spotify.com")),
)
