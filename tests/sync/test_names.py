"""A seller is known by the id Discogs gives; names change their case and change altogether."""

from __future__ import annotations

import pytest

from app.services.discogs_sync_service import DiscogsSyncService
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.mark.parametrize("is_owner", [True, False], ids=["with a token", "as a stranger"])
class TestANewName:
    def test_the_mirror_goes_on_with_the_same_listings(self, mirror: Mirror, shop: MemoryShop, is_owner: bool) -> None:
        shop.has_token = is_owner
        mirror.sync()
        shop.username, shop.token_of = "another_name", (shop.user_id, "another_name")
        renamed = DiscogsSyncService(seller_username="another_name")
        first = renamed.sync_all_listings()
        assert (first["outcome"], first["reason"]) == ("failed", "seller.changed")
        assert "another_name" in str(first["detail"])
        second = renamed.sync_all_listings()
        assert (second["outcome"], second["unchanged"], second["added"]) == ("applied", 538, 0)
        assert len(mirror.live()) == 538

    def test_another_case_is_the_same_seller(self, mirror: Mirror, shop: MemoryShop, is_owner: bool) -> None:
        shop.has_token = is_owner
        mirror.sync()
        shop.username, shop.token_of = "Example_Seller", (shop.user_id, "Example_Seller")
        done = mirror.sync()
        assert (done["outcome"], done["unchanged"]) == ("applied", 538)
        assert DiscogsSyncService(seller_username="EXAMPLE_SELLER").sync_all_listings()["unchanged"] == 538
