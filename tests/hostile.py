"""Text as strangers may write it, for everything that goes out in a language of its own."""

from __future__ import annotations

# Markup, both kinds of quotes, the ends of foreign blocks, an entity, characters that XML forbids, other scripts.
HOSTILE = "</script><!--]]>&amp;'\"<b>\x0b\x1b\ufffe\u2028 Ø 音 🎵"
READABLE = "</script><!--]]>&amp;'\"<b>\u2028 Ø 音 🎵"
