"""A badge: two words side by side, as a small picture (SVG) for the page of somebody else."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from app.formats.xml_text import child, xml_bytes

MIMETYPE = "image/svg+xml"
GOOD, OLD, UNKNOWN = "#2c6a3f", "#7a5200", "#655b51"
HEIGHT, PADDING, LETTER = 20, 8, 6  # a letter of 11 pixels of whatever font is there is about as wide
LABEL_GROUND, INK = "#1b1714", "#ffffff"


def badge(label: str, words: str, colour: str) -> bytes:
    """`label` on dark ground and `words` on `colour`. Those who cannot see it are told both."""
    widths = [len(text) * LETTER + 2 * PADDING for text in (label, words)]
    told = f"{label}: {words}"
    attributes = {"width": str(sum(widths)), "height": str(HEIGHT), "role": "img", "aria-label": told}
    svg = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **attributes})
    child(svg, "title", told)
    child(svg, "rect", width=str(widths[0]), height=str(HEIGHT), fill=LABEL_GROUND)
    child(svg, "rect", x=str(widths[0]), width=str(widths[1]), height=str(HEIGHT), fill=colour)
    group = child(svg, "g", **{"fill": INK, "font-family": "Verdana, DejaVu Sans, sans-serif", "font-size": "11"})
    for left, text in ((0, label), (widths[0], words)):
        child(group, "text", text, x=str(left + PADDING), y="14", textLength=str(len(text) * LETTER))
    return xml_bytes(svg)
