"""The HTML face: the shop window's pages, and what other programs read of them."""

from __future__ import annotations

from flask import Flask


def register_web(app: Flask) -> None:
    """Add every page and feed, what templates use, and the rules for every page."""
    from app.extensions import api
    from app.web import assets, crawlers, docs, feeds, frame, head, login, pages, problem_pages, setup, wording

    frame.register(app)
    head.register(app)
    wording.register(app)
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(login.blueprint)
    app.register_blueprint(setup.blueprint)
    api.register_blueprint(feeds.blueprint)
    app.register_blueprint(crawlers.blueprint)
    problem_pages.register(app)
