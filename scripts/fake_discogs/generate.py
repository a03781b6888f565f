"""Draws a whole shop from a seed: the same seed gives the same world, byte for byte."""

import functools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from . import words
from .records import Copy, Credit, Format, Listing, Release, Want
from .vocabulary import DRAFT, EXPIRED, FOR_SALE, GRADES, SLEEVE_GRADES, SOLD

NOW = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)
FIRST_LISTING_ID = 4_330_635_000
FIRST_INSTANCE_ID = 2_176_900_000
_ENDINGS = (".00", ".50", ".99", ".49", ".95", ".17")


@functools.lru_cache(maxsize=4)
def shop(seed: int, total: int, for_sale: int, owned: int) -> tuple[tuple[Listing, ...], tuple[Copy, ...]]:
    """Listings and copies of a world. Drawn once: they are immutable, and tests ask for the same ones again."""
    # Text, because an int seed alone would share its stream with whatever a test draws from the same number.
    rng = random.Random(f"world {seed}")
    catalogue = releases(rng, max(1, total, owned))
    offered = listings(rng, catalogue, statuses(rng, total, for_sale))
    return tuple(offered), tuple(copies(rng, catalogue, owned))


def releases(rng: random.Random, count: int) -> list[Release]:
    """`count` invented releases with ascending, unequal ids."""
    numbers = sorted(rng.sample(range(1_000, 34_000_000), count))
    return [_release(rng, number) for number in numbers]


def listings(rng: random.Random, catalogue: list[Release], statuses: list[str]) -> list[Listing]:
    """One listing per status; about one in eight offers a release that another one offers too."""
    made: list[Listing] = []
    for number, status, posted in zip(_listing_ids(rng), statuses, _posting_times(rng, len(statuses)), strict=False):
        again = made and rng.random() < 0.12
        release = rng.choice(made[-40:]).release if again else catalogue[len(made) % len(catalogue)]
        made.append(_listing(rng, number, release, status, posted))
    return made


def statuses(rng: random.Random, total: int, for_sale: int) -> list[str]:
    """`for_sale` times For Sale, the rest Draft, Sold and Expired, shuffled."""
    rest = [(DRAFT, SOLD, SOLD, EXPIRED)[index % 4] for index in range(total - for_sale)]
    drawn = [FOR_SALE] * for_sale + rest
    rng.shuffle(drawn)
    return drawn


