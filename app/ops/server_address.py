"""Print what the start script has to know of the settings, as shell assignments."""

from __future__ import annotations

import shlex
import sys

import config
from app.errors import ConfigurationError


def main() -> int:
    try:
        config.load_dotenv_file()
        settings = config.load()
    except ConfigurationError as error:
        for problem in error.problems:
            print(f"configuration: {problem}", file=sys.stderr)  # noqa: T201  the shell reads this program's output
        return 2
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"WAXMIRROR_BIND={shlex.quote(f'{host}:{settings.port}')}")  # noqa: T201
    # One that serves nobody needs no second process: what it would do stands by in the next worker.
    processes = 1 if settings.server_role == "worker" else settings.web_concurrency
    print(f"WAXMIRROR_WORKERS={processes}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
