"""What lies around the rows of a collection or wantlist: folders, fields, and whether strangers may look."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.copy_records import CollectionField, Folder
from app.core.plan import Policy
from app.errors import DiscogsAPIError, DiscogsPrivate
from app.services.discogs_connection import Discogs
from app.services.shelf_storing import store_fields, store_folders
from app.services.subject import Subject

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`folders` and `fields` are None where Discogs did not tell, `is_public` where nobody asked or nobody knows."""

    folders: tuple[Folder, ...] | None = None
    fields: tuple[CollectionField, ...] | None = None
    is_public: bool | None = None

    @property
    def source(self) -> dict[str, bool]:
        """What the source is to remember."""
        return {} if self.is_public is None else {"is_public": self.is_public}

    def store(self, connection: Connection, source_id: int, policy: Policy, at: datetime) -> None:
        """Keep what was told, inside the caller's write transaction; writes only news."""
        if self.folders is not None:
            store_folders(connection, source_id, self.folders, policy=policy, at=at)
        if self.fields is not None:
            store_fields(connection, source_id, self.fields, policy=policy, at=at)


def around_collection(client: Discogs, subject: Subject, stranger: Callable[[], Discogs] | None) -> Surroundings:
    """Folders and fields are told to the owner alone; who is shown copies as a stranger knows that they are public.

    `stranger` makes a client without a credential; None: the question is not wanted. Raises DiscogsAPIError.
    """
    if not subject.is_owner:
        return Surroundings(is_public=True)
    folders = client.collection_folders(subject.username)
    fields = client.collection_fields(subject.username)
    # One request beyond pages, folders, fields and identity. None of these can be asked with a stranger's eyes instead:
    # strangers are told no folder but 0, no field at all, and of copies the notes in public fields only.
    is_public = _is_shown(stranger, lambda eyes: eyes.collection_folders(subject.username))
    return Surroundings(folders, fields, is_public)


def around_wantlist(_client: Discogs, subject: Subject, stranger: Callable[[], Discogs] | None) -> Surroundings:
    """Whether strangers are shown the wantlist; the rest is as in `around_collection`."""
    if not subject.is_owner:
        return Surroundings(is_public=True)
    return Surroundings(is_public=_is_shown(stranger, lambda eyes: eyes.wants_page(subject.username, 1, per_page=1)))


def _is_shown(stranger: Callable[[], Discogs] | None, look: Callable[[Discogs], object]) -> bool | None:
    """Whether a stranger may look; None when Discogs does not say so now, which is no reason to give up a run."""
    if stranger is None:
        return None
    try:
        look(stranger())
    except DiscogsPrivate:
        return False
    except DiscogsAPIError as error:
        logger.info("Whether strangers may look is not known (%s)", error.reason)
        return None
    return True
