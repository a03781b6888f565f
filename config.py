"""Every setting of Waxmirror, read from the environment in one place.

`load()` reads all variables, or raises one ConfigurationError that names everything wrong at once.
A variable that is unset or empty has the default written here. Secrets may also come from a file: NAME_FILE.
"""

import base64
import binascii
import dataclasses
import difflib
import ipaddress
import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

VERSION = "0.1.0"
PROJECT_URL = "https://github.com/waxmirror/waxmirror"
INSTALL_EXTRAS = ".venv/bin/pip install -r scripts/deploy/extras.txt"
ROOT = Path(__file__).resolve().parent

_AROUND_SECRETS = " \t\r\n\v\f\u00a0\u200b\ufeff\"'`"
_LARGEST_SECRET_FILE = 65_536
_SHORTEST_SECRET_KEY = 12
_LOCKED_WITHIN_S = 30
_CONNECT_WITHIN_S = 5
_VISIBLE = "all of it text and visible"
_PLACEHOLDER = re.compile(
    r"<.*>|\{.*\}|x{4,}|\*+|\.{3,}|todo|none|null|placeholder|change[-_ ]?(me|this|it)"
    r"|(your|insert|enter|paste|put|replace)([-_ ].*)?|.*[-_ ](here|placeholder)",
    re.IGNORECASE,
)
_OWN_NETWORK = re.compile(r"[^.]+|.*\.(localhost|local|lan|home|internal|intranet|test|home\.arpa)")

_from_dotenv: set[str] = set()  # the variables of this process that a `.env` file told

T = TypeVar("T")


class Secret:
    """A text that never shows itself; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('**********')"

    def __str__(self) -> str:
        return "**********"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


# Readers turn the text of a variable into its value; their ValueError completes "NAME …" and never quotes the value.


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if re.fullmatch(r"[+-]?[0-9]{1,12}", text) and low <= int(text) <= high:
            return int(text)
        raise ValueError(f"must be a whole number from {low} to {high}")

    return read


def _number(low: float, high: float, *, above: bool = False) -> Callable[[str], float]:
    allowed = f"above {low:g} and at most {high:g}" if above else f"from {low:g} to {high:g}"

    def read(text: str) -> float:
        value = float(text) if re.fullmatch(r"[0-9.+-]+(e[0-9+-]+)?", text, re.IGNORECASE) else math.nan
        if low <= value <= high and not (above and value == low):
            return value
        raise ValueError

    def read_or_explain(text: str) -> float:
        try:
            return read(text)
        except ValueError:
            raise ValueError(f"must be a number {allowed}") from None

    return read_or_explain


def _choice(*allowed: str, upper: bool = False) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = text.upper() if upper else text.lower()
        if value in allowed:
            return value
        raise ValueError(f"must be one of {', '.join(allowed)}")

    return read


def _switch(text: str) -> bool:
    if text.lower() in {"true", "1", "yes", "on"}:
        return True
    if text.lower() in {"false", "0", "no", "off"}:
        return False
    raise ValueError("must be one of true, 1, yes, on, false, 0, no, off")


def _matching(pattern: str, explanation: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise ValueError(explanation)

    return read


def _is_own_network(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _OWN_NETWORK.fullmatch(host) is not None
    return address.is_loopback or address.is_private


def _public_address(text: str) -> str:
    """An http(s) base address without a closing slash."""
    rule = "must be an address like https://host/path, without credentials, query or spaces"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(rule) from None
    if not re.fullmatch(r"[!-~]+", text) or parts.scheme not in {"http", "https"} or not host:
        raise ValueError(rule)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(rule)
    return text.rstrip("/")


def _web_address(text: str) -> str:
    """A base address that secrets are sent to: plain http only inside one's own network."""
    address = _public_address(text)
    parts = urlsplit(address)
    _refuse_destination(parts.scheme, parts.hostname or "")
    return address


def _refuse_destination(scheme: str, host: str) -> None:
    # Late, because the package app imports this module while it is itself being imported.
    from app.core.destinations import may_be_named

    if not may_be_named(host):
        raise ValueError("must not lead to a link-local or metadata address, nor hide an address in a number")
    if scheme == "http" and not _is_own_network(host):
        raise ValueError("must begin with https://; http:// is only for loopback and private hosts")


def _username(text: str) -> str:
    # Late, because the package app imports this module while it is itself being imported.
    from app.core.quoting import is_name

    if is_name(text) and re.fullmatch(r"[^\s/?#%\\]{1,64}", text):
        return text
    raise ValueError("must be a Discogs user name: 1 to 64 visible characters, no spaces or /")


