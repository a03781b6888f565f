"""The import of a CSV file: read → judge → (stage → apply in ONE transaction → read back) → report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from sqlalchemy import Engine, func, select

from app.core.csv_layouts import Header
from app.core.csv_merging import KEPT, WRITTEN, ImportVerdict
from app.core.outcomes import Outcome
from app.core.plan import Plan, Policy
from app.extensions import db, wiring
from app.models import ListingRow
from app.models.database_file import has_schema
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction, write_transaction
from app.ops.backup import back_up, how_to_undo
from app.services.csv_file import encoding_of, moment_of
from app.services.csv_intake import ImportReport, ImportRequest, Intake, Progress
from app.services.csv_judging import Judge, Judged, last_survey
from app.services.csv_run import begin, give_up, sole_writer
from app.services.csv_seller import find_seller
from app.services.csv_spool import Finding, Spool
from app.services.csv_storing import CHUNK, empty_mirror, quarantine, stage, store_facts, store_moments
from app.services.discogs_connection import image_origins
from app.services.mirror_writer import Ending, apply, live_count
from app.services.publishing import publish
from app.services.sources import Sources

logger = logging.getLogger(__name__)
L = ListingRow.__table__.c


class CsvImport:
    """One import at work. Needs an application context; `with` frees what it holds."""

    def __init__(self, request: ImportRequest, *, progress: Progress = lambda *_: None) -> None:
        self._wired = wiring()
        self._engine: Engine = db.engine
        self._request = request
        self._progress = progress
        self._spool = Spool()
        self._has_schema = has_schema(self._engine)
        configured = self._wired.settings.discogs_seller_username
        self._seller = find_seller(self._engine, named=request.seller, configured=configured)
        encoding = encoding_of(request.path)
        moment = request.as_of or moment_of(request.path)
        self.report = ImportReport(self._seller.username, "", encoding, moment)
        self._intake = Intake(
            request.path,
            self.report,
            self._spool,
            request.currency or self._seller.currency,
            image_origins(self._wired.settings),
            progress,
        )

    def __enter__(self) -> CsvImport:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def findings(self) -> Iterator[Finding]:
        """What a person should know, line by line. Valid until the import is left."""
        return self._spool.findings()

    def preview(self) -> ImportReport:
        """What `run` would do. Writes nothing. Raises CsvRefused when the file cannot be read as any known layout."""
        header = self._intake.read()
        self._judge(self._judge_for(header, self._seller.source_id, after_clearing=False), lambda _judged: None)
        return self.report

    def run(self) -> ImportReport:
        """Import. Nothing is written before the whole file has been read.

        Raises CsvRefused, SyncBusy when somebody else writes the mirror, StorageError; then nothing was stored.
        """
        header = self._intake.read()
        with sole_writer(self._wired, self._engine) as ledger:
            if self._request.clears_mirror:
                self.report.undo = self._back_up()
            sources = Sources(self._engine, self._wired.clock)
            source = sources.inventory_of(self._seller.username, is_shown=self._seller.is_named or None)
            self.report.run_id = run_id = begin(ledger, self._wired.locks, source.id)
            try:
                self._carry_out(run_id, source.id, header)
            except BaseException as error:
                give_up(ledger, run_id, error)
                raise
            self._read_back(run_id, source.id, header)
        publish(self._wired.settings)
        return self.report

    def _judge_for(self, header: Header, source_id: int | None, *, after_clearing: bool) -> Judge:
        compares = self._has_schema and (after_clearing or not self._request.clears_mirror)
        return Judge(
            engine=self._engine,
            source_id=source_id,
            header=header,
            file_moment=self.report.moment,
            as_of=self._request.as_of,
            policy=Policy(self._wired.settings.inventory_sync_policy),
            survey=last_survey(self._engine, source_id) if compares and source_id is not None else None,
            has_rows=compares,
        )

    def _judge(self, judge: Judge, write: Callable[[list[Judged]], None]) -> None:
        done, total = 0, max(1, len(self._spool))
        for chunk in self._spool.chunks(CHUNK):
            judged = list(judge.judge(chunk))
            write(judged)
            for one in judged:
                self._count(one)
            done += len(chunk)
            self._progress("comparing", done, total)

    def _count(self, one: Judged) -> None:
        record, verdict = one.record, one.verdict
        self.report.verdicts[verdict] += 1
        if one.why:
            self._spool.note(Finding(record.line, record.listing.listing_id, str(verdict), one.why))
        if one.told_at is not None:
            self._spool.tell(record.listing.listing_id, one.told_at)
        if verdict in WRITTEN or verdict is ImportVerdict.UNCHANGED:
            self._spool.learn(record.listing.release_id, record.facts)

    def _carry_out(self, run_id: int, source_id: int, header: Header) -> None:
        judge = self._judge_for(header, source_id, after_clearing=False)
        self._judge(judge, lambda judged: self._stage(run_id, judged))
        at = self._wired.clock()
        with write_transaction(self._engine) as connection:
            if self._request.clears_mirror:
                empty_mirror(connection, at, keep_run_id=run_id)
            live = live_count(connection, INVENTORY, source_id)
            ending = Ending(Outcome.APPLIED, detail=self._summary())
            apply(connection, INVENTORY, run_id, source_id, plan=self._plan(live), ending=ending, at=at)
            self.report.releases_learnt = store_facts(connection, self._spool, at)
            store_moments(connection, self._spool, source_id, at)
            quarantine(connection, run_id, source_id, self._spool)

    def _stage(self, run_id: int, judged: list[Judged]) -> None:
        for one, problem in stage(self._engine, run_id, judged, self._wired.clock()):
            judged[judged.index(one)] = Judged(ImportVerdict.REJECTED, one.record, problem)

    def _plan(self, live: int) -> Plan:
        verdicts = self.report.verdicts
        return Plan(
            added=verdicts[ImportVerdict.ADD],
            updated=verdicts[ImportVerdict.UPDATE],
            restored=verdicts[ImportVerdict.RESTORE],
            unchanged=sum(verdicts[verdict] for verdict in KEPT),
            rejected=verdicts[ImportVerdict.REJECTED],
            live_before=live,
            overlap=verdicts[ImportVerdict.UPDATE] + sum(verdicts[verdict] for verdict in KEPT),
        )

    def _summary(self) -> str:
        moment = self.report.moment.isoformat(timespec="seconds")
        return f"{self._request.path.name} ({self.report.layout} layout) as of {moment}"

    def _back_up(self) -> str:
        settings = self._wired.settings
        copy = back_up(self._engine, settings.instance_path, keep=settings.backup_keep)
        return how_to_undo(copy)

    def _read_back(self, run_id: int, source_id: int, header: Header) -> None:
        """Ask the database, after the commit, for every row that was reported as stored."""
        rejected = {finding.listing_id for finding in self._spool.findings("rejected")}
        judge = self._judge_for(header, source_id, after_clearing=True)
        self._progress("checking", 0, 1)
        for chunk in self._spool.chunks(CHUNK):
            for one in judge.judge(chunk):
                listing_id = one.record.listing.listing_id
                if one.verdict in WRITTEN and listing_id not in rejected:
                    self.report.lost += 1
                    problem = "not found in the database after it was stored"
                    self._spool.note(Finding(one.record.line, listing_id, "lost", problem))
        with read_transaction(self._engine) as connection:
            stored = select(func.count()).where(L.updated_run_id == run_id)
            self.report.stored = int(connection.scalar(stored) or 0)
            self.report.total = live_count(connection, INVENTORY, source_id)
        self._progress("checking", 1, 1)
        self.report.lost = max(self.report.lost, abs(self.report.written - self.report.stored))
