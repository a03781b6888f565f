"""What a doctor finds about rows that are not any more what was told of them: somebody else wrote into the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.core.fingerprint import digest_of_rows
from app.core.plan import Policy
from app.models.known import is_as_told, live_rows
from app.models.streams import INVENTORY, STREAMS, Stream
from app.services.findings import Finding, Verdict
from app.services.mirror_writer import last_applied
from app.services.readings import policy_of
from app.services.sources import SourceState, state_of, states
from config import Settings

MOST_NAMED = 5


@dataclass
class Drift:
    """The rows of one source: how many there are, how many are others than they were, and the first of these.

    `signed`: whether they are those that the last run left, whatever they hold; None when no run left any.
    """

    rows: int = 0
    differing: int = 0
    first: list[int] = field(default_factory=list)
    is_signed: bool | None = None

    def read(self, connection: Connection, stream: Stream, source_id: int) -> None:
        """Look at every row once, some at a time."""
        last = last_applied(connection, source_id)
        digest = digest_of_rows(self._prints(connection, stream, source_id))
        self.is_signed = None if last is None else last.data_digest == digest

    def _prints(self, connection: Connection, stream: Stream, source_id: int) -> Iterator[tuple[int, bytes]]:
        for row in live_rows(connection, stream, source_id):
            self.rows += 1
            if not is_as_told(stream, row):
                self.differing += 1
                self.first += [row[0]] if len(self.first) < MOST_NAMED else []
            yield row[0], row.fingerprint


def about_drift(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Whether the rows hold what was told of them when they were written."""
    rows, is_quiet = 0, True
    for source in [state_of(row) for row in connection.execute(states())]:
        stream, drift = STREAMS[source.kind], Drift()
        drift.read(connection, stream, source.id)
        rows += drift.rows
        for detail in _troubles(drift, stream, source):
            is_quiet = False
            yield Finding("drift", Verdict.WARNING, detail, _advice(stream, source, settings))
    if is_quiet:
        yield Finding("drift", Verdict.OK, f"all {rows} rows are as they were told")


def _troubles(drift: Drift, stream: Stream, source: SourceState) -> Iterator[str]:
    whose = f"{stream.things} of {source.username}"
    if drift.differing:
        named = ", ".join(map(str, drift.first)) + (", …" if drift.differing > len(drift.first) else "")
        yield f"{drift.differing} of {drift.rows} {whose} were changed by another program than this one: {named}"
    elif drift.is_signed is False:
        yield f"the {drift.rows} {whose} are not those that its last run left: another program put in or took out some"


def _advice(stream: Stream, source: SourceState, settings: Settings) -> str:
    if policy_of(settings, stream) is Policy.ADD_ONLY:
        setting = "INVENTORY_SYNC_POLICY" if stream is INVENTORY else "COLLECTION_SYNC_POLICY"
        return f"no sync changes a row while {setting} is add_only; where this was not on purpose, restore a backup"
    seller = settings.discogs_seller_username
    name = seller if stream is INVENTORY else settings.discogs_collection_username or seller
    if name is not None and name.casefold() == source.username.casefold():
        return f"flask --app run sync {stream.kind} --force writes them anew"
    if source.sealed_token is not None:
        return "“Force full” at /sync writes them anew"
    return "no sync reads them: import their file again, or restore a backup"
