"""Every error Waxmirror raises on purpose.

WaxmirrorError
├── ConfigurationError            settings that cannot work; all problems at once
├── OutsideError                  somebody outside did not give an answer we can use
│   ├── ConnectionFailed          net.*: no whole answer arrived
│   ├── AnswerRefused             body.*: an answer that is not what it should be
│   ├── ProviderError             a provider of pictures, links or descriptions did not
│   │   ├── ProviderAnswerUnfit   it did, with what does not do
│   │   ├── ProviderKeyRefused    its key is wrong, revoked or not allowed
│   │   └── ProviderThrottled     it wants to be left alone for a while
│   └── DiscogsAPIError           Discogs did not
│       ├── DiscogsConnectionError    net.*: the network, a timeout, a deadline
│       ├── DiscogsAuthenticationError auth.*: credential missing, revoked or not allowed
│       ├── DiscogsRateLimitError     http.429: throttled
│       ├── DiscogsNotFound           404: no such thing (any more)
│       ├── DiscogsPrivate            seller.private: its owner shows it to nobody else
│       └── DiscogsResponseError      http.4xx, http.5xx, http.redirect, body.*, schema.envelope
├── StorageError                  db.*: the database is locked, full, read-only, broken, out of reach …
│   └── SchemaUnknown             db.schema: a newer release made the schema that it has
├── SyncBusy                      another run of the same source is at work
├── SourceNotFound                no such source
├── ShownBySettings               the settings name this shop: it cannot be hidden
├── RunNotFound                   no such run
├── RunNotHeld                    only a held run can be confirmed or dismissed
├── NothingMayLeave               the source only ever adds by now: nothing held may be removed
├── NothingToUndo                 the run removed nothing that could be restored
├── PlanChanged                   the mirror moved on since the run was held
├── Cancelled                     the run was told to stop
├── Fenced                        another run took this run's place
├── Unbalanced                    the run's own arithmetic does not add up
├── ListingNotFound               no such listing
├── ListingGone                   the listing is a tombstone
├── CollectionPrivate             strangers may not see this collection
├── AlbumNotFound                 no such copy, or none that the visitor may see
├── AlbumGone                     the copy has left the collection
├── ReleaseUnread                 nothing is kept of a release
├── JobNotFound                   no such job
├── JobUnknown                    no job of this kind can be done
├── JobInOtherState               what was asked for does not go with the state of the job
│   ├── JobEnded                  the job ended: there is nothing to cancel
│   ├── JobNotEnded               only a job that failed or was cancelled can be begun anew
│   └── JobNotDone                the job has no result yet, or none at all
├── JobResultGone                 the result was cleared away
├── JobMustWait                   the job lets the sync go first
├── JobLost                       another worker has the job, or somebody ended it
├── ExportImpossible              there is nothing to export from
│   ├── FolderNotFound            the collection has no such folder
│   ├── ExportsCrowded            the account has too many on their way
│   └── NothingMirrored           nothing was mirrored of what is to be exported
├── EnrichmentBusy                a batch of enrichment is queued or at work
├── NothingEnriches               no provider of enrichment is configured
├── SubjectUnknown                neither a release nor an artist of the mirror
├── ResultUnwritable              the result of a job cannot be written: no space, no right
├── CredentialUnreadable          a sealed credential cannot be opened with the present keys
├── BackupImpossible              no copy of the database can be made here
├── BackupRefused                 a backup that cannot be verified, or not put back
├── FileNotUnderstood             a file of what people entered that cannot be read in
├── AccountNotFound               no account has this name
├── AccountKept                   an account that must not be erased as it stands
├── TooManyGuesses                the admin token was guessed too often of late
├── LoginRefused                  a login with Discogs that cannot be completed; it may be begun anew
└── CsvRefused                    a CSV file that cannot be read as what it claims to be
"""

from collections.abc import Sequence
from datetime import datetime

from app.core.outcomes import Reason, RemovalReason
from app.core.quoting import quoted


class WaxmirrorError(Exception):
    """Root of the tree. Carries fields; faces turn them into words."""


