"""What the shop of the browser tests sells."""

from __future__ import annotations

from dataclasses import dataclass

from tests.builders import MirrorBuilder

MANY = 60


@dataclass(frozen=True)
class Stock:
    """Ids of listings that tests look at."""

    told: int
    without_picture: int
    with_lost_picture: int
    gone: int


def fill(builder: MirrorBuilder, pictures: str) -> Stock:
    """Two pages of jazz, some others, and every kind of oddity; the newest first."""
    builder.release(1, genres="Jazz", styles="Modal", country="Germany", community_have=12, community_want=340)
    for number in range(MANY):
        builder.listing(
            release_id=1,
            artist=f"Quartet {number:02}",
            title=f"Evening {number:02}",
            label="Night Records",
            format="LP, Album" if number % 2 else "CD, Album",
            year=1950 + number,
            price_minor=900 + 37 * number,
            image_uri=f"{pictures}covers/{number}.svg",
        )
    builder.release(2, genres="Rock, Folk, World, & Country", styles="Krautrock", country="Germany")
    gone = builder.listing(release_id=2, artist="Can", title="Tago Mago", removed="sold")
    lost = builder.listing(artist="Can", title="Future Days", image_uri=f"{pictures}lost/1.svg")
    bare = builder.listing(artist="Can", title="Soon Over Babaluma", label="United Artists", price_minor=None)
    told = builder.listing(
        release_id=2,
        artist="Can",
        title="Ege Bamyasi",
        label="United Artists",
        format="LP, Album, RE",
        year=1972,
        price_minor=2450,
        comments="Sleeve has a small split.\nPlays beautifully.",
        image_uri=f"{pictures}covers/told.svg",
        ships_from="Germany",
    )
    builder.change(told, "add", public_kind="add")
    builder.change(told, "update", public_kind="update", fields={"price_value": ["29.00", "24.50"]})
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    builder.listing(
        artist=long, title=long, label=long, comments=long, format="LP", image_uri=f"{pictures}covers/l.svg"
    )
    return Stock(told=told, without_picture=bare, with_lost_picture=lost, gone=gone)
