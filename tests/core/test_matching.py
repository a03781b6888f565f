"""Whether what was found is what was looked for: rather none than a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.matching import ENOUGH, album_score, artist_score

SAME = [
    ("Miles Davis", "Kind Of Blue", ["Miles Davis"], "Kind of Blue"),
    ("Miles Davis", "Kind Of Blue", ["Miles Davis"], "Kind of Blue (Legacy Edition) [2009 Remaster]"),
    ("Björk", "Début", ["Bjork"], "Debut"),
    ("The Beatles", "Help!", ["Beatles"], "Help! (Remastered)"),
    ("Simon & Garfunkel", "Bookends", ["Simon", "Garfunkel"], "Bookends"),
    ("Nirvana", "Nevermind (Deluxe Edition)", ["Nirvana"], "Nevermind"),
    ("Various", "Pulp Fiction", ["Various Artists"], "Pulp Fiction"),
    ("Sunn O)))", "Black One", ["Sunn O)))"], "Black One"),
    ("Kraftwerk", "Die Mensch-Maschine", ["Kraftwerk"], "Die Mensch-Maschine - 2009 Remaster"),
    ("R.E.M.", "Monster", ["R.E.M."], "Monster (25th Anniversary Edition)"),
]
OTHERS = [
    ("Miles Davis", "Kind Of Blue", ["Miles Davis"], "Kind of Blue (Live)"),
    ("Miles Davis", "Kind Of Blue", ["Miles Davis Tribute Band"], "Kind of Blue"),
    ("Joni Mitchell", "Blue", ["Joni Mitchell"], "Blues"),
    ("Chicago", "Chicago II", ["Chicago"], "Chicago III"),
    ("Various", "Hits Vol. 1", ["Various Artists"], "Hits Vol. 2"),
    ("Various", "Soul", ["Aretha Franklin"], "Soul"),
    ("Michael Jackson", "Thriller", ["Michael Jackson"], "Thriller (Karaoke Version)"),
    ("Massive Attack", "Mezzanine", ["Massive Attack"], "Mezzanine (The Mad Professor Remixes)"),
    ("Low", "Double Negative", [], "Double Negative"),
    ("Van Halen", "Van Halen", ["Van Halen"], "Van Halen (2)"),
    ("Led Zeppelin", "Led Zeppelin", ["Led Zeppelin"], "Led Zeppelin - 2"),
    ("Peter Gabriel", "Peter Gabriel", ["Peter Gabriel"], "Peter Gabriel (3)"),
    ("Adele", "19", ["Adele"], "19 (21)"),
    ("Van Halen", "Van Halen", ["Van Halen"], "Van Halen (1984)"),
    ("The Roots", "Illadelph", ["The Roots"], "Illadelph (EP)"),
    ("The Roots", "Illadelph", ["The Roots"], "Illadelph (Single Version)"),
    ("Chicago", "Chicago", ["Chicago"], "Chicago (Deluxe Edition 2)"),
    ("", "Untitled", ["Anybody"], "Untitled"),
    ("Nobody", None, ["Nobody"], ""),
]


@pytest.mark.parametrize(("artist", "title", "artists", "told"), SAME)
def test_the_same_album_is_found(artist: str, title: str, artists: list[str], told: str) -> None:
    assert album_score(artist, title, artists, told) >= ENOUGH


@pytest.mark.parametrize(("artist", "title", "artists", "told"), OTHERS)
def test_another_album_is_not_taken_for_it(artist: str, title: str | None, artists: list[str], told: str) -> None:
    assert album_score(artist, title, artists, told) < ENOUGH


@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3), st.text(max_size=60))
def test_a_score_is_a_share(artist: str, title: str, artists: list[str], told: str) -> None:
    assert 0.0 <= album_score(artist, title, artists, told) <= 1.0
    assert 0.0 <= artist_score(artist, artists) <= 1.0
