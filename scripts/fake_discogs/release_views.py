"""The parts of a release that collection, wantlist, search and release pages have in common."""

from .records import Credit, Release
from .views import ListingViews
from .vocabulary import Json


def basic_information(release: Release, views: ListingViews) -> Json:
    """What a collection or wantlist row tells about its release: no country, tracks, barcodes or prices."""
    base = views.base
    return {
        "id": release.id,
        "master_id": release.master_id,
        "master_url": f"{base}/masters/{release.master_id}" if release.master_id else None,
        "resource_url": f"{base}/releases/{release.id}",
        "thumb": views.thumbnail(release.id),
        "cover_image": f"{base}/covers/{release.id}.svg",
        "title": release.title,
        "year": release.year,
        "formats": formats(release),
        "labels": [label(credit, base) for credit in release.labels],
        "artists": [artist(credit, base) for credit in release.artists],
        "genres": list(release.genres),
        "styles": list(release.styles),
    }


def formats(release: Release) -> list[Json]:
    """`text` and `descriptions` are absent when there is nothing to say; `qty` is text."""
    shown: list[Json] = []
    for part in release.formats:
        entry: Json = {"name": part.name, "qty": str(part.quantity)}
        if part.text:
            entry["text"] = part.text
        if part.descriptions:
            entry["descriptions"] = list(part.descriptions)
        shown.append(entry)
    return shown


def label(credit: Credit, base: str, kind: tuple[str, str] = ("1", "Label")) -> Json:
    return {
        "name": credit.name,
        "catno": credit.catno,
        "entity_type": kind[0],
        "entity_type_name": kind[1],
        "id": credit.id,
        "resource_url": f"{base}/labels/{credit.id}",
    }


def artist(credit: Credit, base: str, role: str = "", tracks: str = "") -> Json:
    return {
        "name": credit.name,
        "anv": credit.variation,
        "join": credit.join,
        "role": role,
        "tracks": tracks,
        "id": credit.id,
        "resource_url": f"{base}/artists/{credit.id}",
    }
