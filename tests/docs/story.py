"""How each command of the documents is run, in this order; or why it is not, and what is checked instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.models import Account, Source
from app.services.sync_control import show_source
from tests.docs.shown import code, fenced
from tests.docs.world import SECOND, Place


@dataclass(frozen=True)
class Step:
    """The `lines` that stand for one command as it is shown; `{name}` is what was learned before."""

    lines: tuple[str, ...] = ()
    before: Callable[[Place], None] = lambda _place: None
    after: Callable[[Place], None] = lambda _place: None
    stdin: str = ""
    says: str = ""
    on_a_copy: bool = False
    """Where servers have to be stopped: what is typed has a database of its own then."""


def step(*lines: str, **options: object) -> Step:
    """A step; without lines the command is typed as it is shown."""
    return Step(lines, **options)  # type: ignore[arg-type]


def work(place: Place) -> None:
    place.work()


def lose_one(place: Place) -> None:
    place.fake.world.delete(place.fake.world.for_sale_ids()[-1])
    place.type("flask --app run sync")
    place.values["run"] = place.last_run()


def lose_many(place: Place) -> None:
    """More than the guard lets go unasked."""
    world = place.fake.world
    for number in world.for_sale_ids()[300:]:
        world.delete(number)
    place.type("flask --app run sync")
    place.values["run"] = place.last_run()


def ask_for_a_file(place: Place) -> None:
    place.type('POST /api/jobs {"kind": "csv-export", "parameters": {"profile": "listings"}}')


def ask_for_a_sync(place: Place) -> None:
    place.type("POST /api/sync/start")


def hide_second(place: Place) -> None:
    shop = select(Source.id).join(Account).where(Account.username == SECOND, Source.kind == "inventory")
    with place.app.app_context(), db.engine.connect() as connection:
        show_source(connection.scalars(shop).one(), is_shown=False)


def remember_the_copy(place: Place) -> None:
    copies = sorted((place.folder / "instance" / "backups").glob("*.db"))
    place.values["copy"] = copies[-1]


def follow_along(place: Place) -> None:
    """As README shows it, and what comes is what README shows."""
    [example] = fenced("json")
    shop = f"http://127.0.0.1:{place.port}"
    told = list(code("changes_since")(shop, 0))
    assert len(told) > 538
    assert [each["seq"] for each in told] == sorted({each["seq"] for each in told})
    assert set(json.loads(example)) == set(told[0])
    assert list(code("changes_since")(shop, told[-1]["seq"])) == []


RELEASE = "/api/v1/enrichments/release/{release}"
SYNC_NOW = 'curl -X POST -H "Authorization: Bearer $(cat instance/admin_token)" localhost:5000/api/sync/start'
STORY: dict[str, Step] = {
    # The shop owner
    "flask --app run db upgrade": step(),
    "flask --app run doctor": step("flask --app run doctor --offline --json"),
    "--offline": step("flask --app run doctor --offline"),
    "--json": step("flask --app run doctor --json"),
    "flask --app run sync --limit 5": step(says="5 added"),
    "flask --app run sync [inventory|collection|wantlist]": step(
        *(f"flask --app run sync{stream}" for stream in ("", " inventory", " collection", " wantlist")), says="applied"
    ),
    "flask --app run sync [inventory|collection|wantlist] --force": step(
        *(f"flask --app run sync{stream} --force" for stream in ("", " inventory", " collection", " wantlist")),
        says="applied",
    ),
    SYNC_NOW: step(says="queued", after=work),
    '-d \'{"source": "collection"}\'': step(
        "curl -X POST -H \"Authorization: Bearer $(cat instance/admin_token)\" -H 'Content-Type: application/json'"
        ' -d \'{{"source": "collection"}}\' localhost:5000/api/sync/start',
        says="collection",
        after=work,
    ),
    "POST /api/v1/services/discogs/sync": step(after=work),
    "…/sync/progress": step("GET /api/v1/services/discogs/sync/progress"),
    "GET /api/discogs/search?q=…&limit=10": step("GET /api/discogs/search?q=kite&limit=10", says="discogs"),
    "GET /api/sync/status": step(),
    "GET /api/sync/runs": step(),
    "flask --app run releases fill": step(),
    "POST /api/sync/runs/<id>/undo": step("POST /api/sync/runs/{run}/undo", before=lose_one),
    "flask --app run undo-run ID": step("flask --app run undo-run {run}", before=lose_one, says="takes back"),
    "GET /api/sync/runs/<id>": step("GET /api/sync/runs/{run}", before=lose_many, says='"outcome":"held"'),
    "POST /api/sync/runs/<id>/dismiss": step("POST /api/sync/runs/{run}/dismiss"),
    "POST /api/sync/runs/<id>/confirm": step("POST /api/sync/runs/{run}/confirm", before=lose_many),
    "POST /api/sync/cancel": step(before=ask_for_a_sync, after=work),
    'POST /api/jobs {"kind": "csv-export", "parameters": {"profile": "listings"}}': step(
        'POST /api/jobs {{"kind": "csv-export", "parameters": {{"profile": "listings"}}}}', after=work
    ),
    "GET /api/jobs/<id>": step("GET /api/jobs/{job}", says="done"),
    "GET /api/jobs/<id>/result": step("GET /api/jobs/{job}/result", says="listing_id"),
    "…/cancel": step("POST /api/jobs/{job}/cancel", before=ask_for_a_file),
    "…/retry": step("POST /api/jobs/{job}/retry", after=work),
    "GET /api/sync/events": step(says="event: end"),
    "GET /api/jobs/<id>/events": step("GET /api/jobs/{job}/events", says="event: end"),
    "curl -H \"Authorization: Bearer …\" -o listings.csv 'localhost:5000/export/listings.csv?profile=listings'": step(
        'curl -H "Authorization: Bearer $(cat instance/admin_token)"'
        " -o listings.csv 'localhost:5000/export/listings.csv?profile=listings'"
    ),
    "flask --app run export listings -o listings.csv": step(),
    "python migrate_csv_to_db.py --csv-file FILE --dry-run": step(
        "python migrate_csv_to_db.py --csv-file listings.csv --dry-run", says="unchanged"
    ),
    "--dry-run": step("flask --app run import-csv listings.csv --dry-run"),
    "flask --app run import-csv": step("flask --app run import-csv listings.csv", says="unchanged"),
    "--report FILE": step("flask --app run import-csv listings.csv --report report.csv"),
    "--as-of": step("flask --app run import-csv listings.csv --as-of 2026-01-01T00:00:00+00:00"),
    "--seller": step("flask --app run import-csv listings.csv --seller CellarDoorRecords"),
    "flask --app run export listings --profile discogs-upload [--kind delete] [--seller NAME] -o FILE": step(
        "flask --app run export listings --profile discogs-upload -o change.csv",
        "flask --app run export listings --profile discogs-upload --kind delete --seller CellarDoorRecords -o gone.csv",
    ),
    "flask --app run account add USERNAME": step(f"flask --app run account add {SECOND}", stdin="{second_token}\n"),
    "flask --app run account list": step(says=SECOND),
    "flask --app run account remove USERNAME": step(f"flask --app run account remove {SECOND}"),
    "flask --app run account erase USERNAME": step(
        f"flask --app run account erase {SECOND}", before=hide_second, stdin="y\n", says="is gone"
    ),
    "flask --app run rotate-keys": step(),
    "GET /export/<folder_id>": step("GET /export/{folder}", after=work),
    "GET /export_marketplace": step(after=work),
    "flask --app run export folder [FOLDER_ID]": step("flask --app run export folder {folder} --output folder.csv"),
    "flask --app run export marketplace": step("flask --app run export marketplace --output market.csv"),
    "flask --app run import-cache [FOLDER_ID …]": step("flask --app run import-cache {folder}"),
    "releases stats": step("flask --app run releases stats"),
    "releases refresh ID": step("flask --app run releases refresh {release}"),
    "flask --app run enrich [--limit N] [--only new]": step(
        "flask --app run enrich --limit 2", "flask --app run enrich --limit 2 --only new", says="found"
    ),
    "POST /api/v1/services/ai/enrich-all?limit=50": step("POST /api/v1/services/ai/enrich-all?limit=2", after=work),
    "…/progress": step("GET /api/v1/services/ai/enrich-all/progress"),
    "GET /api/v1/enrichments": step(),
    "PUT /api/v1/enrichments/release/<release_id>/description": step(
        f'PUT {RELEASE}/description {{{{"value": "A record."}}}}',
        f'PUT {RELEASE}/description {{{{"is_pinned": true}}}}',
        f'PUT {RELEASE}/description {{{{"is_hidden": true}}}}',
    ),
    "POST …/again": step(f"POST {RELEASE}/description/again", f"DELETE {RELEASE}/description"),
    "flask --app run export collection --output FILE": step("flask --app run export collection --output shelf.csv"),
    "--profile website": step("flask --app run export collection --profile website --output website.csv"),
    "flask --app run export-own FILE": step("flask --app run export-own own.jsonl"),
    "--with-secrets": step("flask --app run export-own own.jsonl --with-secrets"),
    "flask --app run import-own FILE": step("flask --app run import-own own.jsonl"),
    "flask --app run rebuild-index": step(says="indexed"),
    "flask --app run backup": step(after=remember_the_copy),
    "--to FOLDER": step("mkdir elsewhere", "flask --app run backup --to elsewhere"),
    ".venv/bin/flask --app run …": step(".venv/bin/flask --app run account list", says="CellarDoorRecords"),
    # The storefront developer; the lines of API by example are added by the test, as they are shown.
    "GET /api/data": step(),
    "GET /api/changes?since=<next of the last answer>": step(
        "GET /api/changes?since=0", "GET /api/changes?since={next}", after=follow_along
    ),
    "flask --app run db history": step(),
    "flask --app run db downgrade REVISION": step(
        "flask --app run db downgrade -- -1",
        "flask --app run db downgrade {revision}",
        "flask --app run db upgrade",
        "flask --app run doctor --offline",
        on_a_copy=True,
        says="324 listings",
    ),
    "flask --app run restore FILE": step(".venv/bin/flask --app run restore {copy}", stdin="y\n", says="restored"),
    # The last one: it empties the mirror.
    "python migrate_csv_to_db.py --clear-db --csv-file FILE": step(
        "python migrate_csv_to_db.py --clear-db --csv-file listings.csv --yes", says="added"
    ),
}

# The same in fewer words, most of them in the changelog: run above.
SAME = {
    "flask --app run restore": "flask --app run restore FILE",
    "db downgrade REVISION": "flask --app run db downgrade REVISION",
    "db downgrade -- -1": "flask --app run db downgrade REVISION",
    "flask --app run export-own": "flask --app run export-own FILE",
    "POST /api/sync/start": SYNC_NOW,
    "flask --app run sync collection": "flask --app run sync [inventory|collection|wantlist]",
    "--force": "flask --app run sync [inventory|collection|wantlist] --force",
    "sync wantlist": "flask --app run sync [inventory|collection|wantlist]",
    "flask sync": "flask --app run sync [inventory|collection|wantlist]",
    "flask --app run export collection": "flask --app run export collection --output FILE",
    "flask --app run import-csv [FILE]": "flask --app run import-csv",
    "flask --app run export listings": "flask --app run export listings -o listings.csv",
    "flask --app run releases …": "releases stats",
    "export folder": "flask --app run export folder [FOLDER_ID]",
    "export marketplace": "flask --app run export marketplace",
    "flask --app run account remove": "flask --app run account remove USERNAME",
    "flask --app run account erase": "flask --app run account erase USERNAME",
    "account remove": "flask --app run account remove USERNAME",
    "account erase": "flask --app run account erase USERNAME",
    "POST /api/v1/services/ai/enrich-all": "POST /api/v1/services/ai/enrich-all?limit=50",
    "flask --app run enrich": "flask --app run enrich [--limit N] [--only new]",
    "--clear-db": "python migrate_csv_to_db.py --clear-db --csv-file FILE",
}

# Run by a test of its own; what is run and with which settings stands in its file, or in the conftest.py beside it.
START = "tests/system/test_start_script.py::"
MIRRORED = "tests/system/test_endings.py::test_after_a_cancelled_sync_the_next_start_converges"
FAKE = "tests/fake_discogs/test_server.py::"
BENCH = "tests/system/test_bench.py::"
ELSEWHERE = {
    "./start_server.sh --demo": f"{START}test_the_demo_serves_a_whole_shop_and_leaves_nothing_behind",
    "./start_server.sh": f"{START}test_with_nothing_configured_it_starts_and_says_how_to_configure_it",
    "export DISCOGS_TOKEN=…": MIRRORED,
    "export DISCOGS_SELLER_USERNAME=…": MIRRORED,
    "python run.py": "tests/system/test_endings.py::test_a_sync_is_cancelled_when_the_server_is_told_to_end",
    "python -m scripts.fake_discogs": f"{FAKE}test_the_command_says_where_it_is_and_ends_on_sigterm",
    "--collection-csv": f"{FAKE}test_the_command_serves_what_files_hold",
    "python -m scripts.fake_providers": (
        "tests/enrichment/test_fake_providers.py::test_the_command_says_how_to_ask_it_and_ends_on_sigterm"
    ),
    "scripts/bench": f"{BENCH}test_each_case_tells_its_seconds_and_its_memory",
    "scripts/bench_exports": f"{BENCH}test_an_export_is_measured_against_the_bare_writing_of_its_rows",
    "scripts/bench_growth": f"{BENCH}test_searching_is_measured_at_each_size",
    "scripts/bench_reads": f"{BENCH}test_reading_is_measured_against_a_bare_answer",
}

# Not run, and why; how far they are checked is in tests/test_deploy.py and below.
NO_ENGINE = "needs a container engine; what it names is compared with compose.yaml"
THIS = "is what runs this test"
LONG = "takes minutes; without the variable the same test runs each time, with fewer rounds"
AS_ROOT = "needs root and systemd; tests/test_deploy.py has systemd read the unit"
NOT_RUN = {
    "sudo cp scripts/deploy/waxmirror.service /etc/systemd/system/": AS_ROOT,
    "sudo systemctl enable --now waxmirror": AS_ROOT,
    "docker compose up": NO_ENGINE,
    "docker compose --profile postgres up --scale shop=3 --scale worker=2 db shop worker": NO_ENGINE,
    "docker compose exec web cat /data/admin_token": NO_ENGINE,
    "scripts/test": THIS,
    "scripts/check": "is run before the tests by scripts/test",
    ".venv/bin/python -m pytest -q tests/core": THIS,
    "BACKUP_ROUNDS=100 … tests/ops/test_scheduled_backups.py": LONG,
    "FLIPPED_BYTES=500 … tests/models/test_flipped_bytes.py": LONG,
    ".venv/bin/pip install -r scripts/deploy/extras.txt": "needs a network; tests/test_deploy.py checks its pins",
}
