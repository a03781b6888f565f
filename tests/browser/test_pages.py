"""Every page in light and dark, at a desk and on a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.measures import CONTRASTS, SMALL_TARGETS, TOO_WIDE
from tests.browser.visiting import DESK, PHONE, PictureHost, Shop, Visitor
from tests.builders import DAY
from tests.jobs.waiting import until

ENOUGH_CONTRAST = 4.5


@pytest.fixture
def addresses(shop: Shop) -> list[str]:
    """Pages of every kind."""
    stock = shop.stock
    listings = [f"/listing/{number}" for number in (stock.told, stock.without_picture, stock.gone, 1)]
    return ["/", "/?q=can&format=LP&genre=Rock", "/?q=zzzz", "/?page=0", "/stats", "/docs", *listings]


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 600)], ids=["desk", "phone", "smallest"])
def test_nothing_has_to_be_scrolled_sideways(visitor: Visitor, addresses: list[str], size: tuple[int, int]) -> None:
    visitor.resize(*size)
    for address in addresses:
        visitor.go(address)
        wide = visitor.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} is {wide} pixels too wide: {visitor.run(TOO_WIDE)}"


def test_nothing_is_complained_of_and_nobody_else_is_asked(
    visitor: Visitor, shop: Shop, pictures: PictureHost, addresses: list[str]
) -> None:
    hosts = {urlsplit(shop.url).netloc, urlsplit(pictures.url).netloc}
    for address in addresses:
        visitor.go(address)
        visitor.see("main")
        # The console counts an answer of 4xx as an error of the page itself.
        others = [text for text in visitor.complaints() if "Failed to load resource" not in text]
        assert others == [], address
        assert {urlsplit(url).netloc for url in visitor.requests()} <= hosts, address
    assert pictures.referrers
    assert set(pictures.referrers) == {None}, "whoever keeps the pictures does not learn who looks at them"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(visitor: Visitor, addresses: list[str], scheme: str) -> None:
    visitor.prefer(**{"prefers-color-scheme": scheme})
    for address in addresses:
        visitor.go(address)
        low = [found for found in visitor.run(CONTRASTS) if found["ratio"] < ENOUGH_CONTRAST]
        assert low == [], f"{address} in {scheme}"


def test_everything_can_be_hit_with_a_thumb(visitor: Visitor, addresses: list[str]) -> None:
    visitor.resize(*PHONE)
    for address in addresses:
        visitor.go(address)
        assert visitor.run(SMALL_TARGETS) == [], address


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_whatever_can_be_used_has_a_name_to_hear(visitor: Visitor, addresses: list[str], size: tuple[int, int]) -> None:
    visitor.resize(*size)
    for address in addresses:
        visitor.go(address)
        controls = visitor.controls()
        assert ("searchbox", "Search artist, title, label or catalogue number") in controls, address
        assert [role for role, name in controls if not name] == [], address
    visitor.go("/")
    assert ("combobox", "Sort by") in visitor.controls()


def test_the_switch_between_light_and_dark_is_remembered(visitor: Visitor) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    visitor.go("/")
    light = visitor.run(ground)
    switch = visitor.see("[data-theme-switch]")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.click()
    dark = visitor.run(ground)
    assert dark != light
    visitor.go("/stats")
    assert visitor.run(ground) == dark
    assert visitor.see("[data-theme-switch]").get_attribute("aria-pressed") == "true"
    visitor.prefer(**{"prefers-color-scheme": "dark"})
    visitor.see("[data-theme-switch]").click()
    assert visitor.run(ground) == light
    visitor.see("[data-theme-switch]").click()
    assert visitor.run("return localStorage.getItem('theme')") is None, "the system's own choice needs no memory"


def test_the_keyboard_goes_everywhere_and_shows_where(visitor: Visitor) -> None:
    visitor.go("/?q=can")
    body = visitor.see("body")
    body.send_keys(Keys.TAB)
    focused = visitor.chrome.switch_to.active_element
    assert focused.get_attribute("class") == "skip"
    assert focused.location["y"] >= 0, "what has the focus can be seen"
    focused.send_keys(Keys.ENTER)
    until(lambda: visitor.run("return document.activeElement.id") == "main", "the records have the focus")
    fetched = "return performance.getEntriesByType('resource').filter((one) => one.initiatorType === 'fetch').length"
    assert visitor.run(fetched) == 0, "a jump within the page asks nobody"
    seen: set[str] = set()
    for _ in range(60):
        visitor.chrome.switch_to.active_element.send_keys(Keys.TAB)
        seen.add(visitor.run("return document.activeElement.className || document.activeElement.id"))
        outlined = visitor.run(
            "for (let one = document.activeElement; one; one = one.parentElement)"
            " if (parseFloat(getComputedStyle(one).outlineWidth) >= 2 && getComputedStyle(one).outlineStyle !== 'none')"
            " return true; return document.activeElement === document.body"
        )
        assert outlined, visitor.run("return document.activeElement.outerHTML")
    assert {"facet", "sort", "source"} <= seen


def test_a_cover_that_does_not_come_leaves_a_drawn_one(visitor: Visitor, shop: Shop) -> None:
    for number in (shop.stock.with_lost_picture, shop.stock.without_picture):
        visitor.go(f"/listing/{number}")
        cover = visitor.see(".record .cover")
        assert "sleeve.svg" in cover.value_of_css_property("background-image")
        for picture in cover.find_elements(By.TAG_NAME, "img"):
            until(lambda one=picture: "is-missing" in one.get_attribute("class"), "it is hidden")
    visitor.go(f"/listing/{shop.stock.told}")
    until(lambda: visitor.run("return document.querySelector('.record img').naturalWidth > 0"), "this one comes")


def test_covers_keep_their_place_before_they_come(visitor: Visitor) -> None:
    visitor.go("/")
    shifts = visitor.run(
        "return new Promise(tell => new PerformanceObserver(list => 0).observe({type: 'layout-shift', buffered: true})"
        " ?? requestAnimationFrame(() => tell(performance.getEntriesByType('layout-shift')"
        ".reduce((sum, one) => sum + one.value, 0))))"
    )
    assert shifts < 0.05


def test_old_data_is_marked(visitor: Visitor, shop: Shop) -> None:
    before = shop.clock.now
    shop.clock.now = DAY.replace(hour=20)
    try:
        visitor.go("/")
        assert "may be out of date" in visitor.see(".stale").text
        assert min(one["ratio"] for one in visitor.run(CONTRASTS)) >= ENOUGH_CONTRAST
    finally:
        shop.clock.now = before
    visitor.go("/")
    assert not visitor.all(".stale")


def test_filters_wait_behind_a_button_on_a_phone(visitor: Visitor) -> None:
    visitor.resize(*PHONE)
    visitor.go("/")
    until(lambda: not visitor.see(".filters-body").is_displayed(), "closed")
    visitor.see(".filters > summary").click()
    assert visitor.see(".filters-body").is_displayed()
    visitor.see('a.facet[data-focus="format-Vinyl"]').click()
    until(lambda: visitor.texts(".chip") == ["Remove Format Vinyl"], "narrowed")
    assert visitor.see(".filters-body").is_displayed(), "the panel stays open while one filters"
