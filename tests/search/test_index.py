"""Finding listings. Every test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.query import parse_query
from app.core.text import written
from app.extensions import db, wiring
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.services.inventory_service import InventoryService
from app.services.shop_index import ShopIndexWriter
from app.services.shop_search import index_of
from app.services.shop_state import shop_state
from tests.builders import DAY, MirrorBuilder

Find = Callable[..., list[int]]


@pytest.fixture(params=["terms", "plain"])
def mirror(app: Flask, request: pytest.FixtureRequest) -> Iterator[MirrorBuilder]:
    """With the index of terms, and as it is read until that index is made."""
    with app.app_context():
        index = ShopIndexWriter.of(wiring().settings) if request.param == "terms" else None
        yield MirrorBuilder(db.engine, index)


@pytest.fixture
def find(mirror: MirrorBuilder) -> Find:
    """Ids of the listings that answer, in order."""

    def ask(**arguments: Any) -> list[int]:
        query = parse_query([(name, str(value)) for name, value in arguments.items()])
        return [int(item["listing_id"]) for item in InventoryService().search_items(query)]

    return ask


def test_all_words_in_any_order_with_the_last_as_a_beginning(mirror: MirrorBuilder, find: Find) -> None:
    blue = mirror.listing(artist="Miles Davis", title="Kind Of Blue", label="Columbia", catalog_number="CL 1355")
    mirror.listing(artist="Miles Davis", title="Sketches Of Spain")
    assert find(q="blue miles") == [blue]
    assert find(q="davis kin") == [blue]
    assert find(q="kin davis") == []
    assert find(q="columbia 1355") == [blue]
    assert find(q="Miles Davis - Kind of Blue") == [blue]


@pytest.mark.parametrize("text", ["bjork", "BJÖRK", "Björk", "bjo\u0308rk"])
def test_case_and_accents_do_not_matter(mirror: MirrorBuilder, find: Find, text: str) -> None:
    debut = mirror.listing(artist="Björk", title="Debut")
    assert find(q=text) == find(artist=text) == [debut]


def test_names_of_signs_are_found(mirror: MirrorBuilder, find: Find) -> None:
    chk = mirror.listing(artist="!!!", title="Louden Up Now")
    acdc = mirror.listing(artist="AC/DC", title="Powerage")
    assert find(q="!!!") == find(artist="!!!") == [chk]
    assert find(q="AC/DC") == find(artist="ac dc") == [acdc]


@pytest.mark.parametrize("name", ["q", "artist", "label", "genre", "style", "country", "format"])
@pytest.mark.parametrize("text", ["\u0301", "\u0301\u0308", "\0", "\ufe0f", "\u200d"])
def test_what_folds_to_nothing_finds_nothing(mirror: MirrorBuilder, find: Find, name: str, text: str) -> None:
    mirror.listing(artist="!!!", title="Louden Up Now", format=None)
    mirror.listing(artist="e\u0301 \u0301", label="\u0301", format="")
    assert find(**{name: text}) == []


def test_artist_and_label_are_looked_for_in_their_own_field(mirror: MirrorBuilder, find: Find) -> None:
    artist = mirror.listing(artist="Columbia", title="Growin' Up", label="Capitol")
    label = mirror.listing(artist="Dave Brubeck", title="Time Out", label="Columbia")
    assert find(artist="columbia") == [artist]
    assert find(label="columbia") == [label]
    assert find(artist="colum") == []


def test_genre_style_and_country_come_from_the_release(mirror: MirrorBuilder, find: Find) -> None:
    folk = mirror.listing(release_id=1)
    mirror.listing(release_id=2)
    mirror.listing(release_id=3)
    mirror.release(1, genres="Rock, Folk, World, & Country", styles="Deep House, Ambient", country="Côte d'Ivoire")
    mirror.release(2, genres="Electronic", styles="House", country="UK")
    assert find(genre="folk, world, & country") == find(genre="FOLK") == find(genre="Rock") == [folk]
    assert find(style="deep house") == [folk]
    assert find(style="house") != find(style="deep house")
    assert find(country="cote d'ivoire") == [folk]
    assert find(country="Cote") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("vinyl", {"LP, Album", '12", EP', '7", Single', "2xLP, RE"}),
        ("lp", {"LP, Album", "2xLP, RE"}),
        ("LP, Album", {"LP, Album"}),
        ('12"', {'12", EP'}),
        ("12 inch", {'12", EP'}),
        ("cd", {"CD, Album"}),
        ("cassette", {"Cass, Album"}),
        ("album", {"LP, Album", "CD, Album", "Cass, Album"}),
        ("%", set()),
    ],
)
def test_a_format_or_its_family(mirror: MirrorBuilder, find: Find, asked: str, found: set[str]) -> None:
    ids = {
        mirror.listing(format=text): text
        for text in ("LP, Album", '12", EP', '7", Single', "2xLP, RE", "CD, Album", "Cass, Album")
    }
    assert {ids[number] for number in find(format=asked)} == found


def test_years_and_their_bounds(mirror: MirrorBuilder, find: Find) -> None:
    old, new = mirror.listing(year=1959), mirror.listing(year=1999)
    mirror.listing(year=None)
    assert find(year=1959) == [old]
    assert find(year_min=1960) == [new]
    assert find(year_max=1998) == [old]
    assert set(find(year_min=1959, year_max=1999)) == {old, new}


def test_conditions_in_short_and_in_full(mirror: MirrorBuilder, find: Find) -> None:
    mint = mirror.listing(condition="Near Mint (NM or M-)", sleeve_condition="No Cover")
    mirror.listing(condition="Very Good (VG)", sleeve_condition="Very Good Plus (VG+)")
    assert find(condition="nm") == find(condition="near mint (nm or m-)") == [mint]
    assert find(sleeve_condition="no cover") == [mint]
    assert find(condition="VG+") == []


def test_prices_are_compared_in_the_currency_of_each_listing(mirror: MirrorBuilder, find: Find) -> None:
    euro = mirror.listing(price_minor=1850, price_currency="EUR")
    yen = mirror.listing(price_minor=1850, price_currency="JPY")
    mirror.listing(price_minor=None, price_currency=None)
    assert find(price_min="18.50", price_max="18.50") == [euro]
    assert find(price_min="18.501") == [yen]
    assert find(price_max="18.49") == []
    assert find(price_min="1850", price_max="1850") == [yen]
    assert find(price_min=1, currency="eur") == [euro]
    assert find(currency="USD") == []


def test_one_seller_of_several_in_any_case(mirror: MirrorBuilder, find: Find) -> None:
    other = mirror.listing(source_id=mirror.seller("Second_Seller"))
    mine = mirror.listing()
    assert find(seller="second_seller") == find(seller="SECOND_SELLER") == [other]
    assert find(seller="example_seller") == [mine]
    assert find(seller="nobody") == []


def test_only_what_is_for_sale_in_an_open_shop_is_found(mirror: MirrorBuilder, find: Find) -> None:
    for status in ("Draft", "Sold", "Expired", "Deleted", "Suspended"):
        mirror.listing(status=status, artist="Hidden")
    mirror.listing(removed="sold", artist="Hidden")
    mirror.listing(source_id=mirror.seller("waiting", is_active=False), artist="Hidden")
    assert find() == find(q="hidden") == find(artist="hidden") == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", "cbad"),
        ("posted", "abcd"),
        ("price", "acbd"),
        ("-price", "bcad"),
        ("artist", "cadb"),
        ("-artist", "bdac"),
        ("title", "bacd"),
        ("year", "cabd"),
        ("-year", "bacd"),
    ],
)
def test_every_order_is_the_same_on_both_databases(mirror: MirrorBuilder, find: Find, sort: str, expected: str) -> None:
    rows = {
        "a": {"artist": "étoile", "title": "beta", "year": 1980, "price_minor": 100},
        "b": {"artist": "Zappa", "title": "Alpha", "year": 1990, "price_minor": 300},
        "c": {"artist": "abba", "title": "gamma", "year": 1970, "price_minor": 200},
    }
    names = {
        mirror.listing(posted_at=DAY.replace(hour=hour), **fields): name
        for hour, (name, fields) in enumerate(rows.items(), 1)
    }
    unknown = {"posted_at": None, "title": None, "year": None, "price_minor": None, "price_currency": None}
    names[mirror.listing(artist="ÿ", **unknown)] = "d"
    assert "".join(names[number] for number in find(sort=sort)) == expected


def test_equal_listings_keep_one_order_over_all_pages(mirror: MirrorBuilder, find: Find) -> None:
    ids = mirror.listings(25, posted_at=DAY, artist="Same")
    for more in ({}, {"artist": "same"}):
        pages = [find(limit=10, page=page, **more) for page in (1, 2, 3, 4)]
        assert [number for page in pages for number in page] == sorted(ids, reverse=True)
        assert [len(page) for page in pages] == [10, 10, 5, 0]


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1", "' OR '1'='1", "%", "_", "\\", "/", '"', "NEAR(", "a*", "-x", "*", "x' --", "AND OR NOT", "{}", "\0"],
)
@pytest.mark.parametrize("name", ["q", "artist", "label", "genre", "style", "format", "country", "condition", "seller"])
def test_no_text_finds_what_it_does_not_name(mirror: MirrorBuilder, find: Find, name: str, text: str) -> None:
    mirror.listing(artist="Nina Simone", title="Pastel Blues", label="Philips", format="LP", release_id=9)
    mirror.release(9, genres="Jazz", styles="Soul-Jazz", country="US")
    if text != "\0":  # which is nothing at all
        assert find(**{name: text}) == []


def test_signs_of_like_are_plain_signs(mirror: MirrorBuilder, find: Find) -> None:
    percent = mirror.listing(artist="100% Pure", title="%")
    mirror.listing(artist="1000 Pure", title="x")
    assert find(artist="100 pure") == [percent]
    assert find(q="%") == [percent]


def test_a_typo_finds_what_was_meant(mirror: MirrorBuilder) -> None:
    if not mirror.has_index:
        return  # corrections come from the index of terms
    mirror.listing(artist="The Beatles", title="Revolver")
    service = InventoryService()
    for text in ("betles revolver", "revolver beatels", "beatlles"):
        with service.found(parse_query([("q", text)])) as found:
            meant = found.corrected()
            assert found.total() == 0
            assert meant is not None
            assert "beatles" in meant.query.words
            assert meant.total() == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nadu hol", "nandu hol"),  # the last word may be unfinished,
        ("hollow nadu", "hollow nandu"),  # or be the slip
        ("音楽 nadu", "音楽 nandu"),  # words of any alphabet are known as they are,
        ("nadu 音", "nandu 音"),  # and begun
        ("음악 nadu", "음악 nandu"),
        ("nan4du", "nandu"),  # a digit among letters is a slip of the finger
        ("na5du hollow", "nandu hollow"),
        ("nadu holow", "nandu hollow"),  # a slip in each of two words
        ("holow kc7009 nadu", "hollow kc7009 nandu"),
    ],
)
def test_a_typo_beside_any_words_finds_what_was_meant(mirror: MirrorBuilder, text: str, meant: str) -> None:
    wanted = mirror.listing(artist="Nandu", title="Hollow 音楽 음악", catalog_number="KC7009")
    mirror.listing(artist="Nadia", title="Holiday")
    with InventoryService().found(parse_query([("q", text)])) as found:
        assert found.total() == 0
        answered = found.corrected()
        if not mirror.has_index:
            assert answered is None
            return
        assert answered is not None
        assert written(answered.query.words) == meant
        assert [item["listing_id"] for batch in answered.batches() for item in batch] == [str(wanted)]


@pytest.mark.parametrize("text", ["kc7008", "7008 nandu", "kc70o9", "warp2", "nadu kc7008", "nadu holow thrree"])
def test_numbers_are_never_mended_and_three_slips_not_either(mirror: MirrorBuilder, text: str) -> None:
    mirror.listing(artist="Nandu", title="Hollow Warp Three", catalog_number="KC7009")
    mirror.listing(artist="Nandu", title="Hollow", catalog_number="WARP1 7009 KC70Z9")
    with InventoryService().found(parse_query([("q", text)])) as found:
        assert found.total() == 0
        assert found.corrected() is None


@pytest.mark.parametrize("text", ["zzzz", "bea", "1967", "beatles 1968", "x1y2z3", "!!!", "beatlesque"])
def test_what_is_no_typo_is_left_alone(mirror: MirrorBuilder, text: str) -> None:
    mirror.listing(artist="The Beatles", title="Revolver", catalog_number="PMC 7009")
    with InventoryService().found(parse_query([("q", text), ("artist", "beatles")])) as found:
        assert found.total() == (text == "bea")
        assert found.corrected() is None


def test_only_among_those_that_are_named(mirror: MirrorBuilder) -> None:
    first, second, third = (mirror.listing(artist="Nina Simone", format="LP") for _ in range(3))
    draft = mirror.listing(artist="Nina Simone", status="Draft")
    with read_transaction(mirror.engine) as connection:
        state = shop_state(connection)

        def found(among: set[int], **arguments: str) -> list[int]:
            hits = index_of(state, wiring().settings, wiring().remembered).find(
                connection,
                parse_query(arguments.items()),
                sources=state.sellers,
                columns=[ListingRow.__table__.c.listing_id],
                among=among,
            )
            rows = [row[0] for batch in hits.batches() for row in batch]
            assert hits.total() == len(rows)
            return rows

        assert found({first, third, draft, 1}) == [third, first]
        assert found({first, second}, q="nina", format="vinyl", price_max="20") == [second, first]
        assert found({first}, artist="simone", price_min="20") == found(set()) == []


@pytest.mark.parametrize("question", [{}, {"q": "blue"}, {"artist": "davis"}, {"genre": "jazz"}, {"country": "us"}])
def test_facets_count_what_is_found(mirror: MirrorBuilder, find: Find, question: dict[str, str]) -> None:
    mirror.listing(artist="Miles Davis", title="Kind Of Blue", format="LP", release_id=1)
    mirror.listing(artist="Björk", title="Blue Line", format="CD", release_id=2)
    mirror.release(1, genres="Jazz", country="US")
    mirror.release(2, genres="Jazz, Pop", country="UK")
    facets = InventoryService().facets(parse_query(question.items()))
    assert facets["total"] == len(find(**question))
    assert sum(value["count"] for value in facets["conditions"]) == facets["total"]
