#!/usr/bin/env python3
"""Import a shop CSV or a Discogs inventory export into the mirror: `python3 migrate_csv_to_db.py --help`."""

import sys

import config
from app.cli_import import import_csv
from app.errors import ConfigurationError


def main() -> None:
    """Run the command with the settings of the environment and of `.env`."""
    try:
        config.load_dotenv_file()
    except ConfigurationError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(2)
    import_csv.main(prog_name="migrate_csv_to_db.py")


if __name__ == "__main__":
    main()
