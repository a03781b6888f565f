"""The job that writes listings of the shop into a CSV file: any search, any profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.core.downloads import SWITCHES, Download, parse_download
from app.core.query import PARAMETERS, BadQuery, SearchQuery, parse_query
from app.extensions import wiring
from app.formats.shop_listing import Item
from app.services.inventory_service import FoundItems, InventoryService
from app.services.job_control import Job, JobControl
from app.services.wanted_files import file_text, is_whole, refuse_mixed_sellers

KIND = "csv-export"
UNIT = "listings"


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """They are those of /export/listings.csv: by name, the numbers as numbers. Raises BadQuery."""
    query, wanted = _read(parameters)
    refuse_mixed_sellers(InventoryService(), wanted, query)


def export_listings(job: Job, control: JobControl) -> None:
    """Write the file. It shows one state of the shop: when the shop moved since the job began, it is begun anew."""
    query, wanted = _read(job.parameters)
    whole = is_whole(wanted, for_admin=True)
    with InventoryService().found(query, is_private=whole) as found:
        state, total = _state_of(found), _rows_to_come(query, found.total())
        done = _rows_written(job, control, state)
        file = control.result_file(wanted.file_name(wiring().clock()), "text/csv")
        control.progress(done, total, UNIT)
        if not done:
            file.write(b"".join(file_text(wanted, [], whole=whole)))
        for batch in _after(found.batches(), done):
            *_, lines = file_text(wanted, [batch], whole=whole)
            file.write(lines)
            done += len(batch)
            control.progress(done, total, UNIT)
            control.save({"state": state, "rows": done})


def _read(parameters: Mapping[str, Any]) -> tuple[SearchQuery, Download]:
    problems = {name: told for name, value in parameters.items() if (told := _problem(name, value))}
    if problems:
        raise BadQuery(problems)
    texts = {name: f"{value:.0f}" if isinstance(value, float) else str(value) for name, value in parameters.items()}
    return parse_query(texts.items()), parse_download(texts)


def _problem(name: str, value: object) -> str | None:
    """A name that is misspelt would export the whole shop."""
    if name not in PARAMETERS and name not in SWITCHES:
        return "is not known here"
    if name in PARAMETERS and PARAMETERS[name].schema["type"] == "integer":
        return None if _is_whole_number(value) else "must be a whole number"
    return None if isinstance(value, str) else "must be a text"


def _is_whole_number(value: object) -> bool:
    return type(value) is int or (isinstance(value, float) and value.is_integer())


def _rows_to_come(query: SearchQuery, total: int) -> int:
    """How many listings the page has that was asked for, or all pages together."""
    return total if query.limit is None else min(query.limit, max(total - query.offset, 0))


def _rows_written(job: Job, control: JobControl, state: str) -> int:
    """How many rows an earlier attempt wrote of this very state."""
    if job.cursor is None:
        return 0
    if job.cursor["state"] == state:
        return int(job.cursor["rows"])
    control.begin_anew()
    return 0


def _state_of(found: FoundItems) -> str:
    """Equal for equal states of what is shown."""
    return repr((found.state.key, found.is_indexed))


def _after(batches: Iterable[Sequence[Item]], rows: int) -> Iterator[Sequence[Item]]:
    """What comes after so many rows, whatever the batches were."""
    for batch in batches:
        if rows < len(batch):
            yield batch[rows:]
        rows = max(rows - len(batch), 0)
