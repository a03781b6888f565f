"""Log in with Discogs: what a person may do, and what nobody may."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.extensions import KEY, db, wiring
from app.models import Account, LoginAttempt, Source, WebSession
from app.services import accounts
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.status_service import StatusService
from config import Settings
from scripts.fake_discogs import FakeDiscogs
from tests.conftest import FakeClock
from tests.login.conftest import Visitor

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


class TestThroughTheDoor:
    def test_a_visitor_comes_back_logged_in(self, visitor: Visitor, fake: FakeDiscogs) -> None:
        address = visitor.go()
        assert address.startswith(f"{fake.url}/oauth/authorize?oauth_token=")
        answer = visitor.client.get(visitor.decide(address))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
        page = visitor.client.get("/account").get_data(as_text=True)
        assert fake.world.seller.username in page

    def test_the_cookies_are_for_us_alone(self, visitor: Visitor) -> None:
        answer = visitor.client.get("/login")
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
        assert "Secure" not in cookie
        back = visitor.client.get(visitor.decide(answer.headers["Location"]))
        assert all(word in back.headers["Set-Cookie"] for word in ("waxmirror_session=", "HttpOnly", "SameSite=Lax"))
        assert back.headers["Cache-Control"] == "no-store"
        assert back.headers["Referrer-Policy"] == "strict-origin"

    def test_behind_https_they_are_secure(self, visitor: Visitor) -> None:
        answer = visitor.client.get("/login", base_url="https://shop.example")
        assert answer.headers["Set-Cookie"].startswith("__Host-waxmirror_login=")
        assert "Secure" in answer.headers["Set-Cookie"]

    def test_the_page_they_wanted_is_the_page_they_get(self, visitor: Visitor) -> None:
        answer = visitor.client.get(visitor.decide(visitor.go("/stats?x=1")))
        assert answer.headers["Location"] == "/stats?x=1"

    @pytest.mark.parametrize("asked", ["https://evil.example", "//evil.example", "/\\evil.example", "/\r\nX: y", "x"])
    def test_nobody_is_sent_to_another_site(self, visitor: Visitor, asked: str) -> None:
        answer = visitor.client.get(visitor.decide(visitor.go(asked)))
        assert answer.headers["Location"] == "/account"

    def test_two_logins_at_once_in_one_browser(self, visitor: Visitor) -> None:
        first, second = visitor.go("/?first"), visitor.go("/?second")
        assert visitor.client.get(visitor.decide(second)).headers["Location"] == "/?second"
        assert visitor.client.get(visitor.decide(first)).headers["Location"] == "/?first"


class TestRefusals:
    def refused(self, visitor: Visitor, address: str, status: int, reason: str) -> None:
        told = visitor.client.get(address, headers=JSON)
        assert (told.status_code, told.content_type) == (status, "application/problem+json")
        assert (told.get_json()["reason"], told.get_json()["again"]) == (reason, "/login")
        assert visitor.client.get("/account").status_code == 401

    def test_who_says_no(self, visitor: Visitor) -> None:
        self.refused(visitor, visitor.decide(visitor.go(), "refuse"), 403, "denied")

    def test_who_says_no_reads_a_page(self, visitor: Visitor) -> None:
        answer = visitor.client.get(visitor.decide(visitor.go(), "refuse"), headers=HTML)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 403
        assert "You said no at Discogs" in page
        assert 'href="/login"' in page

    def test_without_a_verifier_it_is_a_no(self, visitor: Visitor) -> None:
        back = visitor.decide(visitor.go())
        self.refused(visitor, back.partition("&oauth_verifier")[0], 403, "denied")
        self.refused(visitor, back, 400, "stale")

    def test_an_address_is_good_once(self, visitor: Visitor) -> None:
        back = visitor.decide(visitor.go())
        assert visitor.client.get(back).status_code == 302
        visitor.log_out()
        self.refused(visitor, back, 400, "stale")

    def test_another_browser_cannot_use_it_and_does_not_spoil_it(self, visitor: Visitor, other: Visitor) -> None:
        back = visitor.decide(visitor.go())
        self.refused(other, back, 400, "stale")
        other.go()
        self.refused(other, back, 400, "stale")
        assert visitor.client.get(back).status_code == 302

    def test_ten_minutes(self, visitor: Visitor, clock: FakeClock) -> None:
        back = visitor.decide(visitor.go())
        clock.advance(minutes=10)
        self.refused(visitor, back, 400, "stale")

    @pytest.mark.parametrize("address", ["/callback", "/callback?oauth_verifier=x", "/callback?oauth_token="])
    def test_an_address_that_is_not_discogs(self, visitor: Visitor, address: str) -> None:
        visitor.go()
        self.refused(visitor, address, 400, "malformed")

    @pytest.mark.parametrize("address", ["/callback?oauth_token=made-up&oauth_verifier=x", "/callback?denied=made-up"])
    def test_a_token_that_nobody_asked_for(self, visitor: Visitor, address: str) -> None:
        visitor.go()
        self.refused(visitor, address, 400, "stale")

    def test_a_wrong_verifier(self, visitor: Visitor) -> None:
        self.refused(visitor, f"{visitor.decide(visitor.go())}x", 502, "http.4xx")

    def test_only_get_begins(self, visitor: Visitor) -> None:
        assert visitor.client.head("/login").status_code == 405
        assert visitor.client.head("/callback?oauth_token=x&oauth_verifier=y").status_code == 405


class TestCrowds:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(discogs_rate_limit=55)

    def test_leave_the_pace_to_the_syncs(self, visitor: Visitor, fake: FakeDiscogs, app: Flask) -> None:
        throttle = app.extensions[KEY].throttle
        throttle.pause(40)
        told = [visitor.client.get("/login", headers=JSON) for _ in range(30)]
        assert {each.status_code for each in told} == {503}
        assert [each.get_json().get("reason") for each in told] == [None] * 5 + ["rushed"] * 25
        assert told[-1].headers["Retry-After"] == "60"
        assert (throttle.snapshot().used, throttle.snapshot().waiting_s <= 40) == (0, True)

    def test_may_not_ask_discogs_more_than_a_little(self, visitor: Visitor, fake: FakeDiscogs) -> None:
        fake.reset_audit()
        told = [visitor.client.get("/login", headers=HTML) for _ in range(8)]
        assert [each.status_code for each in told] == [302] * 5 + [503] * 3
        assert "Too many at the door" in told[-1].get_data(as_text=True)
        assert len(fake.audit.paths()) == 5


class TestTroubleAtDiscogs:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(discogs_api_url="http://127.0.0.1:9")

    def test_is_told_and_nothing_is_kept(self, app: Flask, visitor: Visitor) -> None:
        answer = visitor.client.get("/login", headers=JSON)
        assert (answer.status_code, answer.get_json()["again"]) == (502, "/login")
        assert "Try again" in visitor.client.get("/login", headers=HTML).get_data(as_text=True)
        with app.app_context(), db.engine.connect() as connection:
            assert connection.execute(select(LoginAttempt.token_digest)).all() == []


class TestWithoutAnApplication:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(discogs_consumer_secret=None)

    def test_login_says_what_to_configure(self, visitor: Visitor) -> None:
        for headers in (JSON, HTML):
            answer = visitor.client.get("/login", headers=headers)
            assert answer.status_code == 503
            assert "DISCOGS_CONSUMER_KEY" in answer.get_data(as_text=True)


class TestSessions:
    def test_logging_out_ends_it_at_the_server(self, app: Flask, visitor: Visitor) -> None:
        visitor.log_in()
        held = visitor.client.get_cookie("waxmirror_session")
        assert held is not None
        answer = visitor.log_out()
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        visitor.client.set_cookie("waxmirror_session", held.value)
        assert visitor.client.get("/account").status_code == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
            {"Sec-Fetch-Site": "\xff,,same-origin"},
            {"Origin": "null"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://localhost.evil.example"},
            {"Origin": "http://localhost:81"},
            {"Origin": "https://localhost"},
        ],
    )
    def test_another_site_logs_nobody_out(self, visitor: Visitor, headers: dict[str, str]) -> None:
        visitor.log_in()
        assert visitor.client.post("/logout", headers=headers).status_code == 403
        assert visitor.client.get("/account").status_code == 200

    def test_an_origin_is_enough_where_browsers_tell_no_more(self, visitor: Visitor) -> None:
        visitor.log_in()
        assert visitor.log_out(Origin="http://localhost").status_code == 303

    def test_a_form_must_be_a_form(self, visitor: Visitor) -> None:
        visitor.log_in()
        answer = visitor.client.post("/logout", json={}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 415

    def test_twelve_idle_hours(self, visitor: Visitor, clock: FakeClock) -> None:
        visitor.log_in()
        for _ in range(3):
            clock.advance(hours=11)
            assert visitor.client.get("/account").status_code == 200
        clock.advance(hours=12)
        assert visitor.client.get("/account").status_code == 401

    def test_a_week_whatever_happens(self, visitor: Visitor, clock: FakeClock) -> None:
        visitor.log_in()
        for _ in range(15):
            clock.advance(hours=11)
            assert visitor.client.get("/account").status_code == 200
        clock.advance(hours=4)
        assert visitor.client.get("/account").status_code == 401

    def test_every_login_makes_a_new_session_and_ends_the_old(self, app: Flask, visitor: Visitor) -> None:
        visitor.log_in()
        first = visitor.client.get_cookie("waxmirror_session")
        visitor.log_in()
        second = visitor.client.get_cookie("waxmirror_session")
        assert first is not None
        assert second is not None
        assert first.value != second.value
        with app.app_context(), db.engine.connect() as connection:
            (kept,) = connection.scalars(select(WebSession.digest)).all()
        assert second.value not in kept

    def test_a_session_that_a_visitor_makes_up_is_none(self, visitor: Visitor) -> None:
        for made_up in ("x" * 43, "é", "' OR 1=1", ""):
            visitor.client.set_cookie("waxmirror_session", made_up)
            assert visitor.client.get("/account").status_code == 401

    def test_each_sees_their_own(self, visitor: Visitor, other: Visitor, fake: FakeDiscogs) -> None:
        seller, stranger = fake.world.seller.username, fake.world.stranger.username
        visitor.log_in()
        other.log_in(stranger)
        assert seller in visitor.client.get("/account").get_data(as_text=True)
        page = other.client.get("/account").get_data(as_text=True)
        assert f"<h1>{stranger}</h1>" in page
        assert "not shown" in page


class TestWhatALoginIsFor:
    def test_the_sync_reads_the_shop_with_it(self, app: Flask, visitor: Visitor, fake: FakeDiscogs) -> None:
        visitor.log_in()
        with app.app_context():
            (source,) = accounts_with_credentials()
            done = DiscogsSyncService(seller_username=source).sync_all_listings()
            assert (done["outcome"], done["added"] > 0) == ("applied", True)

    def test_nothing_is_stored_in_the_clear(
        self, app: Flask, visitor: Visitor, fake: FakeDiscogs, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            address = visitor.go()
            token = parse_qs(urlsplit(address).query)["oauth_token"][0]
            pending = fake.world.consents.requests[token]
            with app.app_context(), db.engine.connect() as connection:
                attempt = str(connection.execute(select(LoginAttempt.__table__)).one())
            visitor.client.get(visitor.decide(address))
        given = list(fake.world.consents.access.values())[-1]
        with app.app_context(), db.engine.connect() as connection:
            account = str(connection.execute(select(Account.__table__)).one())
        for secret in (token, pending.secret, given.token, given.secret, fake.world.consumer_secret):
            assert secret not in attempt + account

    def test_who_takes_it_back_is_told_how_to_go_on(self, app: Flask, visitor: Visitor, fake: FakeDiscogs) -> None:
        visitor.log_in()
        fake.world.revoke_consents()
        with app.app_context():
            done = DiscogsSyncService(seller_username=fake.world.seller.username).sync_all_listings()
            assert (done["outcome"], done["reason"]) == ("failed", "auth.revoked")
        page = visitor.client.get("/account").get_data(as_text=True)
        assert "Log in again" in page
        visitor.log_in()
        assert "Log in again" not in visitor.client.get("/account").get_data(as_text=True)

    def test_without_the_application_the_sync_says_so(self, app: Flask, visitor: Visitor, fake: FakeDiscogs) -> None:
        visitor.log_in()
        wired = app.extensions[KEY]
        wired.settings = wired.settings.replace(discogs_consumer_key=None)
        with app.app_context():
            done = DiscogsSyncService(seller_username=fake.world.seller.username).sync_all_listings()
        assert done["reason"] == "auth.missing"
        assert "DISCOGS_CONSUMER_KEY" in str(done["detail"])

    def test_removing_an_account_forgets_the_login_and_keeps_the_listings(
        self, app: Flask, visitor: Visitor, fake: FakeDiscogs
    ) -> None:
        visitor.log_in()
        name = fake.world.seller.username
        with app.app_context():
            DiscogsSyncService(seller_username=name).sync_all_listings()
        told = app.test_cli_runner().invoke(args=["account", "remove", name.upper()])
        assert (told.exit_code, name in told.output) == (0, True)
        assert visitor.client.get("/account").status_code == 401
        assert visitor.client.get("/api/stats").get_json()["total_listings"] > 0
        with app.app_context():
            assert accounts_with_credentials() == []
        assert app.test_cli_runner().invoke(args=["account", "remove", "nobody"]).exit_code == 1

    def test_a_guests_shop_is_not_shown_beside_the_sellers(
        self, app: Flask, visitor: Visitor, other: Visitor, fake: FakeDiscogs
    ) -> None:
        visitor.log_in()
        other.log_in(fake.world.stranger.username)
        with app.app_context():
            assert [line.rpartition(", ")[2] for line in accounts.overview()] == ["shown", "not shown"]

    def test_nor_does_it_wait_for_a_confirmation(
        self, app: Flask, visitor: Visitor, other: Visitor, fake: FakeDiscogs
    ) -> None:
        visitor.log_in()
        guest = fake.world.stranger.username
        other.log_in(guest)
        with app.app_context():
            done = DiscogsSyncService(seller_username=guest).sync_all_listings()
            assert (done["outcome"], StatusService().sync_status()["held_runs"]) == ("applied", [])
            assert [line.rpartition(", ")[2] for line in accounts.overview()] == ["shown", "not shown"]
            wired = wiring()
            wired.settings = wired.settings.replace(discogs_seller_username=guest)
            again = DiscogsSyncService().sync_all_listings()
            assert again["reason"] == "guard.config", "to be shown instead of the other it needs a person"

    def test_logging_in_does_not_hide_a_shop_that_is_shown(self, app: Flask, visitor: Visitor, other: Visitor) -> None:
        visitor.log_in()
        other.log_in()
        with app.app_context():
            assert [line.rpartition(", ")[2] for line in accounts.overview()] == ["shown"]

    def test_nor_does_it_show_one_that_was_hidden(self, app: Flask, visitor: Visitor, other: Visitor) -> None:
        visitor.log_in()
        other.log_in(visitor.fake.world.stranger.username)
        other.log_in(visitor.fake.world.stranger.username)
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(update(Source).values(paused_reason=None))
            assert [line.rpartition(", ")[2] for line in accounts.overview()] == ["shown", "not shown"]


def accounts_with_credentials() -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.scalars(select(Account.username).where(Account.sealed_token.is_not(None))))
