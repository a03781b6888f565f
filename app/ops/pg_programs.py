"""PostgreSQL's own programs: whether they are here, go with the server, and how they are called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import URL, Engine

ANSWER_WITHIN_S = 10
INSTALL = "install the PostgreSQL client programs (pg_dump, pg_restore, psql) here"


def dump_trouble(engine: Engine) -> str:
    """Why pg_dump cannot copy this database, and what to do; "" when it can. Asks the server for its version."""
    if shutil.which("pg_dump") is None:
        return f"there is no pg_dump: {INSTALL}"
    with engine.connect() as connection:
        server = int((connection.dialect.server_version_info or (0,))[0])
    ours = major_version("pg_dump")
    if ours is not None and ours < server:
        return f"pg_dump {ours} cannot copy a server of version {server}: {INSTALL}, of version {server} or newer"
    return ""


def major_version(program: str) -> int | None:
    """Of one of these programs; None when it does not tell."""
    found = shutil.which(program)
    if found is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603  a fixed program
            [found, "--version"], capture_output=True, text=True, check=False, timeout=ANSWER_WITHIN_S
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(match[1]) if match else None


def postgresql_address(url: URL) -> tuple[str, dict[str, str]]:
    """For these programs: the address without its password, and the environment that has it."""
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False), environment


def digest_of_dump(dump: Path) -> str | None:
    """Of what a dump would restore, but for the numbers that sequences are at; None when it cannot be read.

    A change that was taken back has used up numbers, which a server does not take back with it.
    """
    program = shutil.which("pg_restore")
    if program is None:
        return None
    listed = subprocess.run([program, "--list", str(dump)], capture_output=True, text=True, check=False)  # noqa: S603
    with NamedTemporaryFile("w", prefix="waxmirror-", suffix=".list") as wanted:
        wanted.writelines(line for line in listed.stdout.splitlines(keepends=True) if " SEQUENCE SET " not in line)
        wanted.flush()
        digest = sha256()
        with subprocess.Popen(  # noqa: S603  a fixed program and our own file
            [program, f"--use-list={wanted.name}", "--file=-", str(dump)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as reading:
            for line in reading.stdout or ():
                if not line.startswith((rb"\restrict ", rb"\unrestrict ")):  # they hold a word that is made up anew
                    digest.update(line)
    return None if listed.returncode or reading.returncode else digest.hexdigest()
