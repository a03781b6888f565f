"""Which copies were made for changes of the schema that have not succeeded yet.

A supervisor starts again and again what cannot start. Of the copies that such tries make, one of each state is kept,
and of many states the first and the last: however long it goes on, nothing older goes for them and the disk stays free.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from sqlalchemy import URL, Engine

from app.errors import BackupImpossible
from app.ops.backup import backups_of, make_copy, place_of
from app.ops.digests import discard, sha256_of
from app.ops.pg_programs import digest_of_dump

logger = logging.getLogger(__name__)


class Tries:
    """The tries to change the schema of one database, remembered beside its copies. One process at a time has them."""

    def __init__(self, url: URL, instance_path: Path | None = None) -> None:
        place = place_of(url, instance_path)
        self._file = place.folder / f"{place.stem}.tries"
        self._url, self._instance_path = url, instance_path

    def copy(self, engine: Engine, present: str) -> Path:
        """A copy of a database of the schema `present`: a new one, or that of an earlier try that found the same.

        Raises what `make_copy` raises.
        """
        former = self._copies(present)
        new = make_copy(engine, self._instance_path)
        state = _state_of(new)
        for copy in former:
            if state is not None and _state_of(copy) == state:
                logger.info("Nothing has changed since an earlier try: its copy %s is kept, and no second one", copy)
                discard(new)
                return copy
        try:
            self._remember(present, [*former[:1], new])
        except OSError as error:  # a copy that the next try does not know would not be the last
            discard(new)
            raise BackupImpossible(f"{self._file} cannot be written ({error.strerror})") from error
        for copy in former[1:]:
            discard(copy)
        return new

    def forget(self) -> None:
        """One succeeded: from now on its copies are like any other."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:  # the schema is changed all the same
            logger.warning("%s cannot be taken away (%s)", self._file, error.strerror)

    def _copies(self, present: str) -> list[Path]:
        try:
            schema, *names = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return []
        lying = {copy.name: copy for copy in backups_of(self._url, self._instance_path)}
        return [lying[name] for name in names if name in lying] if schema == present else []

    def _remember(self, present: str, copies: list[Path]) -> None:
        draft = self._file.with_name(f"{self._file.name}.part")
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in (present, *(copy.name for copy in copies)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)


def _state_of(copy: Path) -> str | None:
    """What is alike for copies of one state alone; None when it cannot be told."""
    if copy.suffix == ".dump":  # it holds the moment when it was made
        return digest_of_dump(copy)
    return sha256_of(copy)
