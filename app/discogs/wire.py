"""The wire to Discogs: what fails on it is told as Discogs' failure."""

from __future__ import annotations

from collections.abc import Mapping

from app.discogs.failures import of_outside
from app.errors import DiscogsAPIError, OutsideError
from app.wire.answers import Answer
from app.wire.exchange import MOST_BODY_BYTES, Wire


class DiscogsWire(Wire):
    """A wire that raises DiscogsConnectionError (net.*) and DiscogsResponseError (body.*)."""

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BODY_BYTES,
        url_path: str = "",
    ) -> Answer:
        failure: DiscogsAPIError
        try:
            return super().exchange(
                method, url, headers=headers, params=params, body=body, most_bytes=most_bytes, url_path=url_path
            )
        except OutsideError as error:
            failure = of_outside(error)
        # Raised outside of the handler, so that no traceback leads to the request and its credential.
        raise failure
