"""The HTML face: the shop window's pages, and what other programs read of them."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api


def register_web(app: Flask, api: Api) -> None:
    """Add every page and feed, what templates use, and the rules for every page; `api` describes the feeds."""
    from app.web import (
        account_pages,
        admin,
        assets,
        badge,
        collection_pages,
        control,
        crawlers,
        docs,
        enriching,
        exports,
        feeds,
        frame,
        head,
        job_pages,
        log_page,
        login,
        pages,
        problem_pages,
        run_pages,
        settings_page,
        setup,
        wording,
    )

    frame.register(app)
    head.register(app)
    wording.register(app)
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(collection_pages.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(login.blueprint)
    app.register_blueprint(setup.blueprint)
    app.register_blueprint(exports.blueprint)
    app.register_blueprint(admin.blueprint)
    app.register_blueprint(control.blueprint)
    app.register_blueprint(enriching.blueprint)
    app.register_blueprint(run_pages.blueprint)
    app.register_blueprint(job_pages.blueprint)
    app.register_blueprint(settings_page.blueprint)
    app.register_blueprint(log_page.blueprint)
    app.register_blueprint(account_pages.blueprint)
    api.register_blueprint(feeds.blueprint)
    app.register_blueprint(crawlers.blueprint)
    app.register_blueprint(badge.blueprint)
    problem_pages.register(app)
