"""Only what is ours is enriched: a guest's records spend nothing of what the operator pays for."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from app.extensions import db, wiring
from app.models import Account, EnrichmentRow, Source
from app.models.transactions import write_transaction
from app.services.enrichment_providers import picture_origins
from app.services.enrichment_service import EnrichmentService
from app.services.own_sources import own_sources
from tests.enrichment.conftest import EnrichedMirror, change_settings


def ours() -> set[int]:
    with db.engine.connect() as connection:
        return set(connection.scalars(own_sources(wiring().settings)))


def test_a_guests_records_are_not_asked_about(mirrored: EnrichedMirror) -> None:
    assert len(ours()) == 1
    with write_transaction(db.engine) as connection:
        connection.execute(EnrichmentRow.__table__.delete())
    change_settings(discogs_collection_username="somebody-else")
    assert ours() == set()
    assert EnrichmentService().start_if_due() is False
    assert mirrored.enrich()["found"] == 0
    assert mirrored.rows() == []
    change_settings(discogs_collection_username=mirrored.fake.world.seller.username)
    assert mirrored.enrich()["found"] > 0


def test_a_shop_that_is_shown_is_ours_with_the_collection_beside_it(mirrored: EnrichedMirror) -> None:
    change_settings(discogs_collection_username=None)
    assert len(ours()) == 1, "nobody is named: a collection without a shop is it"
    with write_transaction(db.engine) as connection:
        account = connection.scalar(select(Account.id))
        at = {"hidden_rows": 0, "account_id": account, "kind": "inventory"}
        connection.execute(insert(Source).values(is_active=False, **at))
    assert ours() == set(), "a shop that waits is not shown, and no collection beside it"
    with write_transaction(db.engine) as connection:
        connection.execute(update(Source).values(is_active=True))
    assert len(ours()) == 2


def test_pictures_of_a_provider_that_was_switched_off_may_still_be_loaded(mirrored: EnrichedMirror) -> None:
    change_settings(spotify_client_id=None, ai_api_key=None, musicbrainz_enabled=False)
    assert {"https://i.scdn.co/", "https://coverartarchive.org/"} <= set(picture_origins(wiring().settings))