def _database_address(text: str) -> str:
    rule = "must be sqlite:///path or postgresql://user:password@host:port/name"
    if not text.isprintable():  # what is told of it has to say which one it is
        raise ValueError(f"{rule}, {_VISIBLE}")
    address = re.sub(r"^(postgres|postgresql\+psycopg)://", "postgresql://", text)
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise ValueError(rule) from None
    if parts.scheme == "postgresql" and (parts.path.strip("/") or parts.query):
        if any(name.lower() in {"password", "sslpassword"} for name, _ in parse_qsl(parts.query, True)):
            # The programs that make backups get the query as an argument, which every user of the machine can read.
            raise ValueError("must have its password before the @, and none in what follows the question mark")
        return address
    if address.startswith("sqlite:///") or address == "sqlite://":
        return address
    raise ValueError(rule)


def _private_address(text: str) -> Secret:
    """Whoever knows it may use it: a secret stands in its path or its query."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not re.fullmatch(r"[!-~]+", text) or parts.scheme not in {"http", "https"} or not host or parts.fragment:
        raise ValueError("must be an address like https://host/path?query, without spaces")
    if "@" in parts.netloc:
        raise ValueError("must be an address without a user name and password")
    _refuse_destination(parts.scheme, host)
    return Secret(text)


def _reports_address(text: str) -> Secret:
    if not re.fullmatch(r"https?://[!-~]+@[!-~]+/[0-9]+", text):
        raise ValueError("must be the address that Sentry shows as DSN, like https://key@host/1")
    return Secret(text)


def _queue_address(text: str) -> Secret:
    if not re.fullmatch(r"rediss?://[!-~]+", text):
        raise ValueError("must be redis://host:port/number, or rediss:// for TLS")
    return Secret(text)


def _secret(text: str) -> Secret:
    value = text.strip(_AROUND_SECRETS)
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("must be one word of plain printable characters, without spaces or line breaks")
    if _PLACEHOLDER.fullmatch(value):
        raise ValueError("still holds a placeholder; set the real value or leave it empty")
    return Secret(value)


def _signing_key(text: str) -> Secret:
    secret = _secret(text)
    if len(secret.reveal()) < _SHORTEST_SECRET_KEY:
        raise ValueError(f"must have at least {_SHORTEST_SECRET_KEY} characters, made at random")
    return secret


def _webhook_key(text: str) -> Secret:
    secret = _signing_key(text)
    if not secret.reveal().startswith("whsec_"):
        return secret
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < _SHORTEST_SECRET_KEY:
        raise ValueError(
            f"must have base64 of at least {_SHORTEST_SECRET_KEY} bytes behind whsec_, with its = at the end"
        )
    return secret


def _fernet_keys(text: str) -> Secret:
    keys = [key for key in re.split(r"[\s,]+", text.strip(_AROUND_SECRETS)) if key]
    try:
        sizes = {len(base64.b64decode(key, altchars=b"-_", validate=True)) for key in keys}
    except (binascii.Error, ValueError):
        sizes = set()
    if sizes != {32}:
        raise ValueError("must be Fernet keys (each 32 bytes in URL-safe base64), separated by commas")
    return Secret(",".join(keys))


def _host_names(text: str) -> tuple[str, ...]:
    names = tuple(name.lower() for name in re.split(r"[\s,]+", text) if name)
    if all(re.fullmatch(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", name) for name in names):
        return names
    raise ValueError("must be host names without ports, separated by commas; .example.com stands for all below it")


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _proxies(text: str) -> int | tuple[Network, ...]:
    """How many proxies every request came through, or from where proxies come."""
    if re.fullmatch(r"[0-9]", text):
        return int(text)
    try:
        return tuple(ipaddress.ip_network(each) for each in re.split(r"[\s,]+", text) if each)
    except ValueError:
        raise ValueError("must be the number of proxies (0 to 9), or their addresses separated by commas") from None


_header_text = _matching(r"[ -~]{1,200}", "must be 1 to 200 plain printable characters")
_host = _matching(r"[0-9A-Za-z._:%-]{1,253}", "must be an IP address or a host name, like 127.0.0.1 or 0.0.0.0")


def _setting(default: T, read: Callable[[str], Any], *, secret: bool = False, alias: str = "") -> T:
    """A field filled from the variable of its own name; `secret` ones also from NAME_FILE."""
    metadata = {"read": read, "secret": secret, "alias": alias}
    found: T = field(default=default, metadata=metadata, repr=not secret)
    return found


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One attribute per variable, in the order of the README's table; `None` means unset."""

    instance_path: Path = ROOT / "instance"
    testing: bool = False
    notices: tuple[str, ...] = ()
    """Sentences to log once at start: what was set, cannot be used and therefore was left out."""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Where a setting comes from, by its name; without those that have the default written here."""

    database_url: str = _setting("sqlite:///:memory:", _database_address, secret=True)
    queue_url: Secret | None = _setting(None, _queue_address, secret=True)
    discogs_token: Secret | None = _setting(None, _secret, secret=True)
    discogs_seller_username: str | None = _setting(None, _username)
    discogs_collection_username: str | None = _setting(None, _username)
    discogs_consumer_key: Secret | None = _setting(None, _secret, secret=True, alias="CONSUMER_KEY")
    discogs_consumer_secret: Secret | None = _setting(None, _secret, secret=True, alias="CONSUMER_SECRET")
    discogs_api_url: str = _setting("https://api.discogs.com", _web_address)
    discogs_web_url: str = _setting("https://www.discogs.com", _web_address)
    discogs_user_agent: str = _setting(f"Waxmirror/{VERSION} +{PROJECT_URL}", _header_text)
    discogs_rate_limit: int | None = _setting(None, _whole(1, 100_000))
    discogs_timeout: float = _setting(30.0, _number(0.1, 600))
    discogs_max_retries: int = _setting(3, _whole(0, 1_000_000))
    enable_auto_sync: bool = _setting(True, _switch)
    sync_interval_hours: float = _setting(1.0, _number(0, 168, above=True))
    inventory_sync_policy: str = _setting("mirror", _choice("mirror", "add_only"))
    collection_sync_policy: str = _setting("mirror", _choice("mirror", "add_only"))
    sync_max_removal_share: float = _setting(0.25, _number(0, 1))
    sync_max_errors: int = _setting(10, _whole(0, 100_000))
    enable_release_cache: bool = _setting(True, _switch)
    release_cache_days: int = _setting(30, _whole(1, 3650))
    release_cache_pause_minutes: float = _setting(5.0, _number(0, 1440))
    backup_interval_hours: float = _setting(24.0, _number(0, 8760))
    backup_keep: int = _setting(7, _whole(1, 1000))
    backup_before_migration: bool = _setting(True, _switch)
    heartbeat_start_url: Secret | None = _setting(None, _private_address, secret=True)
    heartbeat_success_url: Secret | None = _setting(None, _private_address, secret=True)
    heartbeat_failure_url: Secret | None = _setting(None, _private_address, secret=True)
    webhook_url: Secret | None = _setting(None, _private_address, secret=True)
    webhook_secret: Secret | None = _setting(None, _webhook_key, secret=True)
    job_result_hours: float = _setting(24.0, _number(0, 8760, above=True))
    admin_token: Secret | None = _setting(None, _secret, secret=True)
    secret_key: Secret | None = _setting(None, _signing_key, secret=True)
    token_keys: Secret | None = _setting(None, _fernet_keys, secret=True)
    collection_visibility: str = _setting("auto", _choice("auto", "public", "private"))
    host: str = _setting("127.0.0.1", _host)
    port: int = _setting(5000, _whole(1, 65_535))
    public_url: str | None = _setting(None, _public_address)
    trusted_hosts: tuple[str, ...] = _setting((), _host_names)
    trusted_proxies: int | tuple[Network, ...] = _setting(0, _proxies)
    api_rate_limit: int | None = _setting(None, _whole(0, 1_000_000))
    web_concurrency: int = _setting(2, _whole(1, 64))
    server_role: str = _setting("all", _choice("all", "web", "worker"))
    log_format: str = _setting("text", _choice("text", "json"))
    log_level: str = _setting("INFO", _choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", upper=True))
    sentry_dsn: Secret | None = _setting(None, _reports_address, secret=True)
    spotify_client_id: str | None = _setting(None, _header_text)
    spotify_client_secret: Secret | None = _setting(None, _secret, secret=True)
    spotify_api_url: str = _setting("https://api.spotify.com/v1", _web_address)
    spotify_accounts_url: str = _setting("https://accounts.spotify.com", _web_address)
    spotify_rate_limit: int = _setting(300, _whole(1, 100_000))
    spotify_daily_limit: int = _setting(10_000, _whole(0, 10_000_000))
    ai_api_url: str | None = _setting(None, _web_address)
    ai_api_key: Secret | None = _setting(None, _secret, secret=True)
    ai_model: str | None = _setting(None, _header_text)
    ai_language: str = _setting("English", _header_text)
    ai_tone: str = _setting("warm, matter-of-fact", _header_text)
    ai_words: int = _setting(80, _whole(10, 500))
    ai_rate_limit: int = _setting(120, _whole(1, 100_000))
    ai_daily_limit: int = _setting(1000, _whole(0, 10_000_000))
    musicbrainz_enabled: bool = _setting(False, _switch)
    musicbrainz_api_url: str = _setting("https://musicbrainz.org/ws/2", _web_address)
    coverart_url: str = _setting("https://coverartarchive.org", _web_address)
    musicbrainz_daily_limit: int = _setting(5000, _whole(0, 10_000_000))
    enrichment_retry_days: int = _setting(30, _whole(1, 3650))

    @property
    def token_trouble(self) -> str | None:
        """The notice that DISCOGS_TOKEN cannot be used; until it can, the names of whom to mirror are left out."""
        return next((notice for notice in self.notices if notice.startswith("DISCOGS_TOKEN ")), None)

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)

    def fernet_keys(self) -> list[str]:
        """The keys that seal stored credentials; the first one seals, all of them open."""
        return self.token_keys.reveal().split(",") if self.token_keys else []

    def flask_config(self) -> dict[str, Any]:
        """What Flask and its extensions want to find in `app.config`."""
        return {
            "TESTING": self.testing,
            "SECRET_KEY": self.secret_key.reveal() if self.secret_key else None,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": self._engine_options(),
            "API_TITLE": "Waxmirror",
            "API_VERSION": VERSION,
            "OPENAPI_VERSION": "3.1.0",
        }

    def _engine_options(self) -> dict[str, Any]:
        """A server can be restarted under its connections: look before one is used again, and do not wait for ever."""
        if self.database_url.startswith("sqlite"):
            is_file = self.database_url.partition(":///")[2].startswith("/")
            return {"pool_use_lifo": True} if is_file else {}  # who was used last remembers most of the file
        patience: dict[str, Any] = {}
        if "connect_timeout=" not in self.database_url:
            patience["connect_timeout"] = _CONNECT_WITHIN_S
        if "options=" not in self.database_url:  # who holds a table for longer than SQLite would wait for its file
            patience["options"] = f"-c lock_timeout={_LOCKED_WITHIN_S}s"
        return {"pool_pre_ping": True, "connect_args": patience}


def variables() -> list[str]:
    """Names of all variables that `load` reads, without aliases and NAME_FILE forms."""
    return ["WAXMIRROR_INSTANCE", *(each.name.upper() for each in _readable_fields())]


def secret_variables() -> list[str]:
    """Names of the variables that may be given as NAME_FILE too."""
    return [each.name.upper() for each in _readable_fields() if each.metadata["secret"]]


def load(environ: Mapping[str, str] | None = None, *, instance_path: Path | None = None) -> Settings:
    """Settings from `environ` (default: the process environment). Raises ConfigurationError with all problems."""
    # Late, because the package app imports this module while it is itself being imported.
    from app.errors import ConfigurationError

    given = {name: text for name, text in (os.environ if environ is None else environ).items() if text.strip()}
    slips, notices = _misspelt(given)
    problems = [*slips, *_unfit_folder(given)]
    values: dict[str, Any] = {"instance_path": instance_path or _instance_folder(given)}
    dotenv = _from_dotenv if environ is None else set()
    origins = {"instance_path": _place_of("WAXMIRROR_INSTANCE", dotenv)} if "WAXMIRROR_INSTANCE" in given else {}
    for each in _readable_fields():
        try:
            variable, text = _text_of(each, given)
            if text is not None:
                values[each.name] = each.metadata["read"](text)
                origins[each.name] = _place_of(variable, dotenv, own=each.name.upper())
        except _UnreadableSecret as error:
            problems.append(str(error))
        except ValueError as error:
            problems.append(f"{each.name.upper()} {error}")
    if values.get("webhook_url") and not values.get("webhook_secret"):
        problems.append("WEBHOOK_SECRET must be set where WEBHOOK_URL is: receivers check the signature with it")
    problems = _without_token_trouble(problems, values)
    if problems:
        raise ConfigurationError(problems)
    values["notices"] = (*values.get("notices", ()), *notices)
    values["database_url"] = _resolved(values.get("database_url", "sqlite:///waxmirror.db"), values["instance_path"])
    if "discogs_collection_username" not in values and (seller := values.get("discogs_seller_username")):
        values["discogs_collection_username"] = seller
        origins["discogs_collection_username"] = "DISCOGS_SELLER_USERNAME"
    return Settings(**values, origins=origins)


def load_dotenv_file(path: Path = ROOT / ".env") -> None:
    """Add the variables of a `.env` file to the process environment; what is set there already wins."""
    from dotenv import dotenv_values

    from app.errors import ConfigurationError

    try:
        found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
        added = {name: text for name, text in found.items() if text is not None and name not in os.environ}
        os.environ.update(added)
        _from_dotenv.update(added)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path} cannot be read as UTF-8 text ({type(error).__name__})"]) from error


class _UnreadableSecret(ValueError):
    """A NAME_FILE that cannot serve; the sentence already names the variable."""


def _readable_fields() -> list["dataclasses.Field[Any]"]:
    return [each for each in dataclasses.fields(Settings) if "read" in each.metadata]


def _place_of(variable: str, dotenv: Collection[str], own: str = "") -> str:
    """Where a variable was set, for people; with its name where that is not the setting's `own`."""
    place = ".env" if variable in dotenv else "environment"
    return place if variable == own or not own else f"{place}, {variable}"