class ConfigurationError(WaxmirrorError):
    """Settings that cannot work. `problems` is one sentence per variable."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class OutsideError(WaxmirrorError):
    """Somebody outside did not give a usable answer; `reason` says why, in the closed vocabulary."""

    def __init__(
        self,
        reason: Reason,
        *,
        status: int | None = None,
        url_path: str = "",
        detail: str = "",
        attempts: int = 1,
    ) -> None:
        self.reason = reason
        self.status = status
        self.url_path = url_path
        self.detail = quoted(detail)
        self.attempts = attempts
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [str(self.reason)]
        if self.status is not None:
            parts.append(f"HTTP {self.status}")
        if self.url_path:
            parts.append(self.url_path)
        if self.detail:
            parts.append(self.detail)
        return " · ".join(parts)


class ConnectionFailed(OutsideError):
    """No whole answer arrived."""


class AnswerRefused(OutsideError):
    """An answer arrived that is not what it should be."""


class ProviderError(OutsideError):
    """A provider of enrichment gave no answer that can be used."""


class ProviderAnswerUnfit(ProviderError):
    """It answered, and what it said does not do. Another time it would say the same, and be paid for it again."""


class ProviderKeyRefused(ProviderError):
    """The key is wrong, revoked, or not allowed to ask this."""


class ProviderThrottled(ProviderError):
    """Too many questions. `retry_after` is the number of seconds it asked for, if it said so."""

    def __init__(self, *, retry_after: float | None = None, url_path: str = "") -> None:
        super().__init__(Reason.HTTP_429, status=429, url_path=url_path)
        self.retry_after = retry_after


class DiscogsAPIError(OutsideError):
    """Discogs did not give a usable answer."""


class DiscogsConnectionError(DiscogsAPIError):
    """The network failed before a whole answer arrived."""


class DiscogsAuthenticationError(DiscogsAPIError):
    """The credential is missing, revoked, or not allowed to see this."""


class DiscogsRateLimitError(DiscogsAPIError):
    """Throttled. `retry_after` is the number of seconds Discogs asked for, if it said so."""

    def __init__(
        self,
        *,
        retry_after: float | None = None,
        url_path: str = "",
        detail: str = "",
        attempts: int = 1,
    ) -> None:
        super().__init__(Reason.HTTP_429, status=429, url_path=url_path, detail=detail, attempts=attempts)
        self.retry_after = retry_after


class DiscogsNotFound(DiscogsAPIError):
    """404: what was asked for does not exist, or not any more."""

    def __init__(self, *, url_path: str = "", detail: str = "", attempts: int = 1) -> None:
        super().__init__(Reason.HTTP_4XX, status=404, url_path=url_path, detail=detail, attempts=attempts)


class DiscogsPrivate(DiscogsAPIError):
    """403: the owner shows this collection, this wantlist or this part of it to nobody else. It is not empty."""

    def __init__(self, *, url_path: str = "", detail: str = "", attempts: int = 1) -> None:
        super().__init__(Reason.SELLER_PRIVATE, status=403, url_path=url_path, detail=detail, attempts=attempts)


class DiscogsResponseError(DiscogsAPIError):
    """An answer arrived and is not one we may trust."""


class StorageError(WaxmirrorError):
    """The database refused; `reason` is one of db.*."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class SchemaUnknown(StorageError):
    """The database has `schemas` that this release does not know. Nothing was touched; `advice` is what to do."""

    def __init__(self, *schemas: str) -> None:
        self.schemas = schemas
        self.problem = f"the database has the schema {' '.join(schemas)} of a newer release than this one"
        self.advice = (
            "start the newer release, or put a backup of this one back: flask --app run restore FILE "
            "(they lie in backups/)"
        )
        super().__init__(Reason.DB_SCHEMA, f"{self.problem}: {self.advice}")


class SyncBusy(WaxmirrorError):
    """Another run of the same source is queued or at work; `run_ids` are all that keep what was asked for waiting."""

    def __init__(self, run_id: int | None, *others: int) -> None:
        super().__init__(f"run {run_id} is already at work" if run_id else "another process is at work")
        self.run_id = run_id
        self.run_ids = (*(() if run_id is None else (run_id,)), *others)


class SourceNotFound(WaxmirrorError):
    """No source has this id."""

    def __init__(self, source_id: int) -> None:
        super().__init__(f"no source {source_id}")
        self.source_id = source_id


