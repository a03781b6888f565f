"""Requests of users who logged in: signed, and their secrets told to nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from app.core.outcomes import Reason
from app.discogs.oauth import OAuthDance, authorize_address
from app.discogs.signing import Authorization, Consumer, TokenPair, pair_of
from app.discogs.throttle import Throttle
from app.errors import ConfigurationError, DiscogsAPIError, DiscogsAuthenticationError, DiscogsResponseError
from app.wire.exchange import Timeouts
from app.wire.waiting import Waiter
from config import Secret
from scripts.fake_discogs import FakeDiscogs, World
from tests.discogs.conftest import API, MakeClient

PAIR = TokenPair("uSeRtOkEn0123456789", "uSeRsEcReT0123456789")
CONSUMER = Consumer(Secret("cOnSuMeRkEy"), Secret("cOnSuMeRsEcReT"))
BACK = "http://127.0.0.1:5999/callback"


def dance(url: str, consumer: Consumer = CONSUMER) -> OAuthDance:
    return OAuthDance(
        api_url=url,
        consumer=consumer,
        user_agent="Waxmirror-Test/1.0 +https://example.org",
        throttle=Throttle(1000),
        waiter=Waiter(),
        timeouts=Timeouts(connect=2.0, read=2.0, total=5.0),
    )


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=3, listings=120, copies=5)) as running:
        yield running


@pytest.fixture
def consumer(fake: FakeDiscogs) -> Consumer:
    return Consumer(Secret(fake.world.consumer_key), Secret(fake.world.consumer_secret))


def test_a_pair_is_told_from_a_personal_token() -> None:
    assert pair_of(PAIR.packed()) == PAIR
    assert pair_of("personal") is None
    assert PAIR.secret not in repr(PAIR)


def test_a_pair_needs_its_application() -> None:
    with pytest.raises(ConfigurationError, match="DISCOGS_CONSUMER_KEY"):
        Authorization(Secret(PAIR.packed()), None)


def test_a_personal_token_needs_no_application() -> None:
    assert Authorization(Secret("personal"), None).header("GET", API) == "Discogs token=personal"


def test_over_https_the_secrets_are_the_signature() -> None:
    told = Authorization(Secret(PAIR.packed()), CONSUMER).header("GET", f"{API}/oauth/identity")
    assert 'oauth_signature_method="PLAINTEXT"' in told
    assert f'oauth_signature="{CONSUMER.secret.reveal()}%26{PAIR.secret}"' in told


def test_over_plain_http_no_secret_is_sent() -> None:
    told = Authorization(Secret(PAIR.packed()), CONSUMER).header("GET", "http://127.0.0.1:1/oauth/identity")
    assert 'oauth_signature_method="HMAC-SHA1"' in told
    assert PAIR.secret not in told
    assert CONSUMER.secret.reveal() not in told


def test_a_client_reads_the_shop_of_the_user_who_agreed(
    fake: FakeDiscogs, consumer: Consumer, make_client: MakeClient
) -> None:
    steps = dance(fake.url, consumer)
    asked = steps.request_token(BACK)
    given = steps.access_token(asked, fake.world.allow(asked.token))
    client = make_client(fake.url, token=Secret(given.packed()), consumer=consumer)
    assert client.identity().username == fake.world.seller.username
    assert client.inventory_page(fake.world.seller.username, 2).page == 2
    fake.world.revoke_consents()
    with pytest.raises(DiscogsAuthenticationError) as caught:
        client.identity()
    assert caught.value.reason == Reason.AUTH_REVOKED


def test_a_wrong_application_is_refused(fake: FakeDiscogs) -> None:
    with pytest.raises(DiscogsAuthenticationError) as caught:
        dance(fake.url).request_token(BACK)
    assert caught.value.status == 401


def test_a_verifier_that_nobody_gave_is_refused(fake: FakeDiscogs, consumer: Consumer) -> None:
    steps = dance(fake.url, consumer)
    asked = steps.request_token(BACK)
    fake.world.allow(asked.token)
    with pytest.raises(DiscogsResponseError):
        steps.access_token(asked, "guessed")


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>maintenance</html>"),
        (200, "oauth_token=a&oauth_token_secret=b"),
        (200, "oauth_token=a&oauth_callback_confirmed=true"),
        (200, "oauth_token=a%0Ab&oauth_token_secret=b&oauth_callback_confirmed=true"),
        (200, b"\xff\xfe"),
        (200, "a=b&" * 50),
        (302, ""),
        (500, f"boom {CONSUMER.secret.reveal()}"),
        (401, f'{{"message": "who is {CONSUMER.secret.reveal()}"}}'),
    ],
)
def test_what_is_no_token_is_not_taken_for_one(status: int, body: str | bytes) -> None:
    responses.get(f"{API}/oauth/request_token", body=body, status=status, headers={"Location": "https://evil.example"})
    with pytest.raises(DiscogsAPIError) as caught:
        dance(API).request_token(BACK)
    assert CONSUMER.secret.reveal() not in str(caught.value) + caught.value.detail
    assert len(responses.calls) == 1


@responses.activate
def test_an_error_that_quotes_the_secrets_is_not_quoted(make_client: MakeClient) -> None:
    words = f"{PAIR.token} {PAIR.secret} {CONSUMER.secret.reveal()}"
    responses.get(f"{API}/oauth/identity", json={"message": words}, status=422)
    with pytest.raises(DiscogsResponseError) as caught:
        make_client(token=Secret(PAIR.packed()), consumer=CONSUMER).identity()
    assert not any(word in str(caught.value) for word in words.split())


def test_the_user_decides_at_the_website() -> None:
    address = authorize_address("https://www.discogs.com/", TokenPair("a&b", "s"))
    assert address == "https://www.discogs.com/oauth/authorize?oauth_token=a%26b"
