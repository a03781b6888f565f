"""The HTML face, and what other programs read of the shop's pages."""

from __future__ import annotations

from flask import Flask


def register_web(app: Flask) -> None:
    """Add every page and feed."""
    from app.extensions import api
    from app.web import crawlers, feeds

    api.register_blueprint(feeds.blueprint)
    app.register_blueprint(crawlers.blueprint)
