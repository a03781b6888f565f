"""Answers that follow from the rules of the house, not from the route: who may ask, what may be sent, what may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.api.header_docs import CHALLENGE, ETAG, RETRY_AFTER

Operation = dict[str, Any]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
BEARER, ADMIN_SESSION, OWN_SESSION = "bearer", "admin_session", "session"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an operation apart from its own words."""

    is_open: bool
    has_validator: bool
    has_path_parameters: bool
    asks_database: bool
    has_pages: bool = False  # errors are told as pages to those who prefer them
    is_changing: bool = False
    is_counted: bool = True  # among what an address may ask in a minute
    opened_by: tuple[str, ...] = (BEARER, ADMIN_SESSION)  # any one of these

    @property
    def problem(self) -> dict[str, Any]:
        """The content of an error."""
        return {**PROBLEM, "text/html": {"schema": {"type": "string"}}} if self.has_pages else dict(PROBLEM)


def completed(operation: Operation, facts: Facts) -> Operation:
    """The operation with every answer that can occur. What the route says itself is kept."""
    own = {
        status: answer
        for status, answer in operation.get("responses", {}).items()
        if status not in {"422", "default"}  # bad arguments are told with 400
    }
    answers = {status: _told(status, answer, facts) for status, answer in own.items()}
    for status, answer in _of_the_house(operation, facts).items():
        answers.setdefault(status, answer)
    if facts.has_validator and "200" in answers:
        answers["200"] = {**answers["200"], "headers": {**ETAG, **answers["200"].get("headers", {})}}
    whole = {**operation, "responses": dict(sorted(answers.items()))}
    return whole if facts.is_open else {**whole, "security": [{each: []} for each in facts.opened_by]}


def _told(status: str, answer: dict[str, Any], facts: Facts) -> dict[str, Any]:
    if int(status) < 400 or "content" in answer:
        return answer
    return {**answer, "content": facts.problem}


def _of_the_house(operation: Operation, facts: Facts) -> dict[str, dict[str, Any]]:
    answers = {"500": _failure("The server failed. Its log says why", facts)}
    if facts.is_counted:
        answers["429"] = {**_failure("Too many requests came from this address", facts), "headers": RETRY_AFTER}
    if facts.asks_database:
        answers["503"] = {**_failure("The database does not answer at the moment", facts), "headers": RETRY_AFTER}
    if facts.has_validator:
        answers["304"] = {"description": "Not changed since the answer with this ETag", "headers": ETAG}
    if facts.has_path_parameters:
        answers["404"] = _failure("There is no such thing", facts)
    if any(each.get("in") == "query" for each in operation.get("parameters", [])):
        answers["400"] = _failure("`errors` says what is wrong with which parameter", facts)
    if "requestBody" in operation:
        answers["400"] = _failure("The body cannot be read, or `errors` says what is wrong with which field", facts)
        answers["413"] = _failure("The body is too large", facts)
        answers["415"] = _failure("The body is not of a type that is understood", facts)
    if facts.is_changing:
        answers["403"] = _failure("A browser sent it along from another site", facts)
    if not facts.is_open:
        answers["401"] = {**_failure("Not without the admin token", facts), "headers": CHALLENGE}
    return answers


def _failure(meaning: str, facts: Facts) -> dict[str, Any]:
    return {"description": meaning, "content": facts.problem}
