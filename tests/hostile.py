"""Text as strangers may write it, for everything that goes out in a language of its own."""

from __future__ import annotations

# Markup, both kinds of quotes, the ends of foreign blocks, an entity, characters that XML forbids, other scripts.
HOSTILE = "</script><!--]]>&amp;'\"<b>\x0b\x1b\ufffe\u2028 Ø 音 🎵"
READABLE = "</script><!--]]>&amp;'\"<b>\u2028 Ø 音 🎵"

# Sixty texts that a careless program stumbles over. Discogs lets sellers write nearly all of them.
TEXTS = {
    # markup
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "attribute": "' onmouseover='alert(1)",
    "end of script": "</script><script>alert(1)//",
    "comment": "<!-- --><b>-->",
    "cdata": "]]><x/><![CDATA[",
    "entity": "&lt;b&gt; &amp; &#39;",
    "doctype": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "address of a script": "javascript:alert(1)",
    "link": "https://example.com/?a=1&b=2#c",
    "markdown": "[b](javascript:x) **c** `d`",
    # databases
    "drop": "Robert'); DROP TABLE listings;--",
    "or": "' OR '1'='1",
    "union": "1 UNION SELECT NULL,NULL--",
    "percent": "100%",
    "underscore": "a_b",
    "backslash": "C:\\new\\table",
    "quote": "O'Brien",
    "placeholder": ":name ?1 $1 %s %(x)s",
    "dollar quote": "$$x$$",
    # questions to full-text indexes
    "near": "NEAR(a b, 5)",
    "inches": '12"',
    "quoted": '"exact phrase"',
    "minus": "-x",
    "band": "AC/DC",
    "exclamation": "!!!",
    "operators": "a AND b OR NOT c",
    "star": "pre*",
    "column": "artist:x",
    "caret": "^first",
    "tsquery": "a & b | !c <-> d:*",
    "brackets": "((((",
    # templates and formats
    "jinja": "{{ 7*7 }}{% x %}{# y #}",
    "format": "{0.__class__} %n %d",
    "shell": "$(id) `id` ; |x",
    "log4j": "${jndi:ldap://x}",
    # spreadsheets
    "formula": "=1+1",
    "call": '=HYPERLINK("http://x","y")',
    "plus": "+49 30 1234",
    "at": "@SUM(A1)",
    "tab": "\t=1+1",
    "wide formula": "＝1+1",
    "guarded": "'=1+1",
    "separators": 'a,b;c\td|"e"',
    "lines": "one\r\ntwo\nthree\rfour",
    # characters
    "controls": "a\x01b\x07c\x1bd\x7fe",
    "nul": "a\0b",
    "lone surrogate": "a\ud83db",
    "noncharacter": "a\uffffb\ufffe",
    "byte order mark": "\ufeffmark",
    "line separators": "a\u2028b\u2029c\x85d",
    "bidi": "\u202eevil\u202c txt.exe",
    "right to left": "فيروز שלום",
    "zero width": "in\u200bvis\u200dible\u2060",
    "combining": "Z̸̡͓a̷̛͜l̴̰̕g̶̛̰o̸̟͝",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🎵",
    "folding": "ﬁ Straße İstanbul ŒUVRE Ǆ ½",
    "other plane": "𝕳𝖊𝖑𝖑𝖔 𠜎",
    # sizes and places
    "path": "../../../../etc/passwd%00.png",
    "long": "Supercalifragilistic" * 40,
}


def stored(text: str) -> str:
    """What a mirror keeps of a text: all but what no database can hold."""
    return text.replace("\0", "").replace("\ud83d", "\ufffd")
