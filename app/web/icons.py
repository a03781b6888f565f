"""The drawings of buttons, as paths in a square of 24; the layout's macro puts them into an SVG."""

from __future__ import annotations

ICONS = {
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L21 21",
    "filter": "M4 6h16M7 12h10M10 18h4",
    "close": "M6 6l12 12M18 6L6 18",
    "next": "M9 5l7 7-7 7",
    "back": "M15 5l-7 7 7 7",
    "out": "M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4v5l3.5 2",
    "theme": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 0v18m2.6-16.7v15.4m2.6-13.4v11.4",
    "disc": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
}
