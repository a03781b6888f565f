"""Record sleeves drawn from a number, so that a demo shows pictures and copies nobody's."""

import random

from .messages import HttpError, Request, Response
from .viewer import Viewer
from .vocabulary import NO_RESOURCE


def cover(_request: Request, _viewer: Viewer, name: str) -> Response:
    """`<number>.svg` at 600 pixels, `<number>-150.svg` at 150."""
    number, _, size = name.removesuffix(".svg").partition("-")
    if not (name.endswith(".svg") and number.isdecimal() and size in {"", "150"}):
        raise HttpError(404, NO_RESOURCE)
    picture = draw(int(number), int(size or 600)).encode()
    answer = Response(body=picture, content_type="image/svg+xml")
    return answer.with_headers(("Cache-Control", "public, max-age=86400"))


def draw(number: int, size: int) -> str:
    """The same sleeve for the same number, at any size."""
    rng = random.Random(f"cover {number}")
    hue = rng.randrange(360)
    ground, ink, light = (
        f"hsl({(hue + turn) % 360} {tone})" for turn, tone in ((0, "45% 32%"), (150, "60% 62%"), (40, "70% 84%"))
    )
    shapes = rng.choice((_rings, _bars, _hills, _tiles))(rng, ink, light)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" width="{size}" height="{size}">'
        f'<rect width="600" height="600" fill="{ground}"/>{shapes}</svg>\n'
    )


def _rings(rng: random.Random, ink: str, light: str) -> str:
    x, y = rng.randint(180, 420), rng.randint(180, 420)
    return "".join(
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{ink if radius % 80 else light}" stroke-width="14"/>'
        for radius in range(20, rng.randint(180, 340), 30)
    )


def _bars(rng: random.Random, ink: str, light: str) -> str:
    return "".join(
        f'<rect x="{place}" y="{600 - height}" width="34" height="{height}" fill="{rng.choice((ink, light))}"/>'
        for place, height in ((place, rng.randint(60, 520)) for place in range(33, 560, 50))
    )


def _hills(rng: random.Random, ink: str, light: str) -> str:
    sun = (
        f'<circle cx="{rng.randint(120, 480)}" cy="{rng.randint(120, 260)}" r="{rng.randint(40, 90)}" fill="{light}"/>'
    )
    slopes = "".join(
        f'<path d="M0 {rng.randint(300, 480)} Q{rng.randint(100, 500)} {rng.randint(200, 420)} 600 {rng.randint(300, 500)} V600 H0Z" '
        f'fill="{ink}" opacity="{opacity}"/>'
        for opacity in (0.45, 0.7, 1)
    )
    return sun + slopes


def _tiles(rng: random.Random, ink: str, light: str) -> str:
    return "".join(
        f'<rect x="{x}" y="{y}" width="90" height="90" fill="{rng.choice((ink, light))}" rx="{rng.choice((0, 45))}"/>'
        for x in range(30, 570, 110)
        for y in range(30, 570, 110)
        if rng.random() < 0.7
    )
