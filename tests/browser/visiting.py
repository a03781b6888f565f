"""Servers that listen, and a visitor who looks at them through a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.browser.stock import Stock
from tests.conftest import FakeClock
from tests.jobs.waiting import until

DESK, PHONE = (1280, 900), (360, 740)
CONTROLS = frozenset({"button", "checkbox", "combobox", "link", "radio", "searchbox", "spinbutton", "textbox"})
CONTROLS |= {"DisclosureTriangle", "img", "image", "progressbar", "slider", "switch"}  # what has to be named as well
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#357" d="M0 0h9v9H0z"/></svg>'


class PictureHost:
    """Gives a picture under /covers/ and nothing elsewhere; remembers who sent whom."""

    def __init__(self) -> None:
        self.url = ""
        self.referrers: list[str | None] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        self.referrers.append(request.headers.get("Referer"))
        is_there = request.path.startswith("/covers/")
        answer = Response(PICTURE, mimetype="image/svg+xml") if is_there else Response(status=404)
        return answer(environ, start_response)


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """The application behind a free port of this machine, as long as the block lasts; its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Shop:
    """The shop under test."""

    url: str
    clock: FakeClock
    stock: Stock


class Visitor:
    """One browser, and what can be seen in it."""

    def __init__(self, chrome: webdriver.Chrome, shop: Shop) -> None:
        self.chrome = chrome
        self.shop = shop
        self._media: dict[str, str] = {}

    def begin(self) -> None:
        self.resize(*DESK)
        self.prefer(**{"prefers-color-scheme": "light", "prefers-reduced-motion": "reduce"})
        self.chrome.get("about:blank")
        self.chrome.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.shop.url, "storageTypes": "all"})
        self.complaints()
        self.requests()

    def leave(self) -> None:
        self.chrome.get("about:blank")  # a page that stays open goes on drawing and asking
        self.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, **media: str) -> None:
        self._media |= media
        features = [{"name": name, "value": value} for name, value in self._media.items()]
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def forbid_scripts(self) -> None:
        self.chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    def go(self, address: str) -> None:
        self.chrome.get(self.shop.url + address.removeprefix("/"))

    @property
    def address(self) -> str:
        """Where the visitor is, from the path on."""
        return self.chrome.current_url.removeprefix(self.shop.url.rstrip("/"))

    def see(self, selector: str) -> WebElement:
        """The first such element, as soon as it is there."""
        until(lambda: self.chrome.find_elements(By.CSS_SELECTOR, selector), f"{selector} at {self.address}")
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """What can be read there now; nothing while it is being replaced."""
        try:
            return [" ".join(element.text.split()) for element in self.all(selector)]
        except StaleElementReferenceException:
            return []

    def titles(self) -> list[str]:
        return self.texts(".card-release")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.chrome.execute_script(script, *arguments)

    def controls(self) -> list[tuple[str, str]]:
        """(role, name) of what can be used or is a picture, as the browser tells those who hear the page."""
        nodes = self.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        told = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes if not one["ignored"]]
        return [(role, name.strip()) for role, name in told if role in CONTROLS]

    def complaints(self) -> list[str]:
        """What the console of the browser said since it was asked last."""
        return [entry["message"] for entry in self.chrome.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that were asked since this was asked last."""
        events = [orjson.loads(entry["message"])["message"] for entry in self.chrome.get_log("performance")]
        sent = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if url.startswith(("http:", "https:", "ws"))]
