"""Whoever knows more about the records than Discogs: one file each, all alike, and one that knows nothing.

A new one is a copy of one of these files and a line below; whom to ask first is in `app.core.enrichment.CHAINS`.
"""

from app.enrichment.chat import AI
from app.enrichment.discogs_cover import DISCOGS
from app.enrichment.musicbrainz import MUSICBRAINZ
from app.enrichment.provider import ProviderKind
from app.enrichment.spotify import SPOTIFY

PROVIDERS: dict[str, ProviderKind] = {kind.name: kind for kind in (DISCOGS, SPOTIFY, AI, MUSICBRAINZ)}
