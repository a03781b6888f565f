"""The OAuth dance and signed requests; oauthlib signs, so that the fake does not check itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from oauthlib import oauth1

from scripts.fake_discogs import FakeDiscogs, Limits, World
from scripts.fake_discogs.vocabulary import INVALID_TOKEN
from tests.fake_discogs.conftest import AGENT, Person

NOW = 1_790_000_000
BACK = "http://127.0.0.1:5999/callback?flow=7"
METHODS = (oauth1.SIGNATURE_HMAC_SHA1, oauth1.SIGNATURE_PLAINTEXT)


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@dataclass
class Application:
    """Somebody who holds the consumer key and signs what it sends."""

    fake: FakeDiscogs
    session: requests.Session
    clock: Clock

    def signed(self, method: str, path: str, body: str | None = None, **how: Any) -> dict[str, str]:
        """The headers of a signed request."""
        world = self.fake.world
        known = {"client_key": world.consumer_key, "client_secret": world.consumer_secret}
        client = oauth1.Client(**known | {"timestamp": str(int(self.clock.now))} | how)
        headers = {"User-Agent": AGENT} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        _, headers, _ = client.sign(self.fake.url + path, method, body, headers)
        return {name: str(value) for name, value in headers.items()}

    def send(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> requests.Response:
        address = self.fake.url + path
        return self.session.request(method, address, headers=headers, data=body, timeout=20, allow_redirects=False)

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        return self.send(method, path, self.signed(method, path, **how))

    def pair(self, answer: requests.Response) -> dict[str, str]:
        """A token and its secret, as arguments for signing."""
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/x-www-form-urlencoded"
        told = {name: values[0] for name, values in parse_qs(answer.text).items()}
        return {"resource_owner_key": told["oauth_token"], "resource_owner_secret": told["oauth_token_secret"]}

    def request_token(self, **how: Any) -> dict[str, str]:
        return self.pair(self.ask("GET", "/oauth/request_token", callback_uri=BACK, **how))

    def access(self, username: str | None = None, **how: Any) -> dict[str, str]:
        """The whole dance."""
        pair = self.request_token()
        verifier = self.fake.world.allow(pair["resource_owner_key"], username)
        return self.pair(self.ask("POST", "/oauth/access_token", verifier=verifier, **pair, **how))


@pytest.fixture
def application(fake: FakeDiscogs) -> Iterator[Application]:
    clock = Clock()
    fake.world.consents.clock = clock
    with requests.Session() as session:
        session.trust_env = False
        yield Application(fake, session, clock)


def message(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize("method", METHODS)
def test_the_dance_ends_with_a_token_that_acts_for_the_user(application: Application, method: str) -> None:
    how = {"signature_method": method}
    answer = application.ask("GET", "/oauth/request_token", callback_uri=BACK, **how)
    assert "oauth_callback_confirmed=true" in answer.text
    pair = application.pair(answer)
    token = pair["resource_owner_key"]
    page = application.send("GET", f"/oauth/authorize?oauth_token={token}", {})
    assert (page.status_code, token in page.text) == (200, True)
    back = application.send("POST", "/oauth/authorize", {}, f"oauth_token={token}&decision=allow")
    location = urlsplit(back.headers["Location"])
    told = parse_qs(location.query)
    assert (back.status_code, location.path, told["flow"], told["oauth_token"]) == (302, "/callback", ["7"], [token])
    access = application.pair(
        application.ask("POST", "/oauth/access_token", verifier=told["oauth_verifier"][0], **pair, **how)
    )
    identity = application.ask("GET", "/oauth/identity", **access, **how).json()
    assert identity["username"] == application.fake.world.seller.username


def test_the_user_who_agreed_is_the_one_it_acts_for(application: Application, world: World) -> None:
    world.add_account("third_party")
    tokens = {name: application.access(name) for name in ("third_party", world.seller.username)}
    for name, access in tokens.items():
        assert application.ask("GET", "/oauth/identity", **access).json()["username"] == name
    world.set_private()
    path = f"/users/{world.seller.username}/collection/folders/0/releases?per_page=3&sort=added"
    assert application.ask("GET", path, **tokens[world.seller.username]).status_code == 200
    assert application.ask("GET", path, **tokens["third_party"]).status_code == 403


def test_the_owner_sees_a_shop_with_a_signature_as_with_a_token(application: Application, owner: Person) -> None:
    path = f"/users/{owner.fake.world.seller.username}/inventory?status=All&per_page=100&sort=listed&sort_order=asc"
    assert application.ask("GET", path, **application.access()).json() == owner.get(path).json()


def test_without_a_callback_the_user_copies_a_code(application: Application) -> None:
    pair = application.pair(application.ask("POST", "/oauth/request_token", callback_uri="oob"))
    shown = application.send("POST", "/oauth/authorize", {}, f"oauth_token={pair['resource_owner_key']}&decision=allow")
    verifier = shown.text.split('id="verifier">')[1].split("<")[0]
    assert shown.status_code == 200
    assert application.ask("POST", "/oauth/access_token", verifier=verifier, **pair).status_code == 200


def test_a_refusal_comes_back_without_a_verifier(application: Application) -> None:
    pair = application.request_token()
    token = pair["resource_owner_key"]
    back = application.send("POST", "/oauth/authorize", {}, f"oauth_token={token}&decision=refuse")
    told = parse_qs(urlsplit(back.headers["Location"]).query)
    assert "oauth_verifier" not in told
    assert told["denied"] == [token]
    assert application.ask("POST", "/oauth/access_token", verifier="", **pair).status_code == 400
    assert application.send("GET", f"/oauth/authorize?oauth_token={token}", {}).status_code == 400


def test_request_tokens_and_verifiers_live_a_quarter_of_an_hour(application: Application) -> None:
    pair = application.request_token()
    late = application.request_token()
    verifier = application.fake.world.allow(late["resource_owner_key"])
    application.clock.now += 15 * 60 + 1
    page = application.send("GET", f"/oauth/authorize?oauth_token={pair['resource_owner_key']}", {})
    assert page.status_code == 400
    assert application.ask("POST", "/oauth/access_token", verifier=verifier, **late).status_code == 400


def test_a_verifier_is_good_once(application: Application) -> None:
    pair = application.request_token()
    verifier = application.fake.world.allow(pair["resource_owner_key"])
    assert application.ask("POST", "/oauth/access_token", verifier="guessed", **pair).status_code == 400
    assert application.ask("POST", "/oauth/access_token", verifier=verifier, **pair).status_code == 200
    assert application.ask("POST", "/oauth/access_token", verifier=verifier, **pair).status_code == 400


def test_nobody_exchanges_what_no_user_allowed(application: Application) -> None:
    pair = application.request_token()
    assert application.ask("POST", "/oauth/access_token", verifier="x", **pair).status_code == 400


@pytest.mark.parametrize("method", METHODS)
def test_the_secret_of_the_request_token_belongs_into_the_signature(application: Application, method: str) -> None:
    pair = application.request_token()
    verifier = application.fake.world.allow(pair["resource_owner_key"])
    without = {"resource_owner_key": pair["resource_owner_key"], "signature_method": method}
    assert message(application.ask("POST", "/oauth/access_token", verifier=verifier, **without)) == (
        401,
        "Invalid signature.",
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wrong", ["client_secret", "resource_owner_secret"])
def test_a_wrong_secret_is_refused(application: Application, method: str, wrong: str) -> None:
    access = application.access()
    answer = application.ask("GET", "/oauth/identity", **access | {wrong: "guessed", "signature_method": method})
    assert message(answer) == (401, "Invalid signature.")
    assert answer.headers["WWW-Authenticate"].startswith("OAuth realm=")


@pytest.mark.parametrize("wrong", ["client_key", "resource_owner_key"])
def test_an_unknown_key_or_token_is_refused(application: Application, wrong: str) -> None:
    access = application.access()
    assert message(application.ask("GET", "/oauth/identity", **access | {wrong: "guessed"})) == (401, INVALID_TOKEN)


def test_a_signature_holds_for_one_address_only(application: Application, world: World) -> None:
    access = application.access()
    path = f"/users/{world.seller.username}/inventory?page=1&per_page=5"
    headers = application.signed("GET", path, **access)
    assert application.send("GET", path.replace("page=1", "page=2"), headers).status_code == 401
    assert application.send("HEAD", path, headers).status_code == 401
    assert application.send("GET", path, headers).status_code == 200


@pytest.mark.parametrize("query", ["q=a%20b+c&q=d", "q=%E2%99%AF~*&artist=&style=%26%3D%25", "title=a%2Bb"])
def test_every_parameter_is_signed_as_it_was_sent(application: Application, query: str) -> None:
    access = application.access()
    assert application.ask("GET", f"/database/search?{query}", **access).status_code == 200


def test_a_replay_is_refused(application: Application) -> None:
    headers = application.signed("GET", "/oauth/identity", **application.access())
    assert application.send("GET", "/oauth/identity", headers).status_code == 200
    assert message(application.send("GET", "/oauth/identity", headers)) == (401, "Nonce already used.")


@pytest.mark.parametrize("drift", [-301, 301])
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_refused(application: Application, drift: int) -> None:
    access = application.access()
    answer = application.ask("GET", "/oauth/identity", **access, timestamp=str(NOW + drift))
    assert message(answer) == (401, "Expired timestamp.")
    nearly = str(NOW + drift - drift // abs(drift))
    assert application.ask("GET", "/oauth/identity", **access, timestamp=nearly).status_code == 200


def test_what_a_user_withdraws_is_unknown(application: Application, world: World) -> None:
    world.add_account("third_party")
    mine, theirs = application.access(), application.access("third_party")
    world.revoke_consents(of=world.seller.username)
    assert message(application.ask("GET", "/oauth/identity", **mine)) == (401, INVALID_TOKEN)
    assert application.ask("GET", "/oauth/identity", **theirs).status_code == 200
    world.revoke_consents()
    assert application.ask("GET", "/oauth/identity", **theirs).status_code == 401
    with pytest.raises(KeyError):
        world.revoke_consents(of="nobody")


def test_an_application_of_its_own_accord_is_nobody(application: Application, world: World) -> None:
    assert application.ask("GET", "/oauth/identity").status_code == 401
    assert application.ask("GET", f"/users/{world.seller.username}/inventory").status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 500),
        ("OAuth ", 400),
        ('OAuth oauth_consumer_key="a"', 400),
        ("OAuth oauth_consumer_key", 400),
        ('OAuth oauth_nonce="1", oauth_nonce="2"', 400),
        ('OAuth oauth_consumer_key="a", oauth_nonce="1", oauth_timestamp="x", oauth_signature="s", '
         'oauth_signature_method="PLAINTEXT"', 400),
    ],
)  # fmt: skip
def test_unsigned_and_malformed_calls(application: Application, header: str, status: int) -> None:
    headers = {"User-Agent": AGENT} | ({"Authorization": header} if header else {})
    assert application.send("GET", "/oauth/request_token", headers).status_code == status


def test_other_methods_of_signing_are_refused(application: Application) -> None:
    answer = application.ask("GET", "/oauth/request_token", signature_method=oauth1.SIGNATURE_HMAC_SHA256)
    assert answer.status_code == 400


@pytest.mark.parametrize("callback", ["javascript:alert(1)", "http://a/\r\nSet-Cookie: a=b", "/relative"])
def test_a_callback_is_an_address(application: Application, callback: str) -> None:
    assert application.ask("GET", "/oauth/request_token", callback_uri=callback).status_code == 400


def test_signed_requests_have_the_larger_budget_and_the_page_costs_none(world: World) -> None:
    clock = Clock()
    world.consents.clock = clock
    with FakeDiscogs(world, Limits()) as fake, requests.Session() as session:
        session.trust_env = False
        application = Application(fake, session, clock)
        access = application.access()
        answer = application.ask("GET", "/oauth/identity", **access)
        assert (answer.headers["x-discogs-ratelimit"], answer.headers["x-discogs-ratelimit-used"]) == ("60", "2")
        page = application.send("GET", "/oauth/authorize?oauth_token=x", {})
        assert "x-discogs-ratelimit" not in page.headers


def test_names_and_tokens_on_the_page_are_text(application: Application, world: World) -> None:
    world.add_account("<b>bold</b>")
    token = application.request_token()["resource_owner_key"]
    page = application.send("GET", f"/oauth/authorize?oauth_token={token}", {})
    assert "<b>" not in page.text
    assert "&lt;b&gt;" in page.text