def copies(rng: random.Random, catalogue: list[Release], count: int) -> list[Copy]:
    """`count` owned copies; some releases are owned several times."""
    made: list[Copy] = []
    number = FIRST_INSTANCE_ID
    added = NOW - timedelta(days=1400)
    ratings: dict[int, int] = {}
    for index in range(count):
        number += rng.randint(1, 90_000)
        added += timedelta(seconds=rng.randint(60, max(120, 1390 * 86_400 // count * 2 - 60)))
        again = made and rng.random() < 0.06
        release = rng.choice(made).release if again else catalogue[(index * 7 + 3) % len(catalogue)]
        folder = rng.choice((1, 1, 1, 31, 32, 33))
        rating = ratings.setdefault(release.id, _rating(rng))
        made.append(Copy(number, release, folder, rating, min(added, NOW), _notes(rng)))
    return made


def wants(seed: int, count: int) -> list[Want]:
    """`count` wanted releases that nobody in the world offers or owns, but by chance."""
    rng = random.Random(f"wants {seed}")
    spread = [NOW - timedelta(seconds=rng.randint(0, 900 * 86_400)) for _ in range(count)]
    return [
        Want(release, added, _rating(rng), rng.choice(("", "", "only with the poster", "any pressing")))
        for release, added in zip(releases(rng, count), sorted(spread), strict=True)
    ]


def _listing_ids(rng: random.Random) -> Iterator[int]:
    number = FIRST_LISTING_ID
    while True:
        number += rng.randint(1, 900)
        yield number


def _posting_times(rng: random.Random, count: int) -> list[datetime]:
    """Ascending; rows uploaded together share their second, as they do in real exports."""
    seconds = sorted(rng.randint(0, 900 * 86_400) for _ in range(count))
    for index in range(1, count):
        if rng.random() < 0.08:
            seconds[index] = seconds[index - 1]
    start = NOW - timedelta(days=901)
    return [start + timedelta(seconds=offset) for offset in seconds]


def _listing(rng: random.Random, number: int, release: Release, status: str, posted: datetime) -> Listing:
    weight = _weight(release)
    return Listing(
        id=number,
        release=release,
        status=status,
        condition=rng.choice(GRADES[:5] if rng.random() < 0.95 else GRADES),
        sleeve_condition=rng.choice(GRADES[:5] if rng.random() < 0.8 else SLEEVE_GRADES),
        comments=rng.choice(words.COMMENTS),
        posted=posted,
        price=price(rng),
        allow_offers=rng.random() < 0.3,
        audio=rng.random() < 0.02,
        weight=weight,
        estimated_weight=weight,
        format_quantity=sum(part.quantity for part in release.formats) or 1,
        external_id=f"A-{rng.randint(1, 9999):04}" if rng.random() < 0.4 else "",
        location=rng.choice(words.LOCATIONS),
    )


def price(rng: random.Random) -> Decimal:
    """Mostly between 3 and 60, rarely some hundred, always with cents."""
    whole = rng.randint(80, 640) if rng.random() < 0.04 else 2 + int(rng.expovariate(1 / 16))
    return Decimal(f"{whole}{rng.choice(_ENDINGS)}")


def _weight(release: Release) -> int:
    for name, quantity, descriptions, _text, grams in words.FORMATS:
        if release.formats and (name, quantity, descriptions) == (
            release.formats[0].name,
            release.formats[0].quantity,
            release.formats[0].descriptions,
        ):
            return grams
    return 230


def _release(rng: random.Random, number: int) -> Release:
    artists = _artists(rng)
    labels = _labels(rng)
    name, quantity, descriptions, text, _grams = rng.choice(words.FORMATS)
    genre = rng.choice(tuple(words.GENRES))
    return Release(
        id=number,
        title=title(rng),
        artist=joined(artists),
        label=", ".join(label.name for label in labels),
        catalog_number=", ".join(label.catno for label in labels),
        format=format_text(name, quantity, descriptions, text),
        year=0 if rng.random() < 0.06 else rng.randint(1958, 2026),
        country=rng.choice(words.COUNTRIES),
        genres=(genre,),
        styles=tuple(sorted(rng.sample(words.GENRES[genre], rng.randint(1, 2)))),
        artists=artists,
        labels=labels,
        formats=(Format(name, quantity, descriptions, text),),
        master_id=0 if rng.random() < 0.07 else rng.randint(1_000, 4_000_000),
        in_wantlist=int(rng.expovariate(1 / 60)),
        in_collection=int(rng.expovariate(1 / 200)),
    )


def joined(artists: tuple[Credit, ...]) -> str:
    """The artist line of a release: a name variation wins over the name and carries a star."""
    line = ""
    for artist in artists:
        line += (f"{artist.variation}*" if artist.variation else artist.name) + (
            f" {artist.join} " if artist.join else ""
        )
    return line


def format_text(name: str, quantity: int, descriptions: tuple[str, ...], text: str) -> str:
    """Discogs' short format line: `2xLP, Album, RE`."""
    parts = [words.SHORT_DESCRIPTIONS.get(part, part) for part in descriptions]
    if name != "Vinyl":
        parts.insert(0, {"Cassette": "Cass", "Box Set": "Box"}.get(name, name))
    if quantity > 1:
        parts[0] = f"{quantity}x{parts[0]}"
    return ", ".join([*parts, text] if text else parts)


def title(rng: random.Random) -> str:
    """An invented title; one in eleven is of the sort that spreadsheets and parsers stumble over."""
    if rng.random() < 0.09:
        return rng.choice(words.ODD_TITLES)
    adjective, noun = rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS)
    pattern = rng.choice(
        ("{a} {n}", "The {a} {n}", "{n}s", "{a} {n} EP", "{n} & {m}", "{a} {n} (Remixes)", "Songs For The {n}")
    )
    return pattern.format(a=adjective, n=noun, m=rng.choice(words.NOUNS))


def _artists(rng: random.Random) -> tuple[Credit, ...]:
    first = _artist(rng)
    if rng.random() < 0.08:
        second = _artist(rng)
        return (Credit(first.id, first.name, first.variation, rng.choice(("&", "vs", "Feat."))), second)
    return (first,)


def _artist(rng: random.Random) -> Credit:
    number = rng.randint(200, 9_000_000)
    roll = rng.random()
    if roll < 0.06:
        return Credit(number, rng.choice(words.FOREIGN_ARTISTS))
    if roll < 0.5:
        name = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"
        return Credit(number, name, variation=name.split(" ")[1] if roll > 0.46 else "")
    name = rng.choice(("The {a} {n}s", "{a} {n}", "{n} {n2}", "{n}, {n2} & {a}")).format(
        a=rng.choice(words.ADJECTIVES), n=rng.choice(words.NOUNS), n2=rng.choice(words.NOUNS)
    )
    return Credit(number, f"{name} ({rng.randint(2, 9)})" if roll > 0.95 else name)


def _labels(rng: random.Random) -> tuple[Credit, ...]:
    name = f"{rng.choice((*words.NOUNS, *words.LAST_NAMES))} {rng.choice(words.LABEL_TAILS)}"
    number = rng.randint(1, 3_000_000)
    first = Credit(number, name, catno=_catno(rng, name))
    if rng.random() < 0.12:
        return (first, Credit(number, name, catno=_catno(rng, name)))
    return (first,)


def _catno(rng: random.Random, label: str) -> str:
    letters = "".join(word[0] for word in label.split()).upper()
    pattern = rng.choice(("{l} {n:03}", "{l}{n:04}", "{l}-{n}", "0{n:012}", "none", "{l} {n} LP", "СД {n}"))
    return pattern.format(l=letters, n=rng.randint(1, 9999))


def _rating(rng: random.Random) -> int:
    return rng.choice((0, 0, 0, 3, 4, 5))


def _notes(rng: random.Random) -> tuple[tuple[int, str], ...]:
    if rng.random() < 0.35:
        return ()
    notes = [(1, rng.choice(GRADES[:4])), (2, rng.choice(SLEEVE_GRADES[:9]))]
    if rng.random() < 0.3:
        notes.append((3, rng.choice(("gift", "signed by the drummer", "bought twice, see the other one"))))
    if rng.random() < 0.2:
        notes.append((4, "Flea market, 4 €"))
    return tuple(notes)
