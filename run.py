"""The application for servers (`gunicorn run:app`), for commands (`flask --app run …`), and a development server."""

from __future__ import annotations

import sys

from flask import Flask
from werkzeug.serving import WSGIRequestHandler

import config
from app import create_app
from app.errors import ConfigurationError
from app.ops.unread_requests import refusal


def make_app(*, start_clock: bool | None = None) -> Flask:
    """The configured application; problems of the configuration end the process with one line each."""
    try:
        config.load_dotenv_file()
        # A command that only looks leaves no file, and Flask makes the application before it reads a command's options.
        return create_app(start_clock=start_clock, keeps_secrets="--dry-run" not in sys.argv)
    except ConfigurationError as error:
        for problem in error.problems:
            print(f"configuration: {problem}", file=sys.stderr)  # noqa: T201  logging is not set up yet
        sys.exit(2)


class DiscreetRequestHandler(WSGIRequestHandler):
    """Tells nobody which versions of what are at work."""

    def version_string(self) -> str:
        return "waxmirror"

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Where nobody can read a request, no application is asked."""
        self.log_error("%d %s", code, message or explain or "")
        self.wfile.write(refusal(code, is_https=False))
        self.close_connection = True


def serve(application: Flask) -> None:
    """Bring the database to the newest schema and serve until interrupted, on one process with threads."""
    from app.extensions import wiring

    with application.app_context():
        settings = wiring().settings
    application.run(
        host=settings.host, port=settings.port, debug=False, threaded=True, request_handler=DiscreetRequestHandler
    )


def upgrade_database() -> None:
    """The newest schema, with a backup of what was there."""
    from flask_migrate import upgrade

    application = create_app(start_clock=False)
    with application.app_context():
        upgrade(directory=str(config.ROOT / "migrations"))


if __name__ == "__main__":
    import signal

    config.load_dotenv_file()
    try:
        upgrade_database()
    except ConfigurationError as trouble:
        for each in trouble.problems:
            print(f"configuration: {each}", file=sys.stderr)  # noqa: T201  logging is not set up yet
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(make_app(start_clock=True))
else:
    app = make_app()
