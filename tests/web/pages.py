"""A visitor with a browser, who asks for pages and reads them."""

from __future__ import annotations

from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def get(client: FlaskClient, address: str) -> TestResponse:
    """The page at an address, as a browser asks for it."""
    return client.get(address, headers=BROWSER)


class Outline(HTMLParser):
    """The elements of a page: (tag, attributes, its own text) in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_data(self, data: str) -> None:
        if self.elements and data.strip():
            self.elements[-1][2].append(data.strip())

    def having(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [found for name, found, _ in self.elements if name == tag and wanted.items() <= found.items()]


def outline(answer: TestResponse) -> Outline:
    """The page's elements."""
    read = Outline()
    read.feed(answer.get_data(as_text=True))
    return read
