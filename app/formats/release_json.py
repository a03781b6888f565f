"""A release of the catalogue as the outside knows it. What is not named here is not shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.release_records import Credit, Release, Track


def release_item(
    release: Release, *, web_url: str, fetched_at: datetime, is_gone: bool, price_age_s: int | None
) -> dict[str, Any]:
    """The public fields of a release. `market` is None when its prices are too old to be shown (`price_age_s` None)."""
    return {
        "release_id": str(release.release_id),
        "title": release.title,
        "artist": release.artist or None,
        "artists": [_credit(one) for one in release.artists],
        "labels": [one._asdict() for one in release.labels],
        "country": release.country,
        "year": release.year,
        "released": release.released,
        "genres": list(release.genres),
        "styles": list(release.styles),
        "formats": [one._asdict() | {"descriptions": list(one.descriptions)} for one in release.formats],
        "identifiers": [
            {"type": one.kind, "value": one.value, "description": one.description} for one in release.identifiers
        ],
        "tracklist": [_track(one) for one in release.tracklist],
        "credits": [_credit(one) for one in release.credits],
        "videos": [{"uri": one.uri, "title": one.title, "duration": one.seconds} for one in release.videos],
        "images": [one._asdict() for one in release.images],
        "notes": release.notes,
        "master_id": None if release.master_id is None else str(release.master_id),
        "uri": f"{web_url}/release/{release.release_id}",
        "fetched_at": fetched_at.isoformat(timespec="seconds"),
        "is_gone": is_gone,
        "market": _market(release, price_age_s),
    }


def _credit(one: Credit) -> dict[str, Any]:
    return {"name": one.name, "role": one.role, "tracks": one.tracks}


def _track(one: Track) -> dict[str, Any]:
    return {
        "position": one.position,
        "type": one.kind,
        "title": one.title,
        "duration": one.duration,
        "artist": one.artist,
        "credits": [_credit(credit) for credit in one.credits],
        "sub_tracks": [_track(track) for track in one.sub_tracks],
    }


def _market(release: Release, price_age_s: int | None) -> dict[str, Any] | None:
    if price_age_s is None:
        return None
    told = release.market
    return {"lowest_price": told.lowest_price, "num_for_sale": told.for_sale, "age_seconds": price_age_s}
