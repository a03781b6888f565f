"""The headers that every answer has, whoever gives it."""

from __future__ import annotations

Headers = list[tuple[str, str]]
FEATURES = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", FEATURES),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
BY_HTTPS_ALONE = ("Strict-Transport-Security", "max-age=31536000")


def completed(headers: Headers, *, is_https: bool) -> Headers:
    """The headers of an answer with those that every answer has."""
    told = {name.lower() for name, _ in headers}
    missing = [each for each in ALWAYS if each[0].lower() not in told]
    if is_https and "strict-transport-security" not in told:
        missing.append(BY_HTTPS_ALONE)
    return [*headers, *missing]
