"""Settings: every problem at once, each with its range, no secret ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from app.errors import ConfigurationError

CANARY = "CANARY-secret-91"


def problems_of(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        config.load(environ)
    return raised.value.problems


def test_nothing_set_is_fine() -> None:
    settings = config.load({})
    assert settings.discogs_token is None
    assert settings.sync_interval_hours == 1
    assert settings.database_url.endswith("/instance/waxmirror.db")


def test_all_problems_are_told_at_once() -> None:
    found = problems_of(PORT="99999", SYNC_INTERVAL_HOURS="0", INVENTORY_SYNC_POLICY="wipe", ENABLE_AUTO_SYNC="perhaps")
    assert len(found) == 4
    assert {problem.split()[0] for problem in found} == {
        "PORT",
        "SYNC_INTERVAL_HOURS",
        "INVENTORY_SYNC_POLICY",
        "ENABLE_AUTO_SYNC",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SYNC_INTERVAL_HOURS", "1h"),
        ("SYNC_INTERVAL_HOURS", "-1"),
        ("SYNC_INTERVAL_HOURS", "10000"),
        ("DISCOGS_RATE_LIMIT", "0"),
        ("DISCOGS_TIMEOUT", "nan"),
        ("DISCOGS_MAX_RETRIES", "1.5"),
        ("SYNC_MAX_REMOVAL_SHARE", "1.5"),
        ("SYNC_MAX_ERRORS", "-1"),
        ("DISCOGS_API_URL", "http://api.example.com"),
        ("DISCOGS_API_URL", "ftp://127.0.0.1"),
        ("DISCOGS_API_URL", "https://user:secret@api.example.com"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgresql://host/name?user=u&password=canary"),
        ("DATABASE_URL", "postgresql://u:p@host/name?sslpassword=canary"),
        ("TOKEN_KEYS", "short"),
        ("WEBHOOK_SECRET", "whsec_no-base64-at-all!"),
        ("WEBHOOK_SECRET", "whsec_Q0FOQVJZQ0FOQVJZQQ"),
        ("WEBHOOK_SECRET", "whsec_Q0FOQVJZ"),
        ("WEB_CONCURRENCY", "0"),
        ("SERVER_ROLE", "both"),
        ("PORT", "five"),
        ("PUBLIC_URL", "records.example.com"),
        ("PUBLIC_URL", "https://records.example.com/?a=b"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(name: str, value: str) -> None:
    assert problems_of(**{name: value})[0].startswith(name)


# Bytes that are no text, control characters, a line end, marks that nobody sees or that turn the direction of writing.
UNSEEN = ["\udcff", "\x07", "\n", "\x7f", "\x85", "\u202e", "\u2066", "\u200b", "\ufeff"]


@pytest.mark.parametrize("sign", UNSEEN, ids=ascii)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCOGS_SELLER_USERNAME", "wax{}co"),
        ("DISCOGS_COLLECTION_USERNAME", "wax{}co"),
        ("WAXMIRROR_INSTANCE", "/srv/wax{}co"),
        ("DATABASE_URL", "sqlite:////srv/wax{}co.db"),
        ("DATABASE_URL", "postgresql://wax{}co:word@db/waxco"),
        ("DATABASE_URL", "postgresql://waxco:word@db{}/waxco"),
    ],
)
def test_what_cannot_be_seen_is_refused_by_name_and_not_quoted(name: str, value: str, sign: str) -> None:
    [problem] = problems_of(**{name: value.format(sign)})
    assert problem.startswith(f"{name} must be ")
    assert "visible" in problem
    assert problem.isprintable()


@pytest.mark.parametrize("name", ["waxandco", "Wax.And-Co_7", "Bücher&Töne", "レコード"])
def test_a_name_of_any_script_is_a_name(name: str) -> None:
    assert config.load({"DISCOGS_SELLER_USERNAME": name}).discogs_seller_username == name


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DISCOGS_RATE_LIMIT", "6000", 6000),
        ("DISCOGS_MAX_RETRIES", "0", 0),
        ("DISCOGS_MAX_RETRIES", "500", 500),
        ("SYNC_INTERVAL_HOURS", "0.001", 0.001),
        ("ENABLE_AUTO_SYNC", "off", False),
        ("DATABASE_URL", "postgres://h/db", "postgresql://h/db"),
        ("DISCOGS_API_URL", "http://127.0.0.1:8088/", "http://127.0.0.1:8088"),
        ("PUBLIC_URL", "http://records.example.com/shop/", "http://records.example.com/shop"),
    ],
)
def test_values_that_work_are_read(name: str, value: str, read: object) -> None:
    assert getattr(config.load({name: value}), name.lower()) == read


@pytest.mark.parametrize("token", ["  tok3n ", '"tok3n"', "\ufefftok3n", "tok3n\n"])
def test_what_surrounds_a_token_is_trimmed(token: str) -> None:
    read = config.load({"DISCOGS_TOKEN": token}).discogs_token
    assert read is not None
    assert read.reveal() == "tok3n"


@pytest.mark.parametrize("token", ["your_token_here", "changeme", f"{CANARY} with a space"])
def test_an_unusable_token_turns_syncing_off_and_is_not_shown(token: str) -> None:
    settings = config.load({"DISCOGS_TOKEN": token, "DISCOGS_SELLER_USERNAME": "shop"})
    assert settings.discogs_seller_username is None
    assert "DISCOGS_TOKEN" in settings.notices[0]
    assert token not in repr(settings) + str(settings.notices)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{CANARY}\n")
    settings = config.load({"DISCOGS_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.discogs_token == config.Secret(CANARY)
    assert CANARY not in repr(settings)


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "admin").write_text(CANARY)
    found = problems_of(ADMIN_TOKEN=CANARY, ADMIN_TOKEN_FILE=str(tmp_path / "admin"))
    assert "ADMIN_TOKEN" in found[0]
    assert CANARY not in "".join(found)


def test_the_prefixed_consumer_key_wins() -> None:
    settings = config.load({"CONSUMER_KEY": "plain-key", "DISCOGS_CONSUMER_KEY": "prefixed-key"})
    assert settings.discogs_consumer_key == config.Secret("prefixed-key")
    assert config.load({"CONSUMER_KEY": "plain-key"}).discogs_consumer_key == config.Secret("plain-key")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("SYNC_INTERVAL_HOUR", "SYNC_INTERVAL_HOURS"), ("ADMIN_TOKEN_FIL", "ADMIN_TOKEN_FILE")],
)
def test_a_slip_in_a_name_is_refused(tmp_path: Path, name: str, meant: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        config.load({"WAXMIRROR_INSTANCE": str(tmp_path), name: "1"})
    assert f"{name} is not a setting; did you mean {meant}?" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("BACKUP_INTERVAL", "BACKUP_INTERVAL_HOURS"),
        ("DISCOGS_USER_TOKEN", "DISCOGS_TOKEN"),
    ],
)
def test_what_may_be_a_slip_or_another_s_is_told(tmp_path: Path, name: str, meant: str) -> None:
    settings = config.load({"WAXMIRROR_INSTANCE": str(tmp_path), name: "1"})
    assert settings.notices == (f"{name} is not a setting; did you mean {meant}?",)


@pytest.mark.parametrize("name", ["BACKUP_ROUNDS", "SYNC_THING_HOME", "PUBLIC_API", "HOSTNAME", "PORTAL"])
def test_names_of_others_are_left_alone(tmp_path: Path, name: str) -> None:
    assert config.load({"WAXMIRROR_INSTANCE": str(tmp_path), name: "1"}).notices == ()
