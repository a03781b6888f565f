"""The closed vocabulary of how a run can end and why."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended. Only `APPLIED` claims that the mirror equals what Discogs showed."""

    APPLIED = "applied"
    APPLIED_NO_REMOVALS = "applied_no_removals"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Reason(StrEnum):
    """Why a run did not end as a plain `applied`. The list is closed; the UI and the tests enumerate it."""

    AUTH_MISSING = "auth.missing"
    AUTH_REVOKED = "auth.revoked"
    AUTH_FORBIDDEN = "auth.forbidden"
    SELLER_NOT_FOUND = "seller.not_found"
    SELLER_PRIVATE = "seller.private"
    SELLER_CHANGED = "seller.changed"
    NET_DNS = "net.dns"
    NET_CONNECT = "net.connect"
    NET_TLS = "net.tls"
    NET_RESET = "net.reset"
    NET_TIMEOUT = "net.timeout"
    NET_DEADLINE = "net.deadline"
    HTTP_429 = "http.429"
    HTTP_5XX = "http.5xx"
    HTTP_4XX = "http.4xx"
    HTTP_REDIRECT = "http.redirect"
    BODY_HTML = "body.html"
    BODY_TRUNCATED = "body.truncated"
    BODY_TOO_LARGE = "body.too_large"
    BODY_BAD_ENCODING = "body.bad_encoding"
    BODY_NOT_JSON = "body.not_json"
    SCHEMA_ENVELOPE = "schema.envelope"
    SCHEMA_DRIFT = "schema.drift"
    PAGE_DRIFT = "page.drift"
    PAGE_SHORT = "page.short"
    PAGE_CAP = "page.cap"
    PAGE_DUP = "page.dup"
    PAGE_LIMIT = "page.limit"
    GUARD_EMPTY = "guard.empty"
    GUARD_SHRINK = "guard.shrink"
    GUARD_DISJOINT = "guard.disjoint"
    GUARD_CONFIG = "guard.config"
    DB_LOCKED = "db.locked"
    DB_FULL = "db.full"
    DB_READONLY = "db.readonly"
    DB_CORRUPT = "db.corrupt"
    DB_SCHEMA = "db.schema"
    DB_UNREACHABLE = "db.unreachable"
    CANCELLED_USER = "cancelled.user"
    CANCELLED_SHUTDOWN = "cancelled.shutdown"
    LEDGER_UNBALANCED = "ledger.unbalanced"


class RemovalReason(StrEnum):
    """Why a listing left the shop, as far as anybody knows."""

    SOLD = "sold"
    DRAFT = "draft"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNKNOWN = "unknown"


def removal_reason_of(status: str | None) -> RemovalReason:
    """The removal reason that a Discogs listing status stands for (discogs-api: "Listing status").

    >>> removal_reason_of("Sold").value
    'sold'
    >>> removal_reason_of("For Sale").value
    'unknown'
    """
    known = {
        "Sold": RemovalReason.SOLD,
        "Draft": RemovalReason.DRAFT,
        "Expired": RemovalReason.EXPIRED,
        "Deleted": RemovalReason.DELETED,
    }
    return known.get(status or "", RemovalReason.UNKNOWN)
