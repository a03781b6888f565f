"""What SECURITY.md claims, held against the tests it names; and what no other test looks at."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app.web.assets import contents
from config import ROOT, Settings
from tests.web.pages import get, outline

MakeApp = Callable[[Settings], Flask]
PAGE = (ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8")
LEVEL_1 = re.findall(
    r"\S+",
    """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1
7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 11.3.1
11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
""",
)
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| [0-9]+\.[0-9]", line)]


def test_every_requirement_has_a_row() -> None:
    assert re.findall(r"\b[0-9]+\.[0-9]+\.[0-9]+\b", " ".join(row[0] for row in ROWS)) == LEVEL_1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].split()[0])
def test_every_row_is_kept_by_a_test_or_says_why_not(row: list[str]) -> None:
    _, how, kept_by = (cell.strip() for cell in row)
    if not kept_by:
        assert re.match(r"not applicable: .{10,}", how)
        return
    path, name = kept_by.strip("`").split("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_times_of_repair_are_written_down() -> None:
    for promise in ("within seven days", "within thirty", "a dependency with a known weakness", "once a month"):
        assert promise in " ".join(PAGE.split())


def test_no_weak_digest_is_used() -> None:
    for path in sorted((ROOT / "app").rglob("*.py")):
        found = re.findall(
            r"md5|sha1|\bDES\b|ARC4|Blowfish|modes\.ECB", path.read_text(encoding="utf-8"), re.IGNORECASE
        )
        assert not found or (path.name, {*found}) == ("signing.py", {"SHA1"}), path


@pytest.mark.parametrize("token", ["7" * 20, "ALLCAPITALS", "a%&=+;,/?:@\"'<>|~", "k" * 256])
def test_a_token_may_be_made_of_anything_that_a_header_carries(
    settings: Settings, make_app: MakeApp, token: str
) -> None:
    told = config.load({"ADMIN_TOKEN": token}).admin_token
    client = make_app(settings.replace(admin_token=told)).test_client()
    assert client.get("/api/sync/runs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    entered = client.post("/admin", data={"admin_token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert entered.status_code == 303


def test_no_script_makes_markup_of_text() -> None:
    for name, content in contents().items():
        if name.endswith(".js"):
            found = re.search(
                r"(inner|outer)HTML\s*[+]?=(?!=)|insertAdjacentHTML|document\.write|\beval\(|new Function",
                content.decode(),
            )
            assert not found, name


def test_the_token_is_typed_into_a_password_field(client: FlaskClient) -> None:
    for path in ("/admin", "/setup"):
        (field,) = outline(get(client, path)).having("input", name="admin_token")
        assert field["type"] == "password"
        assert field.get("autocomplete") == "current-password"
        assert "onpaste" not in field