class ShownBySettings(WaxmirrorError):
    """The settings name this shop, so it is shown."""

    def __init__(self, username: str) -> None:
        super().__init__(f"DISCOGS_SELLER_USERNAME names {username}: this shop is shown")
        self.username = username


class RunNotFound(WaxmirrorError):
    """No run has this id."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"no run {run_id}")
        self.run_id = run_id


class RunNotHeld(WaxmirrorError):
    """The run is not waiting for a person, or not any more."""

    def __init__(self, run_id: int, outcome: str | None) -> None:
        super().__init__(f"run {run_id} is not held (outcome: {outcome or 'none yet'})")
        self.run_id = run_id
        self.outcome = outcome


class NothingMayLeave(WaxmirrorError):
    """The source was made `add_only` since the run was held: its removals must not happen."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"the source of run {run_id} is add_only now; nothing may be removed")
        self.run_id = run_id


class NothingToUndo(WaxmirrorError):
    """The run removed nothing, so there is nothing to take back."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id} removed nothing, there is nothing to undo")
        self.run_id = run_id


class PlanChanged(WaxmirrorError):
    """The mirror moved on since the run was held; `latest_run_id` is the run to look at instead."""

    def __init__(self, run_id: int, latest_run_id: int | None) -> None:
        super().__init__(f"the mirror changed since run {run_id} was held; look at run {latest_run_id}")
        self.run_id = run_id
        self.latest_run_id = latest_run_id


class Cancelled(WaxmirrorError):
    """The run was told to stop, by a person or by the shutdown of the service."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Fenced(WaxmirrorError):
    """The run is no longer the one in charge of its source and must not write."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"run {run_id} lost its place to another run")
        self.run_id = run_id


class Unbalanced(WaxmirrorError):
    """The ledger of a run does not add up; nothing of it was kept."""

    def __init__(self, equation: str) -> None:
        super().__init__(equation)
        self.equation = equation


class ListingNotFound(WaxmirrorError):
    """No listing has this id, or none that the public may see."""

    def __init__(self, listing_id: str) -> None:
        super().__init__(f"no listing {listing_id}")
        self.listing_id = listing_id


class ListingGone(WaxmirrorError):
    """The listing was for sale once and is not any more."""

    def __init__(self, listing_id: str, *, removed_at: datetime | None, reason: RemovalReason) -> None:
        super().__init__(f"listing {listing_id} is no longer for sale ({reason})")
        self.listing_id = listing_id
        self.removed_at = removed_at
        self.reason = reason


class CollectionPrivate(WaxmirrorError):
    """All collections that are mirrored are their owners' business."""


class AlbumNotFound(WaxmirrorError):
    """No copy has this id, or none that the visitor may see."""

    def __init__(self, album_id: str) -> None:
        super().__init__(f"no album {album_id}")
        self.album_id = album_id


class AlbumGone(WaxmirrorError):
    """The copy was in the collection once and is not any more."""

    def __init__(self, album_id: str, *, removed_at: datetime) -> None:
        super().__init__(f"album {album_id} left the collection")
        self.album_id = album_id
        self.removed_at = removed_at


class ReleaseUnread(WaxmirrorError):
    """Nothing is kept of a release: nobody has read it yet, or the catalogue does not have it."""

    def __init__(self, release_id: int) -> None:
        super().__init__(f"release {release_id} was not read yet")
        self.release_id = release_id


class JobNotFound(WaxmirrorError):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"no job {quoted(job_id)}")
        self.job_id = job_id


class JobUnknown(WaxmirrorError):
    """No job of this kind can be done; `known` are those that can."""

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        super().__init__(f"no job of kind {quoted(kind)}")
        self.kind = kind
        self.known = list(known)


class JobInOtherState(WaxmirrorError):
    """What was asked for does not go with the state of the job."""

    def __init__(self, job_id: str, state: str) -> None:
        super().__init__(f"job {job_id} is {state}")
        self.job_id = job_id
        self.state = state


class JobEnded(JobInOtherState):
    """The job ended: there is nothing to cancel."""


class JobNotEnded(JobInOtherState):
    """Only a job that failed or was cancelled can be begun anew."""


