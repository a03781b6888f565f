"""Which names the shop answers to, whose word it takes for where a visitor is, and where the shop itself is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app.api.proxies import TrustedProxies
from app.extensions import KEY
from app.services.shop_index import ShopIndexWriter
from config import Settings
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.web.pages import BROWSER, outline

MakeApp = Callable[[Settings], Flask]
CLAIMS = {
    "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "records.example.com",
    "X-Forwarded-Prefix": "/shop",
}


def believed(setting: str, peer: str, **claims: str) -> tuple[str, str, str, str]:
    """Address, scheme, host and prefix of a request."""
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "SCRIPT_NAME": ""}
    environ |= {f"HTTP_{name.replace('-', '_').upper()}": text for name, text in (CLAIMS | claims).items()}
    TrustedProxies(config.load({"TRUSTED_PROXIES": setting}).trusted_proxies).believe(environ)
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"], environ["SCRIPT_NAME"]


THERE = ("https", "records.example.com", "/shop")
NOT_THERE = ("http", "localhost", "")


@pytest.mark.parametrize(
    ("setting", "peer", "seen"),
    [
        ("0", "127.0.0.1", ("127.0.0.1", *NOT_THERE)),
        ("1", "127.0.0.1", ("203.0.113.9", *THERE)),
        ("2", "127.0.0.1", ("198.51.100.7", *THERE)),
        ("3", "127.0.0.1", ("127.0.0.1", *THERE)),
        ("10.0.0.0/8", "127.0.0.1", ("127.0.0.1", *NOT_THERE)),
        ("10.0.0.0/8", "10.1.2.3", ("203.0.113.9", *THERE)),
        ("10.0.0.0/8,203.0.113.0/24", "10.1.2.3", ("198.51.100.7", *THERE)),
        ("10.0.0.0/8, 203.0.113.9 198.51.100.7", "10.1.2.3", ("198.51.100.7", *THERE)),
        ("::1", "::1", ("203.0.113.9", *THERE)),
        ("::1", "somewhere", ("somewhere", *NOT_THERE)),
    ],
)
def test_only_named_proxies_are_believed(setting: str, peer: str, seen: tuple[str, ...]) -> None:
    assert believed(setting, peer) == seen


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/a//b", "shop", "/a b", "/<b>", "/\\evil", "https://evil.example"]
)
def test_a_prefix_that_is_no_path_is_not_believed(prefix: str) -> None:
    assert believed("1", "127.0.0.1", **{"X-Forwarded-Prefix": prefix})[3] == ""
    assert believed("1", "127.0.0.1", **{"X-Forwarded-Proto": "javascript"})[1] == "http"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "10"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_HOSTS", "https://records.example.com"),
        ("TRUSTED_HOSTS", "records.example.com:443"),
        ("TRUSTED_HOSTS", "*"),
        ("API_RATE_LIMIT", "-1"),
        ("API_RATE_LIMIT", "many"),
    ],
)
def test_settings_that_cannot_work_are_refused(name: str, value: str) -> None:
    from app.errors import ConfigurationError

    with pytest.raises(ConfigurationError) as refused:
        config.load({name: value})
    assert refused.value.problems[0].startswith(name)


class TestNames:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(
            trusted_hosts=config.load({"TRUSTED_HOSTS": "Records.example.com, .shop.test"}).trusted_hosts
        )

    @pytest.mark.parametrize("host", ["records.example.com", "records.example.com:8443", "a.shop.test", "shop.test"])
    def test_ours_are_answered_to(self, client: FlaskClient, mirror: MirrorBuilder, host: str) -> None:
        assert client.get("/api/data", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost",
            "records.example.com.evil.example",
            "evilrecords.example.com",
            "records.example.com@evil.example",
            "records.example.com:99999",
            "records.example.com:x",
            "records.example.com/",
            "<b>",
            "a b",
        ],
    )
    def test_others_are_not(self, client: FlaskClient, mirror: MirrorBuilder, host: str) -> None:
        for path in ("/", "/api/data", "/nowhere", "/assets/0/frame.css", "/login"):
            answer = client.get(path, headers={**BROWSER, "Host": host})
            assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
            assert host not in answer.text

    def test_what_a_stranger_claims_does_not_help(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
        headers = {"Host": "evil.example", "X-Forwarded-Host": "records.example.com"}
        assert client.get("/", headers=headers).status_code == 400

    def test_supervisors_ask_by_address(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
        host = {"Host": "10.0.0.7:5000"}
        assert client.get("/healthz", headers=host).status_code == 200
        assert "reasons" in client.get("/health", headers=host).get_json()


class TestBelowAPath:
    """A shop that is one of several things on its host."""

    @pytest.fixture
    def settings(self, base_settings: Settings, sqlite_url: str, tmp_path: Path) -> Settings:
        """On one database: where a link leads is no business of either."""
        return base_settings.replace(database_url=sqlite_url, instance_path=tmp_path, trusted_proxies=1)

    @pytest.fixture(params=["proxy", "server", "public address"])
    def there(self, request: pytest.FixtureRequest, settings: Settings, make_app: MakeApp) -> FlaskClient:
        """A visitor who finds the shop below /shop, as told by one of the three who may."""
        if request.param == "public address":
            settings = settings.replace(public_url="https://records.example.com/shop")
        app = make_app(settings)
        with app.app_context():
            from app.extensions import db

            mirror = MirrorBuilder(db.engine, ShopIndexWriter.of(app.extensions[KEY].settings))
            mirror.listings(60)
        client = app.test_client()
        told = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "records.example.com"}
        if request.param == "proxy":
            told["HTTP_X_FORWARDED_PREFIX"] = "/shop"
        if request.param == "server":
            app.config["APPLICATION_ROOT"] = "/shop"  # the test's client makes SCRIPT_NAME of it
        client.environ_base.update(told)
        return client

    @pytest.mark.parametrize(
        "path", ["/", "/?page=2", "/stats", "/listing/1000001", "/docs", "/collection", "/admin", "/nowhere", "/setup"]
    )
    def test_every_link_stays_below(self, there: FlaskClient, path: str) -> None:
        page = outline(there.get(path, headers=BROWSER))
        links = [found[name] for _, found, _ in page.elements for name in ("href", "src", "action") if name in found]
        own = [link for link in links if not re.match(r"https?://(?!records\.example\.com)|#|\?|data:|mailto:|$", link)]
        assert len(own) > 5
        kinds = {}
        for link in own:
            assert re.match(r"(https://records\.example\.com)?/shop(/|$)", link), link
            assert "/shop/shop" not in link
            inside = link.removeprefix("https://records.example.com").removeprefix("/shop")
            kinds[re.sub(r"\d+", "1", inside.partition("?")[0])] = inside
        for inside in kinds.values():  # one of each: a hundred records are shown by one route
            assert there.get(inside or "/").status_code in {200, 304, 401, 404, 503, 308}, inside

    def test_programs_are_sent_below_too(self, there: FlaskClient) -> None:
        assert (
            '<https://records.example.com/shop/api/data?limit=10&page=2>; rel="next"'
            in there.get("/api/data?limit=10").headers["Link"]
        )
        assert there.get("/openapi.json").get_json()["servers"] == [{"url": "/shop"}]
        assert "https://records.example.com/shop/listing/" in there.get("/sitemap-listings-1.xml").text
        assert "Disallow: /shop/api/" in there.get("/robots.txt").text

    def test_the_owner_logs_in_there(self, there: FlaskClient) -> None:
        refused = there.get("/sync", headers=BROWSER)
        assert 'href="/shop/admin?next=/shop/sync"' in refused.text
        form = {"admin_token": ADMIN, "next": "/shop/sync"}
        answer = there.post("/admin", data=form, headers={"Origin": "https://records.example.com"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/shop/sync")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Secure-waxmirror_admin=")
        assert "Path=/shop;" in f"{cookie};"
        assert "Secure" in cookie

    def test_a_proxy_that_leaves_the_path_on_is_understood(self, settings: Settings, make_app: MakeApp) -> None:
        client = make_app(settings.replace(public_url="https://records.example.com/shop")).test_client()
        for path in ("/shop/healthz", "/healthz", "/shop/assets/0/frame.css"):
            assert client.get(path).status_code == 200
        assert client.get("/shopping").status_code == 404


def test_no_script_asks_for_an_address_from_the_root() -> None:
    from app.web.assets import contents

    for name, content in contents().items():
        if name.endswith(".js"):
            assert not re.search(r"""["'`]/(?!/|\*)[a-z]""", content.decode()), name


@pytest.mark.parametrize(
    ("trusted", "peer", "told"),
    [("0", "127.0.0.1", 1), ("10.0.0.1", "10.0.0.2", 1), ("1", "127.0.0.1", 0), ("0", "8.8.8.8", 0)],
)
def test_the_owner_hears_once_of_a_proxy_that_is_not_named(
    caplog: pytest.LogCaptureFixture, trusted: str, peer: str, told: int
) -> None:
    """Not of strangers who send the header themselves."""
    proxies = TrustedProxies(config.load({"TRUSTED_PROXIES": trusted}).trusted_proxies)
    for _ in range(2):
        environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_HOST": "localhost"}
        proxies.believe({**environ, "wsgi.url_scheme": "http"})
    assert caplog.text.count("TRUSTED_PROXIES=1") == told
    assert "203.0.113.9" not in caplog.text
