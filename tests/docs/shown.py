"""What the documents show to type: lines of their blocks, and commands within their sentences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask

from app.cli import register_commands

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / ".github").glob("*.md"))]
PROGRAMS = {"flask", "python", "curl", "docker", "export", "pip", "git", "systemctl", "sudo", "apt-get", "sh", "uv"}
METHODS = {"GET", "POST", "PUT", "DELETE"}
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def shown() -> list[str]:
    """Every command, without its comment, in the order of the documents."""
    found = [command for page in PAGES for command in commands_of(page.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(found))


def commands_of(text: str) -> Iterator[str]:
    """The commands of one document. What is fenced is another language; a test of its own runs it."""
    text = FENCED.sub("", text)
    for block in re.finditer(r"^    (\S.*)$|`([^`]+)`", text, re.MULTILINE):
        if line := block[1]:
            if not is_of_the_map(line):
                yield re.split(r" {3,}#", line)[0].strip()
        elif is_command(span := " ".join(block[2].replace("\\|", "|").split())):
            yield span


def fenced(language: str) -> list[str]:
    """What README shows of another language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[0].read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def code(name: str) -> Any:
    """A function that README shows."""
    [text] = [each for each in fenced("python") if f"def {name}(" in each]
    names: dict[str, Any] = {}
    exec(text, names)  # our own README
    return names[name]


def is_of_the_map(line: str) -> bool:
    """Whether this line of a block tells what a folder is for."""
    return (ROOT / line.split(maxsplit=1)[0]).is_dir()


def is_command(span: str) -> bool:
    """Whether what stands between backticks is to be typed, wholly or as a part of something else."""
    first, *rest = span.split()
    if first.startswith("…/") or re.match(r"--?[a-z]", first):
        return True
    if "/" in first and not first.startswith("/"):
        return first.startswith((".venv/bin/", "./")) or (os.access(ROOT / first, os.X_OK) and (ROOT / first).is_file())
    has_more = bool(rest)
    return has_more and (
        first in PROGRAMS | METHODS or first in our_commands() or bool(re.match(r"[A-Z_]+=\S+$", first))
    )


def our_commands() -> set[str]:
    """The first words of our own commands, as they are abbreviated."""
    app = Flask(__name__)
    register_commands(app)
    return {*app.cli.commands, "db"}
