"""Every command that the documents show is run, or stands in a table with the reason why not."""

from __future__ import annotations

import re
import shlex
import shutil
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.docs.shown import ROOT, shown
from tests.docs.story import ELSEWHERE, LONG, NO_ENGINE, NOT_RUN, SAME, STORY, Step
from tests.docs.world import SECOND, SLOW_S, Place, place

README = (ROOT / "README.md").read_text(encoding="utf-8")
API = [command for command in shown() if re.match(r"curl ('?localhost|-o)", command)]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_every_command_is_run_or_has_a_reason() -> None:
    known = {*STORY, *SAME, *ELSEWHERE, *NOT_RUN, *API}
    assert [command for command in shown() if command not in known] == []
    assert [command for command in known if command not in shown()] == []
    assert set(SAME.values()) <= set(STORY)
    assert len(API) > 12


@pytest.mark.timeout(2 * SLOW_S)
def test_what_is_shown_to_type_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    troubles: list[str] = []
    with place(tmp_path, monkeypatch) as here:
        listing = here.fake.world.listing(shown_listing())
        here.values |= {"release": listing.release.id, "folder": 0, "second": SECOND}
        here.values["second_token"] = next(
            each.token for each in here.fake.world.accounts.values() if each.username == SECOND
        )
        with here.served():
            for command, each in told().items():
                troubles += [f"{command}: {trouble}" for trouble in troubles_of(here, command, each)]
    assert troubles == []


def told() -> dict[str, Step]:
    """The story; the examples of the API come when there is something to tell, before anything is taken away."""
    steps = list(STORY.items())
    at = next(number for number, (command, _) in enumerate(steps) if command.endswith("/undo"))
    return dict([*steps[:at], *((command, Step(after=has_rows)) for command in API), *steps[at:]])


def has_rows(here: Place) -> None:
    """A file that was fetched has rows."""
    for file in here.folder.glob("*.csv"):
        assert file.read_text().count("\n") > 1, file


def troubles_of(here: Place, command: str, each: Step) -> list[str]:
    """What went wrong."""
    each.before(here)
    found, said = [], ""
    with here.copied() if each.on_a_copy else nullcontext(here) as there:
        for line in each.lines or (command,):
            typed = line.format_map(here.values) if each.lines else line
            code, said = there.type(typed, each.stdin.format_map(here.values))
            if code:
                found.append(f"`{typed}` ended with {code}: {said[-600:]}")
    if each.says not in said:
        found.append(f"did not say {each.says}: {said[-600:]}")
    if command in API and not said.strip("[]\n ") and " -o " not in command:
        found.append("told nothing")
    each.after(here)
    return found


def shown_listing() -> int:
    return int(re.findall(r"localhost:5000/api/data/(\d+)", README)[0])


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_another_test_runs_is_run_there(command: str) -> None:
    path, name = ELSEWHERE[command].split("::")
    text = (ROOT / path).read_text()
    assert f"def {name}(" in text
    run = Path(command.removeprefix("export ").partition("=")[0].split()[-1]).name
    beside = (ROOT / path).with_name("conftest.py")
    assert f'"{run}"' in text + beside.read_text()


@pytest.mark.parametrize("command", NOT_RUN)
def test_what_is_not_run_names_what_is_there(command: str) -> None:
    words = shlex.split(command)
    if NOT_RUN[command] is NO_ENGINE:
        services = {word for word in words[3:] if word in COMPOSE["services"]}
        services |= {each.partition("=")[0] for each in words if "=" in each}
        assert services <= set(COMPOSE["services"])
        profiles = [after for word, after in pairwise(words) if word == "--profile"]
        for name in services:
            assert set(COMPOSE["services"][name].get("profiles", [])) <= set(profiles)
        return
    if NOT_RUN[command] is LONG:
        variable, test = words[0].partition("=")[0], words[-1]
        assert f'os.environ.get("{variable}", ' in (ROOT / test).read_text()
        return
    paths = [word for word in words if "/" in word and not word.startswith((".venv", "/"))]
    assert paths or words[0] in {".venv/bin/python", "sudo"}
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_map_of_the_house_has_every_room() -> None:
    rooms = {f"app/{path.name}" for path in (ROOT / "app").iterdir() if (path / "__init__.py").is_file()}
    mapped = set(re.findall(r"^    (app/\w+|migrations|scripts) {2,}", README, re.MULTILINE))
    assert mapped == rooms | {"migrations", "scripts"}


def test_the_paths_that_the_documents_name_are_there() -> None:
    named = set(re.findall(r"`((?:app|tests|scripts|migrations)/[\w./-]+)`", README))
    assert len(named) > 15
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
