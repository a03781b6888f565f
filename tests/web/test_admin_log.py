"""The page of the log: what was told, by whom, and nothing of it obeyed."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from app.ops import log_tail
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.hostile import TEXTS
from tests.web.back_room import let_in
from tests.web.pages import get, outline

logger = logging.getLogger("app.tests.log")


@pytest.fixture
def owner(client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser in which the admin logged in, at a process that has told nothing yet."""
    monkeypatch.setattr(log_tail, "_handler", log_tail.TailHandler())
    log_tail.keep_tail()
    return let_in(client)


def test_it_shows_what_was_told_and_by_whom(owner: FlaskClient, mirror: MirrorBuilder) -> None:
    logger.warning("the disk is nearly full")
    logger.debug("a detail, and the token %s", ADMIN)
    text = get(owner, "/admin/log").text
    assert "the disk is nearly full" in text
    assert "a detail, and the token [hidden]" in text
    assert log_tail.this_process() in text
    assert ADMIN not in text
    grave = get(owner, "/admin/log?level=warning").text
    assert ("the disk is nearly full" in grave, "a detail" in grave) == (True, False)
    assert get(owner, "/admin/log?level=loud").status_code == 400


def test_hostile_texts_are_shown_and_not_obeyed(owner: FlaskClient) -> None:
    for text in TEXTS.values():
        # Half a character cannot be told among the processes of a test run, which tell each other what was logged.
        logger.info("%s", text.encode(errors="replace").decode())
    answer = get(owner, "/admin/log")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert not any(sign in answer.text for sign in ("\x1b", "\x07", "\u202e", "\0"))
    assert not [found for _, found, _ in outline(answer).elements if any(name.startswith("on") for name in found)]
