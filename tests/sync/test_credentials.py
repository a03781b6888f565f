"""Which credential a sync uses, and what it remembers of a refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from app.core.outcomes import Reason
from app.errors import DiscogsAuthenticationError, DiscogsRateLimitError, DiscogsResponseError
from app.extensions import db, wiring
from app.models import Source
from app.ops.sealing import Sealer
from app.services import accounts
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.health_service import HealthService
from app.services.status_service import StatusService
from config import Secret
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop

OF_SETTINGS, OF_ACCOUNT, NAMED = "token-of-the-seller", "token-of-the-account", "token-named-by-the-caller"


@pytest.fixture
def used(mirror: Mirror, shop: MemoryShop) -> list[str | None]:
    """The credentials that clients were made with, in order."""
    tokens: list[str | None] = []

    def connect(_: object, token: Secret | None, **__: Any) -> MemoryShop:
        tokens.append(token.reveal() if token else None)
        shop.has_token = token is not None
        return shop

    wiring().connect = connect
    return tokens


def refusals_kept() -> tuple[Any, ...]:
    with db.engine.connect() as connection:
        return tuple(connection.execute(select(Source.paused_reason, Source.paused_credential)).one())


class TestPrecedence:
    def test_the_configured_seller_uses_the_token_of_the_settings(self, mirror: Mirror, used: list[str | None]) -> None:
        mirror.sync()
        assert used == [OF_SETTINGS]

    def test_an_accounts_own_token_comes_before_that(self, mirror: Mirror, used: list[str | None]) -> None:
        accounts.add("example_seller", OF_ACCOUNT)
        assert mirror.sync()["outcome"] == "applied"
        assert used == [OF_ACCOUNT, OF_ACCOUNT]

    def test_the_callers_token_comes_first(self, mirror: Mirror, used: list[str | None]) -> None:
        accounts.add("example_seller", OF_ACCOUNT)
        DiscogsSyncService(token=NAMED).sync_all_listings()
        assert used == [OF_ACCOUNT, NAMED]

    def test_the_token_of_the_settings_speaks_for_nobody_else(
        self, mirror: Mirror, shop: MemoryShop, used: list[str | None]
    ) -> None:
        shop.username = "other_seller"
        DiscogsSyncService(seller_username="other_seller").sync_all_listings()
        assert used == [None]

    def test_names_are_compared_as_discogs_compares_them(self, mirror: Mirror, used: list[str | None]) -> None:
        DiscogsSyncService(seller_username="Example_SELLER").sync_all_listings()
        assert used == [OF_SETTINGS]


class TestRefusedCredentials:
    def test_the_refused_credential_is_the_one_that_was_used(
        self, mirror: Mirror, shop: MemoryShop, used: list[str | None]
    ) -> None:
        mirror.sync()
        refused = DiscogsAuthenticationError(Reason.AUTH_REVOKED, status=401)
        shop.failures["identity"] = refused
        mirror.sync()
        of_settings = refusals_kept()
        del shop.failures["identity"]
        accounts.add("example_seller", OF_ACCOUNT)
        shop.failures["identity"] = refused
        mirror.sync()
        assert of_settings[0] == refusals_kept()[0] == "auth.revoked"
        assert of_settings[1] != refusals_kept()[1]

    def test_a_credential_that_no_key_opens_ends_the_run_and_says_what_to_do(
        self, mirror: Mirror, shop: MemoryShop, used: list[str | None]
    ) -> None:
        mirror.sync()
        accounts.add("example_seller", OF_ACCOUNT)
        wiring().sealer = Sealer([Fernet.generate_key().decode()])
        requests = shop.requests
        done = mirror.sync()
        assert (done["outcome"], done["reason"]) == ("failed", "auth.missing")
        assert "TOKEN_KEYS" in str(done["detail"])
        assert "account add" in str(done["detail"])
        assert shop.requests == requests
        assert len(mirror.live()) == 538


class TestPausesThatDiscogsAsksFor:
    @pytest.fixture
    def throttled(self, mirror: Mirror, shop: MemoryShop) -> Mirror:
        mirror.sync()
        shop.failures["identity"] = DiscogsRateLimitError(retry_after=1e15)
        mirror.sync()
        shop.failures.clear()
        return mirror

    def test_the_longest_is_a_day(self, throttled: Mirror) -> None:
        assert throttled.sync()["reason"] == "http.429"
        throttled.clock.advance(hours=23)
        assert throttled.sync()["outcome"] == "applied"

    def test_the_refusal_names_the_way_past_it(self, throttled: Mirror) -> None:
        assert "--force" in str(throttled.sync()["detail"])
        assert throttled.sync(force_full=True)["outcome"] == "applied"
        assert throttled.sync()["outcome"] == "applied"

    def test_a_moment_too_far_away_was_written_by_a_wrong_clock(self, mirror: Mirror) -> None:
        mirror.sync()
        with db.engine.begin() as connection:
            connection.execute(Source.__table__.update().values(not_before=mirror.clock() + timedelta(days=900)))
        assert mirror.sync()["outcome"] == "applied"


class TestWhatAPersonSeesOfARefusal:
    @pytest.fixture
    def refused(self, mirror: Mirror, shop: MemoryShop, used: list[str | None]) -> Mirror:
        mirror.sync()
        shop.failures["identity"] = DiscogsAuthenticationError(Reason.AUTH_REVOKED, status=401)
        mirror.sync()
        shop.failures.clear()
        return mirror

    def test_status_names_the_seller_and_health_which_everybody_reads_does_not(self, refused: Mirror) -> None:
        (told,) = StatusService().sync_status()["refused"]
        assert (told["seller"], told["reason"]) == ("example_seller", "auth.revoked")
        (reason,) = [reason for reason in HealthService().health()["reasons"] if "refused" in reason]
        assert "auth.revoked" in reason
        assert "example_seller" not in reason
        assert OF_SETTINGS not in reason

    def test_another_credential_ends_it(self, refused: Mirror) -> None:
        accounts.add("example_seller", OF_ACCOUNT)
        assert StatusService().sync_status()["refused"] == []

    def test_a_sync_that_works_ends_it(self, refused: Mirror) -> None:
        refused.sync()
        assert StatusService().sync_status()["refused"] == []

    def test_a_credential_that_cannot_be_opened_is_told_too(self, mirror: Mirror, used: list[str | None]) -> None:
        accounts.add("example_seller", OF_ACCOUNT)
        wiring().sealer = Sealer([Fernet.generate_key().decode()])
        mirror.sync()
        (told,) = StatusService().sync_status()["refused"]
        assert told["reason"] == "auth.missing"


def test_a_token_that_discogs_sends_back_in_an_error_is_kept_nowhere(mirror: Mirror, shop: MemoryShop) -> None:
    echo = f"no user for {OF_SETTINGS}"
    shop.failures["page 1"] = DiscogsResponseError(Reason.HTTP_4XX, status=422, detail=echo)
    done = mirror.sync()
    assert done["reason"] == "http.4xx"
    assert OF_SETTINGS not in str(done["detail"])
    assert "no user for" in str(done["detail"])
