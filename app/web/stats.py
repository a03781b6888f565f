"""The shop in charts."""

from __future__ import annotations

from app.services.shop_window import ShopWindow
from app.web.bar_chart import bars_of, days_of
from app.web.frame import rendered


def stats_text(window: ShopWindow) -> str:
    """The page of numbers."""
    charts, numbers = window.charts(), window.statistics()
    total = numbers["total_listings"]
    kinds = [
        ("genre", "Genre", "A record of several genres counts with each.", bars_of(charts["by_genre"], total)),
        ("decade", "Decade", "By year of release.", bars_of(charts["by_decade"], total)),
        ("format", "Format", "By the first format of each record.", bars_of(charts["by_format"], total)),
        ("condition", "Condition", "Of the record itself, the best first.", bars_of(charts["by_condition"], total)),
        ("price", "Price", "In the currency of each record.", bars_of(charts["by_price"], total)),
    ]
    return rendered("web/stats.html", numbers=numbers, kinds=kinds, days=days_of(charts["movements"]))