def _text_of(each: "dataclasses.Field[Any]", given: Mapping[str, str]) -> tuple[str, str | None]:
    """(variable, text) of a setting, of its file, or of its alias, in this order; no text when none is set."""
    for name in (each.name.upper(), each.metadata["alias"]):
        if not name:
            continue
        text, file = given.get(name), given.get(f"{name}_FILE") if each.metadata["secret"] else None
        if text and file:
            raise _UnreadableSecret(f"{name} and {name}_FILE are both set; set one of them")
        if text:
            return name, text.strip()
        if file:
            return f"{name}_FILE", _secret_file(f"{name}_FILE", Path(file.strip()))
    return "", None


def _secret_file(name: str, path: Path) -> str:
    try:
        with path.open("rb") as stream:
            text = stream.read(_LARGEST_SECRET_FILE).decode("utf-8-sig").strip()
    except (OSError, ValueError):
        raise _UnreadableSecret(f"{name} must name a readable UTF-8 text file") from None
    if not text:
        raise _UnreadableSecret(f"{name} names an empty file")
    return text


def _without_token_trouble(problems: list[str], values: dict[str, Any]) -> list[str]:
    """Turn an unusable DISCOGS_TOKEN into a notice: the shop keeps serving what it has, and nothing is synced.

    The seller is left out too. Syncing without the token would read the strangers' view of the shop
    and take every unlisted copy for removed.
    """
    trouble = [problem for problem in problems if problem.startswith("DISCOGS_TOKEN ")]
    if not trouble or trouble[0].startswith("DISCOGS_TOKEN and "):
        return problems
    values["discogs_seller_username"] = values["discogs_collection_username"] = None
    values["notices"] = (f"{trouble[0]}. Syncing is off until then.",)
    return [problem for problem in problems if problem not in trouble]


