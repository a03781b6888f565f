"""Text that may stand in XML 1.0, whatever a stranger wrote."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
# What XML 1.0 knows no way to write, not even escaped: most control characters, lone surrogates, two non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """The text without the characters that XML forbids.

    >>> allowed("Side\\x00 A\\x0b/B \\ud800\\uffff\\U0001f3b5")
    'Side A/B 🎵'
    """
    return _FORBIDDEN.sub("", text)


def child(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """A new element at the end of `parent`, with all forbidden characters left out."""
    made = SubElement(parent, name, {key: allowed(value) for key, value in attributes.items()})
    if text is not None:
        made.text = allowed(text)
    return made


def xml_bytes(element: Element) -> bytes:
    """The element as UTF-8, escaped, without a declaration."""
    text: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return text
