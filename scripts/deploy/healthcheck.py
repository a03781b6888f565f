"""Whether the server in this container lives: exit 0 or 1. Needs nothing but Python."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen


def main() -> int:
    port = int(os.environ.get("PORT") or "5000")
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