def _instance_folder(given: Mapping[str, str]) -> Path:
    return ROOT / Path(given.get("WAXMIRROR_INSTANCE", "instance").strip()).expanduser()


def _unfit_folder(given: Mapping[str, str]) -> Iterator[str]:
    if not given.get("WAXMIRROR_INSTANCE", "").strip().isprintable():
        yield f"WAXMIRROR_INSTANCE must be the path of a folder, {_VISIBLE}"


def _resolved(address: str, instance_path: Path) -> str:
    """A relative SQLite file lives in the instance folder, whatever the working directory is."""
    place = address.removeprefix("sqlite:///")
    if place == address or place.startswith(("/", ":memory:", "file:", "?")) or not place:
        return address
    return f"sqlite:///{instance_path.absolute() / place}"


def _misspelt(given: Mapping[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """Names that must be slips, and those that may be: names of others begin like ours, too."""
    known = variables()
    readable = {*known, *(f"{name}_FILE" for name in secret_variables())}
    prefixes = tuple({f"{name.split('_')[0]}_" for name in known if "_" in name} - {"LOG_", "AI_", "WEB_", "SECRET_"})
    surely: list[str] = []
    perhaps: list[str] = []
    for name in sorted(given):
        if name in readable or not name.startswith(prefixes):
            continue
        if close := difflib.get_close_matches(name, readable, n=1, cutoff=0.8):
            is_sure = difflib.SequenceMatcher(None, close[0], name).ratio() >= 0.9
            told = f"{name} is not a setting; did you mean {close[0]}?"
            (surely if is_sure else perhaps).append(told)
    return surely, tuple(perhaps)
