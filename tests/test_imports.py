"""The house keeps its one direction: faces → services → middle → core, and the core is pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FACES = {
    "api",
    "web",
    "cli",
    "cli_backup",
    "cli_doctor",
    "cli_enrich",
    "cli_errors",
    "cli_export",
    "cli_export_jobs",
    "cli_files",
    "cli_import",
    "cli_names",
    "cli_own",
    "cli_progress",
    "cli_releases",
    "cli_sync",
    "jobs",
}
MIDDLE = {"wire", "discogs", "enrichment", "search", "models", "formats"}
FREE = {"errors", "extensions", "ops"}  # errors are for all; the wiring and operations stand beside the layers
ALLOWED = {
    "core": {"core", "errors"},
    "errors": {"core"},
    "models": {"models", "core", "errors"},
    "wire": {"wire", "core", "errors"},
    "discogs": {"discogs", "wire", "core", "errors"},
    "enrichment": {"enrichment", "wire", "core", "errors"},
    "formats": {"formats", "core", "errors"},
    "search": {"search", "models", "core", "errors"},
    "ops": {"ops", "models", "core", "errors", "services"},
    "services": {"services", "core", *MIDDLE, *FREE},
    **{face: {*FACES, "services", "core", *FREE} for face in FACES},
}
# The faces name the words of a question and of an answer, and the wiring of the whole; nothing of what lies between.
EXCEPTIONS = {
    ("jobs", "models"): "locks",
    ("api", "formats"): "the shape of what goes out",
    ("web", "formats"): "the shape of what goes out",
}
PURE = {"flask", "sqlalchemy", "requests", "huey", "apscheduler", "alembic", "os", "time", "socket", "random"}


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Names of modules imported when the file runs; those for type checkers alone do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Import):
                yield from (alias.name for alias in inner.names)
            elif isinstance(inner, ast.ImportFrom) and inner.module:
                yield inner.module


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return  # the factory puts everything together
    targets = {name.split(".")[1] for name in imported(path) if name.startswith("app.")}
    allowed = ALLOWED[here] if here in ALLOWED else FREE | {"core", "models", "services", *MIDDLE}
    wrong = {target for target in targets - allowed if (here, target) not in EXCEPTIONS}
    assert not wrong, f"{path.name} in {here} imports {sorted(wrong)}"


@pytest.mark.parametrize(("here", "target"), EXCEPTIONS)
def test_every_exception_is_needed(here: str, target: str) -> None:
    importing = {room(path) for path in modules() if any(name.startswith(f"app.{target}") for name in imported(path))}
    assert here in importing, f"nothing in {here} imports {target} any more"
    assert target not in ALLOWED[here]


@pytest.mark.parametrize("room_name", sorted(ALLOWED))
def test_every_room_with_a_rule_is_there(room_name: str) -> None:
    assert room_name in {room(path) for path in modules()}


@pytest.mark.parametrize("path", sorted((APP / "core").glob("*.py")), ids=lambda path: path.name)
def test_the_core_is_pure(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & PURE


@pytest.mark.parametrize(
    "folder",
    ["core", "wire", "discogs", "enrichment", "services", "models", "jobs", "api", "search", "formats", "ops", "web"],
)
def test_nothing_dangerous_is_written(folder: str) -> None:
    for path in (APP / folder).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "verify=False" not in text, path
        assert "shell=True" not in text, path
        assert not re.search(r"\b(eval|exec|os\.system|os\.popen)\(", text), path
        assert "time.sleep(" not in text, path
        assert not re.search(r"except\s*:", text), path


def test_no_sync_module_deletes_what_was_mirrored() -> None:
    """E3: a removal is a tombstone. What a sync may delete is its own stage and the quarantine it replaces."""
    rows = ("ListingRow", "CopyRow", "WantRow", "FolderRow", "FieldRow", r"stream\.rows", "ReleaseRow")
    mirrored = (*rows, "Change", "Account", "Source", "Run", "HeldRemoval")
    for name in (
        "discogs_sync_service",
        "mirror_writer",
        "snapshot_reader",
        "removals",
        "holds",
        "run_ledger",
        "run_control",
        "release_learning",
        "shelf_storing",
        "tombstones",
        "undoing",
    ):
        text = (APP / "services" / f"{name}.py").read_text(encoding="utf-8")
        assert not re.search(rf"delete\(({'|'.join(mirrored)})\)", text), name
        assert "DELETE FROM" not in text, name


@pytest.mark.parametrize("path", ["requirements.txt", "tests/requirements.txt"])
def test_every_requirement_is_pinned_and_hashed(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if re.match(r"[A-Za-z0-9]", line)]
    assert pins
    assert all("==" in pin for pin in pins)
    text = "\n".join(lines)
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text[text.index(pins[0]) :])
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("path", ["requirements.in", "tests/requirements.in"])
def test_every_direct_requirement_has_a_reason(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    assert all("#" in line for line in lines if re.match(r"[A-Za-z]", line))
