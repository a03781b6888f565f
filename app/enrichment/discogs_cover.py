"""Discogs' own cover: the mirror knows it already, so nobody is asked."""

from __future__ import annotations

from app.core.enrichment import Field, Found, Nothing, Question
from app.enrichment.provider import Circumstances, Provider, ProviderKind
from config import Settings


class DiscogsCover:
    """Takes the cover from the facts of the catalogue."""

    requests = 0

    def ask(self, question: Question) -> Found | Nothing:
        release = question.release
        if release is None or not (release.cover or release.thumb):
            return Nothing("Discogs shows no cover")
        whole, small = release.cover or release.thumb, release.thumb or release.cover
        return Found({"uri": whole, "uri150": small}, source="discogs", score=1.0)


def _make(_settings: Settings, _circumstances: Circumstances) -> Provider:
    return DiscogsCover()


DISCOGS = ProviderKind(
    name="discogs",
    fields={Field.COVER: "the cover that Discogs shows"},
    missing=lambda _settings: "",
    per_day=lambda _settings: None,
    make=_make,
    is_outside=False,
)
