"""The provider that is not there: it knows nothing and asks nobody."""

from __future__ import annotations

from app.core.enrichment import Nothing, Question


class NullProvider:
    """Stands in for one that is off; `why` says which settings it lacks."""

    requests = 0

    def __init__(self, why: str = "") -> None:
        self.why = why

    def ask(self, question: Question) -> Nothing:
        return Nothing(self.why)
