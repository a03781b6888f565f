"""Run a program as in a process of its own, without the second that a new interpreter spends on imports."""

from __future__ import annotations

import gc
import logging
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile


def run_forked(
    program: Path, *arguments: str, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What `python program arguments` says and ends with, in this folder and with nothing else in the environment."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err, Path(os.devnull).open() as nothing:
        child = os.fork()
        if child == 0:
            for number, stream in enumerate((nothing, out, err)):
                os.dup2(stream.fileno(), number)
            os._exit(_as_main(program, arguments, folder, environment))
        _, status = os.waitpid(child, 0)
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read())
    return subprocess.CompletedProcess([str(program), *arguments], os.waitstatus_to_exitcode(status), *said)


def _as_main(program: Path, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> int:
    gc.freeze()  # searching would copy what is shared with the parent
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
    sys.argv = [str(program), *arguments]
    logging.root.handlers.clear()
    try:
        runpy.run_path(str(program), run_name="__main__")
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code
