"""The one border where HTTP statuses, and what fails on the wire, become Discogs' errors."""

from __future__ import annotations

from app.core.outcomes import Reason
from app.core.quoting import quoted
from app.errors import (
    AnswerRefused,
    ConnectionFailed,
    DiscogsAPIError,
    DiscogsAuthenticationError,
    DiscogsConnectionError,
    DiscogsNotFound,
    DiscogsRateLimitError,
    DiscogsResponseError,
    OutsideError,
)
from app.wire import failures as wire_failures
from app.wire.answers import Answer
from app.wire.decoding import decode_json
from app.wire.failures import has_type, is_html

_FILES = ("csv", "zip", "octet-stream", "download")


def of_status(answer: Answer, url_path: str, *, had_token: bool, retry_after: float | None) -> DiscogsAPIError | None:
    """Our error for the status of an answer; None for 2xx with a body to look at."""
    status, detail = answer.status, message_of(answer)
    if status == 401:
        reason = Reason.AUTH_REVOKED if had_token else Reason.AUTH_MISSING
        return DiscogsAuthenticationError(reason, status=status, url_path=url_path, detail=detail)
    if status == 404:
        return DiscogsNotFound(url_path=url_path, detail=detail)
    if status == 429:
        return DiscogsRateLimitError(retry_after=retry_after, url_path=url_path, detail=detail)
    if status == 403:
        return _forbidden(answer, url_path, detail)
    if (other := _reason_of_status(status)) is not None:
        return DiscogsResponseError(other, status=status, url_path=url_path, detail=detail)
    return None


def json_of(answer: Answer, url_path: str) -> object:
    """The JSON an answer holds. Raises DiscogsResponseError (body.*)."""
    try:
        return wire_failures.json_of(answer, url_path)
    except AnswerRefused as error:
        raise of_outside(error) from None


def of_outside(error: OutsideError) -> DiscogsAPIError:
    """The same failure, as Discogs' own."""
    kind = DiscogsConnectionError if isinstance(error, ConnectionFailed) else DiscogsResponseError
    return kind(error.reason, status=error.status, url_path=error.url_path, detail=error.detail)


def file_of(answer: Answer, url_path: str) -> bytes:
    """The file an answer holds. Raises DiscogsResponseError (body.*)."""
    if is_html(answer):
        raise _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of a file")
    if not answer.body.strip() or not has_type(answer, _FILES):
        raise _refused(Reason.BODY_BAD_ENCODING, answer, url_path, "neither CSV nor ZIP")
    return answer.body


def message_of(answer: Answer) -> str:
    """What an error answer says in its `message`, if it does; fit to be quoted."""
    if is_html(answer):
        return ""
    try:
        told = decode_json(answer.body)
    except AnswerRefused:
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    return quoted(message) if isinstance(message, str) else ""


def _reason_of_status(status: int) -> Reason | None:
    if status >= 500:
        return Reason.HTTP_5XX
    if status >= 400:
        return Reason.HTTP_4XX
    if status in (204, 205, 304):
        return Reason.BODY_NOT_JSON
    return Reason.HTTP_REDIRECT if status >= 300 else None


def _forbidden(answer: Answer, url_path: str, detail: str) -> DiscogsAPIError:
    if "pagination above 100" in detail.casefold():
        return DiscogsResponseError(Reason.PAGE_CAP, status=403, url_path=url_path, detail=detail)
    if is_html(answer):
        return _refused(Reason.BODY_HTML, answer, url_path, "a web page instead of data")
    return DiscogsAuthenticationError(Reason.AUTH_FORBIDDEN, status=403, url_path=url_path, detail=detail)


def _refused(reason: Reason, answer: Answer, url_path: str, detail: str) -> DiscogsResponseError:
    return DiscogsResponseError(reason, status=answer.status, url_path=url_path, detail=detail)
