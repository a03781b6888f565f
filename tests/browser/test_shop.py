"""Searching and narrowing, as visitors do it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.browser.visiting import DESK, PHONE, Visitor
from tests.jobs.waiting import until


def test_typing_finds_without_leaving_the_page(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.run("window.isStillHere = true")
    visitor.see("#q").send_keys("ege bam")
    until(lambda: visitor.titles() == ["Ege Bamyasi"], "the one record is left")
    assert visitor.address == "/?q=ege+bam"
    assert visitor.run("return window.isStillHere")
    assert visitor.run("return document.activeElement.id") == "q", "whoever types goes on typing"
    assert "ege bam" in visitor.chrome.title
    assert visitor.see("[data-announce]").get_attribute("textContent") == "1 record for “ege bam”"


def test_what_can_be_taken_along_is_what_is_seen(visitor: Visitor) -> None:
    visitor.go("/?q=nobodyknowsthis")
    assert visitor.texts(".downloads a") == []
    visitor.see("#q").clear()
    visitor.see("#q").send_keys("can", Keys.ENTER)
    until(lambda: visitor.texts(".downloads a") == ["CSV", "JSON", "feed"], "there is something to take along")
    addresses = [link.get_property("href") for link in visitor.all(".downloads a")]
    assert [address.partition("?")[2] for address in addresses] == ["q=can"] * 3
    visitor.see("#q").send_keys("nobodyknowsthis", Keys.ENTER)
    until(lambda: visitor.texts(".downloads a") == [], "nothing to take along")


def test_back_leads_through_what_was_asked(visitor: Visitor) -> None:
    visitor.go("/")
    everything = visitor.titles()
    visitor.see("#q").send_keys("can")
    until(lambda: "Future Days" in visitor.titles() and len(visitor.titles()) == 3, "three of Can")
    visitor.see('details[data-group="label"] > summary').click()
    visitor.see('a.facet[data-focus^="label-"]').click()
    until(lambda: len(visitor.titles()) == 2, "two of them on that label")
    narrowed = visitor.address
    visitor.chrome.back()
    until(lambda: len(visitor.titles()) == 3, "three again")
    assert visitor.address == "/?q=can"
    assert visitor.see("#q").get_property("value") == "can"
    visitor.chrome.back()
    until(lambda: visitor.titles() == everything, "all of them")
    assert visitor.see("#q").get_property("value") == ""
    visitor.chrome.forward()
    visitor.chrome.forward()
    until(lambda: len(visitor.titles()) == 2, "two again")
    assert visitor.address == narrowed


def test_back_from_a_record_leads_to_the_search(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.see("#q").send_keys("ege")
    until(lambda: visitor.titles() == ["Ege Bamyasi"], "found")
    visitor.see(".card-title a").click()
    visitor.see(".record")
    visitor.chrome.back()
    until(lambda: visitor.titles() == ["Ege Bamyasi"], "the search is still there")
    assert visitor.see("#q").get_property("value") == "ege"


def test_filters_in_use_are_shown_and_go(visitor: Visitor) -> None:
    visitor.go("/?q=quartet")
    until(lambda: len(visitor.titles()) == 48, "a full page")
    visitor.see('a.facet[data-focus="format-Vinyl"]').click()
    until(lambda: len(visitor.titles()) == 30, "half of them")
    assert visitor.texts(".chip") == ["Remove Format Vinyl"]
    assert visitor.see('a.facet[data-focus="format-Vinyl"]').get_attribute("aria-current") == "true"
    assert visitor.run("return document.activeElement.dataset.focus") == "format-Vinyl"
    visitor.see(".chip").click()
    until(lambda: len(visitor.titles()) == 48, "all of them")
    assert visitor.texts(".chip") == []


def test_a_range_of_prices(visitor: Visitor) -> None:
    visitor.go("/?q=quartet")
    visitor.see("#price_max").send_keys("9.37", Keys.ENTER)
    until(lambda: len(visitor.titles()) == 2, "the two cheapest")
    assert "price_max=9.37" in visitor.address
    assert "q=quartet" in visitor.address
    visitor.see("#price_min").send_keys("cheap", Keys.ENTER)
    until(lambda: "Lowest price" in visitor.see('[role="alert"]').text, "the field is named")
    field = visitor.see("#price_min")
    assert field.is_displayed()
    assert field.get_property("value") == "cheap"
    field.clear()
    field.send_keys("9", Keys.ENTER)
    until(lambda: len(visitor.titles()) == 2, "it was corrected")


def test_pages_and_order(visitor: Visitor) -> None:
    visitor.go("/?q=quartet&sort=title")
    until(lambda: visitor.titles()[:1] == ["Evening 00"], "the first")
    visitor.see('.paging a[rel="next"]').click()
    until(lambda: visitor.titles()[:1] == ["Evening 48"], "the second page")
    assert visitor.run("return scrollY") == 0
    assert visitor.run("return document.activeElement.id") == "results"
    visitor.run(
        "const box = document.querySelector('#sort'); box.value = '-price';"
        "box.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    until(lambda: visitor.titles()[:1] == ["Evening 59"], "the dearest, from the first page on")
    assert "page=" not in visitor.address


def test_a_slip_is_understood(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.see("#q").send_keys("bamyassi")
    visitor.see(".meant a").click()
    until(lambda: visitor.see("#q").get_property("value") == "bamyasi", "what was meant")
    assert visitor.titles() == ["Ege Bamyasi"]


def test_a_new_search_keeps_the_filters(visitor: Visitor) -> None:
    visitor.go("/?format=Vinyl")
    visitor.see("#q").send_keys("quartet", Keys.ENTER)
    until(lambda: len(visitor.titles()) == 30, "vinyl alone")
    assert "format=Vinyl" in visitor.address


def test_the_order_of_a_corrected_answer_keeps_what_was_answered(visitor: Visitor) -> None:
    visitor.go("/?q=quartt")
    assert visitor.see("#q").get_property("value") == "quartt"
    Select(visitor.see("#sort")).select_by_value("price")
    until(lambda: "sort=price" in visitor.address, "the order changed")
    assert "q=quartet" in visitor.address
    until(lambda: visitor.see("#q").get_property("value") == "quartet", "the box says what the address asks")
    assert len(visitor.titles()) == 48


def test_a_server_that_went_away_is_said_by_the_browser(visitor: Visitor) -> None:
    visitor.go("/")
    network = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    visitor.chrome.execute_cdp_cmd("Network.enable", {})
    visitor.chrome.execute_cdp_cmd("Network.emulateNetworkConditions", network)
    try:
        visitor.see("#q").send_keys("can")
        until(lambda: not visitor.all(".results"), "no old answer stands for the new question")
    finally:
        online = network | {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        visitor.chrome.execute_cdp_cmd("Network.emulateNetworkConditions", online)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_everything_works_without_scripts(visitor: Visitor, size: tuple[int, int]) -> None:
    visitor.resize(*size)
    visitor.forbid_scripts()
    visitor.go("/?format=Vinyl")
    visitor.see("#q").send_keys("quartet", Keys.ENTER)
    until(lambda: "q=quartet" in visitor.address, "the form was sent")
    assert "format=Vinyl" in visitor.address
    assert len(visitor.titles()) == 30
    if size == PHONE:
        visitor.see(".filters > summary").click()
    facet = visitor.see('a.facet[data-focus="format-Album"]')
    assert visitor.run("return arguments[0].checkVisibility()", facet)
    visitor.see("a.chip").click()
    until(lambda: "format" not in visitor.address, "the filter is gone")
    assert visitor.see(".sort button").is_displayed()
    assert not visitor.see(".theme").is_displayed(), "a switch that does nothing is not shown"
