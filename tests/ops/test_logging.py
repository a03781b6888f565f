"""The log: lines keep their form whatever is logged, and no secret is ever in them."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ConfigurationError
from app.ops import logging as log
from app.ops.logging import HIDDEN, JsonFormatter, TextFormatter, configure_logging, disarmed, redact, without_secrets
from config import load, secret_variables
from tests.conftest import ROOT

TOKEN = "discogsTokenCANARY0123456789"
ADMIN = "admin-CANARY-5d1f"
PASSWORD = "db-CANARY-77e1"
ENCODED = "db%40CANARY%2F88"
DECODED = "db@CANARY/88"
KEYS = (f"CANARY-one{'A' * 33}=", f"CANARY-two{'B' * 33}=")
QUOTED = r"""admin\CANARY'"quoted"""
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\] .*")
BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
FORMATTERS = pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()], ids=["text", "json"])


@pytest.fixture(autouse=True)
def no_secret_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts without the secrets of the others."""
    monkeypatch.setattr(log, "_known_secrets", set())
    log.request_id.set(None)  # a test that leaves an answer half read leaves its name


@pytest.fixture
def log_of() -> Iterator[Callable[..., logging.Logger]]:
    """Configures the log as for these variables; afterwards everything is as before."""
    loggers = [logging.getLogger(name) for name in ("", *log._CHATTY)]
    levels, handlers = [each.level for each in loggers], loggers[0].handlers[:]

    def configured(**environ: str) -> logging.Logger:
        configure_logging(load(environ))
        return logging.getLogger("app.something")

    yield configured
    loggers[0].handlers[:] = handlers
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


def record(message: str, *args: object, **more: object) -> logging.LogRecord:
    return logging.getLogger("app.something").makeRecord(
        "app.something",
        logging.INFO,
        __file__,
        1,
        message,
        args,
        more.pop("exc_info", None),  # type: ignore[arg-type]
        sinfo=more.pop("stack_info", None),  # type: ignore[arg-type]
    )


def with_exception(error: BaseException, message: str = "failed") -> logging.LogRecord:
    try:
        raise error
    except BaseException as caught:
        return record(message, exc_info=(type(caught), caught, caught.__traceback__))


class TestForm:
    def test_a_text_line_has_time_level_and_message(self) -> None:
        made = record("fetched %d of %s", 7, "page")
        made.created = 1_772_452_800.5
        assert TextFormatter().format(made) == "2026-03-02 12:00:00Z [INFO] fetched 7 of page"

    def test_a_json_line_has_time_level_logger_and_message(self) -> None:
        made = record("fetched %d", 7)
        made.created = 1_772_452_800.5
        assert json.loads(JsonFormatter().format(made)) == {
            "time": "2026-03-02T12:00:00.500+00:00",
            "level": "INFO",
            "logger": "app.something",
            "message": "fetched 7",
        }

    def test_the_run_at_work_is_on_every_line(self) -> None:
        token = log.run_id.set(7)
        try:
            assert TextFormatter().format(record("planned")).endswith("planned run=7")
            assert json.loads(JsonFormatter().format(record("planned")))["run"] == 7
        finally:
            log.run_id.reset(token)
        assert TextFormatter().format(record("planned")).endswith("planned")
        assert "run" not in json.loads(JsonFormatter().format(record("planned")))

    def test_a_traceback_is_indented_below_its_line(self) -> None:
        first, *rest = TextFormatter().format(with_exception(KeyError("gone"))).split("\n")
        assert LINE.fullmatch(first)
        assert rest[0] == "  | Traceback (most recent call last):"
        assert rest[-1] == "  | KeyError: 'gone'"
        assert all(each.startswith("  | ") for each in rest)

    def test_a_traceback_is_one_field_of_the_one_json_line(self) -> None:
        text = JsonFormatter().format(with_exception(KeyError("gone")))
        assert "\n" not in text
        assert json.loads(text)["exception"].endswith("\nKeyError: 'gone'")

    def test_a_stack_is_shown_where_it_was_asked_for(self) -> None:
        lines = TextFormatter().format(record("here", stack_info="Stack:\n  File 1")).split("\n")
        assert lines[1:] == ["  | Stack:", "  |   File 1"]

    @FORMATTERS
    @pytest.mark.parametrize(("message", "args"), [("%d", ("four",)), ("%s %s", ("one",)), ("no place", ("for it",))])
    def test_arguments_that_do_not_fit_are_shown_rather_than_lost(
        self, formatter: logging.Formatter, message: str, args: tuple[object, ...]
    ) -> None:
        line = formatter.format(record(message, *args))
        assert message in line
        assert str(args[0]) in line


class TestInjection:
    @pytest.mark.parametrize("control", [*BREAKS, "\x1b", "\x00", "\x08", "\x7f", "\x9b", "\u202e", "\u2066", "\ud800"])
    @FORMATTERS
    def test_a_control_character_is_written_out(self, formatter: logging.Formatter, control: str) -> None:
        text = formatter.format(record("shop %s", f"a{control}2026-03-02 12:00:00Z [ERROR] forged"))
        assert control not in text
        assert len(text.splitlines()) == 1
        assert repr(control)[1:-1] in (json.loads(text)["message"] if text.startswith("{") else text)

    @given(st.text())
    @settings(deadline=None)
    def test_whatever_is_logged_it_is_one_line_that_can_be_written(self, text: str) -> None:
        line = TextFormatter().format(record("%s", text))
        assert LINE.fullmatch(line)
        assert line.splitlines() == [line]
        assert line.encode()

    @given(st.text())
    @settings(deadline=None)
    def test_whatever_is_logged_it_is_one_json_object(self, text: str) -> None:
        line = JsonFormatter().format(record("%s", text))
        assert line.isascii()
        assert line.splitlines() == [line]
        assert json.loads(line)["message"] == disarmed(text)

    @given(st.text())
    @settings(deadline=None)
    def test_an_exception_cannot_begin_a_line_of_its_own(self, text: str) -> None:
        first, *rest = TextFormatter().format(with_exception(RuntimeError(text))).splitlines()
        assert LINE.fullmatch(first)
        assert all(each.startswith("  | ") for each in rest)
        assert "\x1b" not in "".join(rest)

    def test_an_escape_sequence_in_an_exception_is_written_out(self) -> None:
        text = TextFormatter().format(with_exception(RuntimeError("\x1b[2Jwiped\u202e")))
        assert r"\x1b[2Jwiped\u202e" in text

    def test_ordinary_text_of_other_languages_stays(self) -> None:
        text = "Björk – Début, Łódź, 東京, 12″"
        assert disarmed(text) == text


class TestRegistered:
    """What `redact` was told, in every place of a record."""

    @pytest.fixture(autouse=True)
    def registered(self) -> None:
        redact(ADMIN)

    def records(self) -> Iterator[logging.LogRecord]:
        yield record(f"in the message {ADMIN}")
        yield record("in the arguments %s", ADMIN)
        yield record("in a mapping %(token)s", {"token": ADMIN})
        yield record("inside an argument %s", {"headers": [("X", ADMIN)]})
        yield record("unfit arguments %d", ADMIN)
        yield record("too few places", ADMIN)
        yield record("%s %s", ADMIN)
        yield record("%(other)s", {"token": ADMIN})
        yield record("in a stack", stack_info=f"Stack\n  call({ADMIN!r})")
        yield with_exception(ValueError(f"refused {ADMIN}"))
        yield with_exception(KeyError(ADMIN))
        yield with_exception(ExceptionGroup("several", [ValueError(ADMIN)]))
        chained = RuntimeError("outer")
        chained.__cause__ = ValueError(f"inner {ADMIN}")
        yield with_exception(chained)
        noted = RuntimeError("noted")
        noted.add_note(f"it was {ADMIN}")
        yield with_exception(noted)

    @FORMATTERS
    def test_it_is_shown_nowhere(self, formatter: logging.Formatter) -> None:
        for each in self.records():
            text = formatter.format(each)
            assert ADMIN not in text, each.msg
            assert HIDDEN in text, each.msg

    def test_a_traceback_that_another_handler_formatted_is_not_repeated(self) -> None:
        made = record("failed")
        made.exc_text = f"Traceback\nValueError: {ADMIN}"
        assert ADMIN not in TextFormatter().format(made)
        assert HIDDEN in TextFormatter().format(made)

    def test_formatting_leaves_no_traceback_in_the_record(self) -> None:
        made = with_exception(ValueError("x"))
        TextFormatter().format(made)
        JsonFormatter().format(made)
        assert made.exc_text is None

    @pytest.mark.parametrize("spelling", ["{}", "{!r}"])
    def test_quotes_and_backslashes_do_not_uncover_it(self, spelling: str) -> None:
        redact(QUOTED)
        text = without_secrets(spelling.format(QUOTED))
        assert "CANARY" not in text
        assert HIDDEN in text

    def test_what_contains_another_secret_is_hidden_as_a_whole(self) -> None:
        redact(f"{ADMIN}-and-more")
        assert without_secrets(f"{ADMIN}-and-more {ADMIN}") == f"{HIDDEN} {HIDDEN}"

    def test_a_short_text_blots_out_no_words(self) -> None:
        redact("art")
        redact("")
        assert without_secrets("artist") == "artist"


class TestSpellings:
    """Credentials that nobody registered, as they are usually written."""

    @pytest.mark.parametrize(
        "text",
        [
            "Authorization: Bearer {}",
            "authorization: Basic {}",
            "{{'Authorization': 'Discogs token={}'}}",
            "{{b'Authorization': b'Basic {}'}}",
            '"Authorization": "Bearer {}"',
            'Authorization: OAuth oauth_nonce="1", oauth_token="{}", oauth_version="1.0"',
            "Discogs token={}",
            "Discogs key=abc, secret={}",
            "Discogs key={}, secret=abc",
            "bearer  {}",
            "GET /oauth?oauth_token={}&page=2",
            "GET /x?token={};page=2",
            "oauth_token_secret={}",
            "oauth_signature={}",
            "oauth_verifier={}",
            "grant_type=refresh_token&refresh_token={}",
            "client_id=1&client_secret={}",
            "ADMIN_TOKEN={}",
            '{{"access_token": "{}", "expires_in": 3600}}',
            "{{'password': '{}'}}",
            "postgresql://shop:{}@db.example:5432/mirror",
            "postgresql+psycopg://:{}@db/mirror",
            "postgresql:///mirror?host=db&user=shop&password={}",
            "host=db user=shop password={} dbname=mirror",
            "host=db password='{}'",
            "https://user:p@{}@proxy.example/",
        ],
    )
    def test_it_is_hidden(self, text: str) -> None:
        shown = without_secrets(f"before {text.format('CANARY0123')} after")
        assert "CANARY" not in shown
        assert HIDDEN in shown
        assert shown.startswith("before ")

    def test_the_rest_of_an_address_stays_readable(self) -> None:
        assert without_secrets("postgresql://shop:x1y2z3@db:5432/mirror?a=b") == (
            f"postgresql://shop:{HIDDEN}@db:5432/mirror?a=b"
        )
        assert without_secrets("/oauth?oauth_token=abc&page=2") == f"/oauth?oauth_token={HIDDEN}&page=2"

    @pytest.mark.parametrize(
        "text",
        [
            "https://api.discogs.com:443/users/shop/inventory?page=2&per_page=100",
            "http://127.0.0.1:5000 asked by someone@example.org",
            "ADMIN_TOKEN is not set",
            "A new admin_token was written to instance/admin_token",
            "token: please set one",
            "postgresql://db:5432/mirror",
        ],
    )
    def test_what_only_looks_similar_stays(self, text: str) -> None:
        assert without_secrets(text) == text


SECRETS = {
    "DISCOGS_TOKEN": (TOKEN, TOKEN),
    "DISCOGS_CONSUMER_KEY": ("consumerCANARY", "consumerCANARY"),
    "DISCOGS_CONSUMER_SECRET": ("consumerSecretCANARY", "consumerSecretCANARY"),
    "ADMIN_TOKEN": (ADMIN, ADMIN),
    "SECRET_KEY": ("signing-key-CANARY", "signing-key-CANARY"),
    "SPOTIFY_CLIENT_SECRET": ("spotifyCANARY", "spotifyCANARY"),
    "AI_API_KEY": ("aiCANARY", "aiCANARY"),
    "HEARTBEAT_START_URL": ("https://hc.example/CANARY-1/start", "https://hc.example/CANARY-1/start"),
    "HEARTBEAT_SUCCESS_URL": ("https://hc.example/CANARY-2", "https://hc.example/CANARY-2"),
    "HEARTBEAT_FAILURE_URL": ("https://hc.example/CANARY-3/fail", "https://hc.example/CANARY-3/fail"),
    "SENTRY_DSN": ("https://CANARY-key@sentry.example/4", "https://CANARY-key@sentry.example/4"),
    "WEBHOOK_URL": ("http://shop.internal/hooks/CANARY", "http://shop.internal/hooks/CANARY"),
    "WEBHOOK_SECRET": ("whsec_Q0FOQVJZQ0FOQVJZ", "whsec_Q0FOQVJZQ0FOQVJZ"),
    "TOKEN_KEYS": (",".join(KEYS), *KEYS, ",".join(KEYS)),
    "DATABASE_URL": (f"postgresql://shop:{ENCODED}@db/mirror", ENCODED, DECODED),
    "QUEUE_URL": ("redis://:queueCANARY0@db:6379/0", "redis://:queueCANARY0@db:6379/0", "queueCANARY0"),
}


class TestConfigured:
    def test_every_secret_setting_is_tested_here(self) -> None:
        assert set(SECRETS) == set(secret_variables())

    @pytest.mark.parametrize("log_format", ["text", "json"])
    @pytest.mark.parametrize("name", SECRETS)
    def test_no_secret_of_the_settings_reaches_the_log(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str], name: str, log_format: str
    ) -> None:
        value, *spellings = SECRETS[name]
        logger = log_of(**{"WEBHOOK_SECRET": "whsec_Q0FOQVJZQ0FOQVJZ", name: value, "LOG_FORMAT": log_format})
        for spelling in spellings:
            logger.info("as it is: %s", spelling)
            try:
                raise ValueError(spelling)
            except ValueError:
                logger.exception("Failed with %r", [spelling])
        shown = capsys.readouterr().err
        assert shown.count("as it is: [hidden]") == len(spellings)
        assert "CANARY" not in re.sub(r"(?m)^.*raise ValueError.*$", "", shown)

    @pytest.mark.parametrize("query", ["user=shop&password={}", "password={}&host=db"])
    def test_a_password_in_the_query_of_the_database_address_is_refused_and_not_told(
        self, log_of: Callable[..., logging.Logger], query: str
    ) -> None:
        with pytest.raises(ConfigurationError) as refused:
            log_of(DATABASE_URL=f"postgresql:///mirror?{query.format(PASSWORD)}")
        assert "before the @" in str(refused.value)
        assert PASSWORD not in str(refused.value)

    def test_a_secret_read_from_a_file_is_hidden_too(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        file.write_text(f"{TOKEN}\n")
        log_of(DISCOGS_TOKEN_FILE=str(file)).info("%s", TOKEN)
        assert capsys.readouterr().err.endswith("[INFO] [hidden]\n")

    def test_one_line_is_written_once_however_often_the_log_is_configured(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str]
    ) -> None:
        log_of()
        log_of(LOG_FORMAT="json").info("once")
        (line,) = capsys.readouterr().err.splitlines()
        assert json.loads(line)["message"] == "once"

    def test_lines_below_the_level_are_left_out(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str]
    ) -> None:
        logger = log_of(LOG_LEVEL="WARNING")
        logger.info("quiet")
        logger.warning("loud")
        assert [line[21:] for line in capsys.readouterr().err.splitlines()] == ["[WARNING] loud"]

    def test_libraries_do_not_chatter(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str]
    ) -> None:
        log_of(LOG_LEVEL="DEBUG").debug("ours")
        logging.getLogger("urllib3.connectionpool").debug("GET /identity?token=x")
        logging.getLogger("apscheduler.scheduler").info("Added job")
        logging.getLogger("huey").error("it broke")
        assert [line[21:] for line in capsys.readouterr().err.splitlines()] == ["[DEBUG] ours", "[ERROR] it broke"]

    def test_times_are_in_utc_and_of_now(
        self, log_of: Callable[..., logging.Logger], capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = record("now")
        log_of().info("now")
        shown = datetime.fromisoformat(capsys.readouterr().err[:20])
        assert abs(shown.timestamp() - made.created) < 60


MISUSE = """
import logging, config
from app.ops.logging import configure_logging
configure_logging(config.load())
logger = logging.getLogger("app.something")
logger.info("number %d", config.load().admin_token.reveal())
logger.info("argument %s", config.load().admin_token)
logger.info("settings %r", config.load())
print("done")
"""


def test_a_whole_process_shows_no_secret_even_where_the_log_is_misused() -> None:
    environ = {"ADMIN_TOKEN": ADMIN, "DATABASE_URL": f"postgresql://shop:{PASSWORD}@db/mirror", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", MISUSE], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "done\n"
    assert "CANARY" not in run.stderr
    assert [bool(LINE.fullmatch(line)) for line in run.stderr.splitlines()] == [True] * 3


def test_settings_can_be_logged_whole() -> None:
    loaded = load({name: value for name, (value, *_) in SECRETS.items()})
    assert "CANARY" not in f"{loaded!r} {loaded}"
