"""A Spotify that has most albums, knows every artist, and tells namesakes and other editions besides."""

import base64
import re
import secrets
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from scripts.fake_discogs.messages import HttpError, Request, Response, json_response

_ASKED = re.compile(r'(album|artist):"([^"]*)"')


class Spotify:
    """Tokens last `lasts_s` by its clock. `lacks` says of a text (album or artist) that there is none;
    `only_wrong` has it find nothing but look-alikes. `picture` makes the address of a picture."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self.client_id = "fake-client"
        self.client_secret = "fake-client-secret-51f3"
        self.lasts_s = 3600.0
        self.is_revoked = False
        self.only_wrong = False
        self.lacks: Callable[[str], bool] = lambda text: zlib.crc32(text.casefold().encode()) % 10 == 0
        self.picture: Callable[[int, int], str] = lambda number, size: f"{url}/coverart/pictures/{number}-{size}.svg"
        self._clock = clock
        self._tokens: dict[str, float] = {}

    def answer(self, request: Request) -> Response | None:
        if request.path == "/accounts/api/token":
            return self._token(request)
        return self._search(request) if request.path == "/spotify/v1/search" else None

    def expire_tokens(self) -> None:
        """All tokens that are out end now, whatever was promised."""
        self._tokens.clear()

    def _token(self, request: Request) -> Response:
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.method != "POST" or parse_qs(request.body.decode()) != {"grant_type": ["client_credentials"]}:
            raise HttpError(400, body={"error": "unsupported_grant_type"})
        if self.is_revoked or request.headers.get("authorization") != f"Basic {pair}":
            raise HttpError(400, body={"error": "invalid_client", "error_description": "Invalid client"})
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self._clock() + self.lasts_s
        return json_response({"access_token": token, "token_type": "Bearer", "expires_in": int(self.lasts_s)})

    def _search(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0.0) <= self._clock() or self.is_revoked:
            raise HttpError(401, body={"error": {"status": 401, "message": "The access token expired"}})
        asked = dict(_ASKED.findall(request.query.get("q", "")))
        if request.query.get("type") == "album":
            return json_response({"albums": {"items": self._albums(asked.get("album", ""), asked.get("artist", ""))}})
        return json_response({"artists": {"items": self._artists(asked.get("artist", ""))}})

    def _albums(self, title: str, artist: str) -> list[Any]:
        wrong = [
            self._album(f"{title} (Live at the Village)", artist),
            self._album(title, f"{artist} Tribute Band"),
            self._album(f"{title}, Vol. 2", artist),
        ]
        if self.only_wrong or self.lacks(f"{artist} {title}"):
            return wrong
        return [wrong[0], self._album(f"{title} (Remastered)", artist), self._album(title, artist), *wrong[1:]]

    def _album(self, title: str, artist: str) -> dict[str, Any]:
        number = zlib.crc32(f"{artist} {title}".encode())
        return {
            "id": f"album{number:017d}",
            "name": title,
            "artists": [{"name": artist}],
            "release_date": "1999-01-01",
            "external_urls": {"spotify": f"https://open.spotify.com/album/album{number:017d}"},
            "images": [],
        }

    def _artists(self, name: str) -> list[Any]:
        found = [self._artist(f"{name} Orchestra")]
        return found if self.only_wrong or self.lacks(name) else [*found, self._artist(name)]

    def _artist(self, name: str) -> dict[str, Any]:
        number = zlib.crc32(name.encode())
        return {
            "id": f"artist{number:016d}",
            "name": name,
            "external_urls": {"spotify": f"https://open.spotify.com/artist/artist{number:016d}"},
            "images": [{"url": self.picture(number, size), "width": size, "height": size} for size in (600, 150)],
        }
