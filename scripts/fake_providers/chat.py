"""A chat endpoint that writes a few sentences of the facts it is given, or `text` when a test says so."""

import json
import random
from typing import Any

from scripts.fake_discogs.messages import HttpError, Request, Response, json_response

_MOODS = ("warm", "restless", "unhurried", "bright", "smoky", "generous")


class Chat:
    """`heard` are the bodies it was sent. `text` makes the text of the facts; `is_revoked` refuses the key."""

    def __init__(self) -> None:
        self.key = "sk-fake-7d21"
        self.model = "fake-writer-1"
        self.is_revoked = False
        self.finish_reason = "stop"
        self.heard: list[dict[str, Any]] = []
        self.text = _described

    def answer(self, request: Request) -> Response | None:
        if request.path != "/ai/v1/chat/completions":
            return None
        if self.is_revoked or request.headers.get("authorization") != f"Bearer {self.key}":
            raise HttpError(401, body={"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
        try:
            body = json.loads(request.body)
            facts = json.loads(body["messages"][-1]["content"])
        except (ValueError, KeyError, IndexError, TypeError):
            raise HttpError(400, body={"error": {"message": "We could not parse the JSON body"}}) from None
        self.heard.append(body)
        message = {"role": "assistant", "content": self.text(facts)}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return json_response({"id": "chatcmpl-1", "model": body["model"], "choices": [choice]})


def _described(facts: dict[str, Any]) -> str:
    rng = random.Random(json.dumps(facts, sort_keys=True))
    year = f" from {facts['year']}" if facts.get("year") else ""
    style = facts.get("styles") or facts.get("genres") or "music"
    return (
        f"{facts.get('title')} by {facts.get('artist')} is a {rng.choice(_MOODS)} record{year}. "
        f"It moves through {style} without hurry, and leaves room for the ear to wander. "
        f"This copy is a {facts.get('format', 'record')}" + (f" on {facts['label']}." if facts.get("label") else ".")
    )