class JobNotDone(JobInOtherState):
    """The job has no result yet, or none at all."""


class JobResultGone(WaxmirrorError):
    """The result was cleared away, or lies on another host."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"the result of job {job_id} is gone")
        self.job_id = job_id


class JobMustWait(WaxmirrorError):
    """The job lets the sync go first; it goes on where it is."""


class JobLost(WaxmirrorError):
    """Another worker has the job, or somebody ended it: what this one knows of it counts no more."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"job {job_id} is in other hands")
        self.job_id = job_id


class ExportImpossible(WaxmirrorError):
    """There is nothing to export from."""


class FolderNotFound(ExportImpossible):
    """The collection of an account has no such folder."""

    def __init__(self, username: str, folder_id: int) -> None:
        super().__init__(f"the collection of {quoted(username)} has no folder {folder_id}")
        self.username = username
        self.folder_id = folder_id


class ExportsCrowded(ExportImpossible):
    """As many exports of this account are on their way as may be."""

    def __init__(self, username: str, most: int) -> None:
        super().__init__(f"{most} exports of {quoted(username)} are on their way already")
        self.username = username
        self.most = most


class NothingMirrored(ExportImpossible):
    """Nothing was mirrored yet; `reason` is how the last sync ended, where there was one."""

    def __init__(self, username: str, kind: str, reason: str | None) -> None:
        why = f" (the last sync: {reason})" if reason else ""
        super().__init__(f"the {kind} of {quoted(username)} is not mirrored yet{why}")
        self.username = username
        self.kind = kind
        self.reason = reason


class EnrichmentBusy(WaxmirrorError):
    """A batch is queued or at work; `job_id` is that one."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"batch {job_id} is at work")
        self.job_id = job_id


class NothingEnriches(WaxmirrorError):
    """No provider is configured; `why` says of each what it lacks."""

    def __init__(self, why: Sequence[str]) -> None:
        super().__init__("; ".join(why))
        self.why = list(why)


class SubjectUnknown(WaxmirrorError):
    """Neither a release nor an artist of the mirror has this name."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no {kind} {quoted(key)}")
        self.kind = kind
        self.key = key


class ResultUnwritable(WaxmirrorError):
    """The result of a job cannot be written; `problem` is what the system said."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the result cannot be written: {problem}")
        self.problem = problem


class CredentialUnreadable(WaxmirrorError):
    """A stored credential cannot be opened: its key has to come back, or its owner has to enter it again."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"the stored credential of {username} cannot be opened: put the key it was sealed with back into "
            "TOKEN_KEYS, or enter it again with `account add`"
        )
        self.username = username


class FileNotUnderstood(WaxmirrorError):
    """A file of what people entered that is not what export-own writes; nothing of it was stored."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the file is not read in: {problem}")
        self.problem = problem


class BackupImpossible(WaxmirrorError):
    """No copy of the database can be made here; `problem` says why, and what to do."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"no backup can be made: {problem}")
        self.problem = problem


class BackupRefused(WaxmirrorError):
    """A backup that is not put back: damaged, of something else, or of a newer release. The mirror is as it was."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} is not restored: {problem}")
        self.name = name
        self.problem = problem


class CsvRefused(WaxmirrorError):
    """A file that cannot be read as one of the known layouts; nothing was stored."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.problem = problem
        self.line = line


class TooManyGuesses(WaxmirrorError):
    """Wrong admin tokens came too often; after `retry_after` seconds one is looked at again."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"too many guesses, again in {retry_after} s")
        self.retry_after = retry_after


class LoginRefused(WaxmirrorError):
    """A login with Discogs came to nothing; `reason` is denied, stale, malformed, rushed or crowded."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"login refused: {reason}")
        self.reason = reason


class AccountNotFound(WaxmirrorError):
    """No account of this mirror has this name."""

    def __init__(self, username: str) -> None:
        super().__init__(f"no account {quoted(username)}")
        self.username = username


class AccountKept(WaxmirrorError):
    """An account that is not erased; `why` says what would have to change before."""

    def __init__(self, username: str, why: str) -> None:
        super().__init__(f"{username} is not erased: {why}")
        self.username = username
        self.why = why
