"""Every blueprint of the web application, in one list."""

from __future__ import annotations

from flask import Blueprint

from marketplace.accounts import pages as account_pages
from marketplace.accounts import routes as account_routes
from marketplace.assignments import media
from marketplace.assignments import pages as work_pages
from marketplace.assignments import routes as work_routes
from marketplace.home import development, health
from marketplace.home import pages as home_pages
from marketplace.home import routes as home_routes
from marketplace.jobs import pages as job_pages
from marketplace.jobs import routes as job_routes
from marketplace.jobs.gallery import pages as gallery_pages
from marketplace.jobs.gallery import routes as gallery_routes
from marketplace.quality import pages as quality_pages
from marketplace.quality import routes as quality_routes
from marketplace.review import pages as review_pages
from marketplace.review import routes as review_routes
from payouts import pages as money_pages
from payouts import routes as money_routes
from payouts.books import routes as book_routes
from payouts.statements import routes as statement_routes
from qualification import pages as qualification_pages
from qualification import routes as qualification_routes
from workers import routes as worker_routes

JSON_BYTES_MAX = 2 * 1024**2
API = (
    account_routes.blueprint,
    worker_routes.blueprint,
    qualification_routes.blueprint,
    money_routes.blueprint,
    statement_routes.blueprint,
    book_routes.blueprint,
    job_routes.blueprint,
    gallery_routes.blueprint,
    work_routes.blueprint,
    review_routes.blueprint,
    quality_routes.blueprint,
    home_routes.blueprint,
)


def pages(*, production: bool) -> list[Blueprint]:
    """Return the page blueprints; the development ones stay out of production."""
    shown: list[Blueprint] = [
        home_pages.blueprint,
        health.blueprint,
        account_pages.blueprint,
        job_pages.blueprint,
        gallery_pages.blueprint,
        work_pages.blueprint,
        media.blueprint,
        review_pages.blueprint,
        quality_pages.blueprint,
        money_pages.blueprint,
        qualification_pages.blueprint,
    ]
    return shown if production else [*shown, development.blueprint]
