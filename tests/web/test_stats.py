"""The shop in charts, on both databases."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.web.pages import get, outline


def test_every_chart_has_its_numbers_as_a_table(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.release(9, genres="Jazz")
    mirror.listing(release_id=9, year=1971, format="LP", price_minor=1500)
    mirror.listing(year=1975, format="2xLP", price_minor=2500)
    for reason in ("sold", "expired"):
        fields = {"removed_reason": [None, reason]}
        mirror.change(mirror.listing(format="CD", removed=reason), "remove", public_kind="remove", fields=fields)
    answer = get(client, "/stats")
    page = outline(answer)
    assert answer.status_code == 200
    assert len(page.having("table", **{"class": "bars"})) == 5
    rows = ("Jazz", "1970s", "LP", "Very Good Plus (VG+)", "EUR 10–20", "EUR 20–50")
    for label in rows:
        assert f'<th scope="row">{label}</th>' in answer.text, label
    assert "€40.00" in answer.text
    assert len(page.having("rect", **{"class": "down"})) == 1, "sold"
    assert len(page.having("rect", **{"class": "gone-bar"})) == 1, "gone otherwise"
    assert "1 was sold" in answer.text
    assert '<td class="number">0</td><td class="number">1</td><td class="number">1</td>' in answer.text
    assert all(one.get("aria-label") for one in page.having("svg", role="img")), "a picture without a name"


def test_amounts_of_different_currencies_are_never_added(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(price_minor=1500)
    mirror.listing(price_minor=1500, price_currency="JPY")
    text = get(client, "/stats").text
    assert "€15.00" in text
    assert "¥1,500" in text


def test_what_nobody_knows_is_no_chart(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(format="LP", year=1971)
    answer = get(client, "/stats")
    assert answer.text.count("Not known yet of any record.") == 1, "genres"
    assert len(outline(answer).having("table", **{"class": "bars"})) == 4


def test_an_empty_shop_has_numbers_too(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/stats")
    assert answer.status_code == 200
    assert answer.text.count("Nothing to show yet") == 5
