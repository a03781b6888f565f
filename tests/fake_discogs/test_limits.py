"""The request budget: a moving window, told late."""

from collections.abc import Iterator

import pytest

from scripts.fake_discogs import FakeDiscogs, Limits, World
from tests.fake_discogs.conftest import Person


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def headers(limits: Limits, *, with_credential: bool = True) -> tuple[bool, list[int]]:
    admission = limits.admit("10.0.0.1", with_credential=with_credential)
    return admission.allowed, [int(value) for _, value in admission.headers()]


def test_the_headers_lag_by_one() -> None:
    limits = Limits(60, 25, clock=Seconds())
    assert headers(limits) == (True, [60, 60, 0])
    assert headers(limits) == (True, [60, 59, 1])


def test_all_credentials_of_an_address_share_one_count() -> None:
    limits = Limits(60, 25, clock=Seconds())
    for _ in range(22):
        headers(limits)
    assert headers(limits, with_credential=False) == (True, [25, 3, 22])
    assert limits.admit("10.0.0.2", with_credential=True).used == 0


def test_the_window_moves() -> None:
    clock = Seconds()
    limits = Limits(3, 1, window_s=60, clock=clock)
    for _ in range(3):
        assert headers(limits)[0]
        clock.now += 10
    assert not headers(limits)[0]
    clock.now = 1060.0
    assert headers(limits)[0]
    assert not headers(limits)[0]
    clock.now = 1200.0
    assert headers(limits) == (True, [3, 3, 0])


def test_refused_requests_do_not_count() -> None:
    clock = Seconds()
    limits = Limits(1, 1, clock=clock)
    headers(limits)
    for _ in range(5):
        assert not headers(limits)[0]
    clock.now += 60
    assert headers(limits)[0]


@pytest.fixture
def strict() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=1, listings=3, copies=0), Limits(2, 1, clock=Seconds())) as fake:
        yield fake


def test_too_many_requests_get_a_newline(strict: FakeDiscogs) -> None:
    somebody = Person(strict, strict.token)
    statuses = [somebody.inventory().status_code for _ in range(3)]
    refused = somebody.inventory()
    somebody.session.close()
    assert statuses == [200, 200, 429]
    assert refused.content == b"\n"
    assert "Retry-After" not in refused.headers
    assert refused.raw.headers["x-discogs-ratelimit-remaining"] == "0"


def test_the_budget_of_errors_is_the_same(strict: FakeDiscogs) -> None:
    somebody = Person(strict, "unknown")
    first, second = somebody.inventory(), somebody.inventory()
    somebody.session.close()
    assert (first.status_code, second.status_code) == (401, 401)
    # Sixty a minute even for a token nobody knows: the budget goes by what is claimed.
    assert first.headers["x-discogs-ratelimit"] == "2"
    assert second.headers["x-discogs-ratelimit-used"] == "1"


def test_a_429_may_come_with_json_and_retry_after() -> None:
    limits = Limits(0, 0, json_body=True, retry_after="7")
    with FakeDiscogs(World.generate(seed=1, listings=1, copies=0), limits) as fake:
        somebody = Person(fake)
        refused = somebody.inventory()
        somebody.session.close()
    assert refused.json() == {"message": "You are making requests too quickly."}
    assert refused.headers["Retry-After"] == "7"


def test_header_names_are_lower_case_on_the_wire(fake: FakeDiscogs, owner: Person) -> None:
    names = [name for name in owner.inventory().raw.headers if name.lower().startswith("x-discogs-ratelimit")]
    assert names == ["x-discogs-ratelimit", "x-discogs-ratelimit-remaining", "x-discogs-ratelimit-used"]


def test_without_limits_nobody_is_refused(owner: Person) -> None:
    answers = [owner.get("/oauth/identity") for _ in range(80)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["x-discogs-ratelimit-remaining"] for answer in answers} == {"60"}
