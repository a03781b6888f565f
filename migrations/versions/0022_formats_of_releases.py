"""What is known of the formats of releases: of their listings that say nothing of it themselves.

What was told of them before is in the copies, the wants and the kept bodies already, so nobody is asked for it.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
import zstandard
from alembic import op

from app.models.base import BigInt

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CUT_AT = 50  # files of Discogs' website cut the formats off there
CHUNK = 1000
RELEASES = sa.table("releases", sa.column("release_id", BigInt), sa.column("formats", sa.Text()))
BODIES = sa.table("release_bodies", sa.column("release_id", BigInt), sa.column("body", sa.LargeBinary()))
SHELVES = ("copies", "wants")
MADE_ANEW = "UPDATE mirror_state SET version = version + 1, shop_digest = NULL, shop_total = NULL"


def upgrade() -> None:
    connection = op.get_bind()
    # Read before the table is changed: on PostgreSQL nobody can read that from then on.
    known = {**dict(told_by_shelves(connection)), **dict(told_by_bodies(connection))}
    op.add_column("releases", sa.Column("formats", sa.Text(), nullable=True))
    rows = [{"release_id": number, "formats": formats} for number, formats in sorted(known.items())]
    for start in range(0, len(rows), CHUNK):
        connection.execute(
            sa.text(
                "INSERT INTO releases (release_id, formats) VALUES (:release_id, :formats)"
                " ON CONFLICT (release_id) DO UPDATE SET formats = excluded.formats"
            ),
            rows[start : start + CHUNK],
        )
    if rows:
        # What visitors keep of the shop is not what it shows any more, nor is the index, when this was done before.
        op.execute(MADE_ANEW)


def told_by_shelves(connection: sa.Connection) -> Iterator[Any]:
    for name in SHELVES:
        shelf = sa.table(name, *(sa.column(each) for each in ("release_id", "format", "told_at")))
        is_whole = sa.or_(shelf.c.told_at.is_(None), sa.func.length(shelf.c.format) < CUT_AT)
        told = sa.select(shelf.c.release_id, sa.func.max(shelf.c.format)).where(shelf.c.format.is_not(None), is_whole)
        yield from connection.execute(told.group_by(shelf.c.release_id))


def told_by_bodies(connection: sa.Connection) -> Iterator[Any]:
    bodies = sa.select(BODIES.c.release_id, BODIES.c.body).where(BODIES.c.body.is_not(None))
    for number, packed in connection.execute(bodies.execution_options(yield_per=CHUNK)):
        if formats := formats_in(packed):
            yield number, formats


def formats_in(packed: bytes) -> str | None:
    """As the mirror writes them from now on; None where nothing is told, or nothing can be read."""
    try:
        body = json.loads(zstandard.ZstdDecompressor().decompress(packed))
        return " + ".join(medium for told in body.get("formats") or () if (medium := medium_text(told))) or None
    except (zstandard.ZstdError, ValueError, RecursionError, AttributeError, TypeError):
        return None


def medium_text(told: dict[str, Any]) -> str | None:
    name, quantity, about = (clean(told.get(key)) for key in ("name", "qty", "text"))
    descriptions = told.get("descriptions")
    if not name:
        return None
    head = name if quantity in {"", "0", "1"} else f"{quantity}x{name}"
    pieces = dict.fromkeys((head, *map(clean, descriptions if isinstance(descriptions, list) else ()), about))
    return ", ".join(piece for piece in pieces if piece)


def clean(value: object) -> str:
    """Text that every database can hold."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def downgrade() -> None:
    op.drop_column("releases", "formats")
    op.execute(MADE_ANEW)
