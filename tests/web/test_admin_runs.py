"""The history of runs, and the page of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.fingerprint import digest_of_ids
from app.web import run_pages
from app.web.run_chart import HALF, LEAST, TALL, run_chart
from tests.builders import DAY, MirrorBuilder
from tests.web.back_room import let_in, press
from tests.web.pages import get, outline

HERE = "/admin/runs"


@pytest.fixture
def owner(client: FlaskClient, mirror: MirrorBuilder) -> FlaskClient:
    return let_in(client)


def test_every_run_is_told_the_newest_first(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    counts = {"added": 1234, "updated": 21, "restored": 22, "unchanged": 23, "rejected": 24, "missing": 26}
    run = mirror.run(**counts, removed=25, requests=27, detail="seven copies wait for a second look")
    text = get(owner, HERE).text
    for told in ("2 runs", "1,234", *map(str, range(21, 28)), "took 30 seconds", "seven copies wait"):
        assert told in text, told
    assert text.index(f"{HERE}/{run}") < text.index(f"{HERE}/{mirror.run_id}")


def test_they_are_found_by_source_and_outcome(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    other = mirror.seller("another seller", is_active=False)
    theirs = mirror.run(source_id=other)
    failed = mirror.run(outcome="failed", reason="net.dns", data_digest=None)

    def shown(address: str) -> list[str]:
        links = [one["href"] for one in outline(get(owner, address)).having("a") if "href" in one]
        return [link.removeprefix(f"{HERE}/") for link in links if link.startswith(f"{HERE}/")]

    assert shown(HERE) == [str(failed), str(theirs), str(mirror.run_id)]
    assert shown(f"{HERE}?source={other}") == [str(theirs)]
    assert shown(f"{HERE}?outcome=failed") == [str(failed)]
    assert shown(f"{HERE}?source={other}&outcome=failed") == []
    assert "No run is like that." in get(owner, f"{HERE}?source={other}&outcome=failed").text
    for wrong in ("page=0", "page=x", "source=x", "outcome=splendid", "source=99999999999999999999"):
        assert get(owner, f"{HERE}?{wrong}").status_code == 400, wrong
    assert get(owner, f"{HERE}?page=9").status_code == 200


def test_they_come_in_pages(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    for _ in range(60):
        mirror.run()
    page = outline(get(owner, f"{HERE}?outcome=applied"))
    assert page.having("a", rel="next", href=f"{HERE}?outcome=applied&page=2")
    assert f"{HERE}/{mirror.run_id}" in get(owner, f"{HERE}?outcome=applied&page=2").text


def test_a_run_tells_all_there_is_to_know(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    numbers = [mirror.listing(artist="Nina Simone", title=f"Pastel Blues {number}") for number in range(3)]
    run = mirror.run(
        outcome="held",
        reason="guard.shrink",
        detail="3 of 3 listings would vanish",
        removal_digest=digest_of_ids(numbers),
        view="owner",
        item_limit=7,
        probes=4,
        pages_done=2,
        pages_total=3,
    )
    mirror.hold(run, *numbers)
    mirror.quarantine(run, place="page 3 row 17", item_id=9, problem="status is missing", raw='{"id": "<b>"}')
    answer = get(owner, f"{HERE}/{run}")
    for told in (
        "Held back: 3 rows",
        "<bdi>Nina Simone</bdi> – <bdi>Pastel Blues 2</bdi>",
        "guard.shrink",
        "the owner",
        "7 items",
        "2 of 3",
        "page 3 row 17",
        "status is missing",
        "{&#34;id&#34;: &#34;&lt;b&gt;&#34;}",
        "It waits for you",
    ):
        assert told in answer.text, told
    assert {one["value"] for one in outline(answer).having("input", name="next")} == {f"{HERE}/{run}"}
    assert press(owner, f"/sync/runs/{run}/confirm", next=f"{HERE}/{run}") == (303, f"{HERE}/{run}")
    assert "It waits for you" not in get(owner, f"{HERE}/{run}").text
    newest = run + 1
    text = get(owner, f"{HERE}/{newest}").text
    assert f'href="{HERE}/{run}">run {run}</a>' in text
    assert "Undo 3 removals" in text
    for unknown in (f"{HERE}/999", f"{HERE}/x"):
        assert get(owner, unknown).status_code == 404


def test_all_that_is_held_back_can_be_looked_at(
    owner: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pages, "HELD_PER_PAGE", 2)
    numbers = [mirror.listing(artist="Nina Simone", title=f"Pastel Blues {number}") for number in range(5)]
    run = mirror.run(outcome="held", reason="guard.shrink", removal_digest=digest_of_ids(numbers))
    mirror.hold(run, *numbers)
    shown = [re.findall("Pastel Blues ([0-9])", get(owner, f"{HERE}/{run}?page={page}").text) for page in (1, 2, 3, 4)]
    assert shown == [["0", "1"], ["2", "3"], ["4"], []]
    middle = outline(get(owner, f"{HERE}/{run}?page=2"))
    assert middle.having("a", rel="prev", href=f"{HERE}/{run}#held")
    assert middle.having("a", rel="next", href=f"{HERE}/{run}?page=3#held")
    assert get(owner, f"{HERE}/{run}?page=x").status_code == 400


def test_a_dismissed_run_says_so(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    run = mirror.run(outcome="held", reason="guard.shrink", dismissed_at=DAY + timedelta(hours=1))
    assert "and dismissed" in get(owner, f"{HERE}/{run}").text
    assert "dismissed" in get(owner, HERE).text


def test_the_latest_runs_are_drawn_each_on_its_scale() -> None:
    def run(number: int, **counts: int) -> dict[str, Any]:
        return {"id": number, "added": 0, "restored": 0, "removed": 0, "requests": 0, **counts}

    chart = run_chart([run(1, added=900, restored=100, requests=3), run(2, removed=1), run(3, removed=500, requests=6)])
    assert [(one.up, one.down, one.tall) for one in chart.drawn] == [
        (HALF, 0, TALL / 2),
        (0, LEAST, 0),
        (0, HALF / 2, TALL),
    ]
    assert (chart.came, chart.went, chart.requests) == (1000, 501, 9)
    assert run_chart([]).drawn == []


FRAME = 3
REASONS = {
    "": ["who is logged in", "how many there are", "the page", "sources to choose from", "the drawing"],
    "/1": ["who is logged in", "the run", "what it holds back", "what it could not read", "who waits"],
}


@pytest.mark.parametrize("many", [0, 70])
@pytest.mark.parametrize("address", REASONS)
def test_what_it_costs(
    owner: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], address: str, many: int
) -> None:
    for _ in range(many):
        mirror.run()
    with counted() as statements:
        assert get(owner, HERE + address).status_code == 200
    assert len(statements) == FRAME + len(REASONS[address]), "\n".join(statements)
