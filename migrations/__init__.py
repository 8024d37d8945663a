"""Database migrations, and the functions that bring a database up to date."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from kernel.db import Base

if TYPE_CHECKING:
    from alembic.config import Config

MODEL_MODULES = (
    "kernel.audit",
    "kernel.chores",
    "kernel.events",
    "kernel.mail",
    "kernel.web.idempotency",
    "workers.models",
    "qualification.models",
    "payouts.models",
    "payouts.books.models",
    "marketplace.accounts.models",
    "marketplace.jobs.models",
    "marketplace.assignments.models",
    "marketplace.review.models",
    "marketplace.quality.models",
    "marketplace.home.models",
)
LOCK_KEY = 7_215_041


def every_model() -> MetaData:
    """Import every table and return the metadata that holds them."""
    for name in MODEL_MODULES:
        importlib.import_module(name)
    return Base.metadata


def config(database_url: str) -> Config:
    """Return an Alembic configuration without a file."""
    from alembic.config import Config  # here, since a process that serves never migrates

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return settings


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring a database up to date; several processes may ask at once, one at a time acts."""
    from alembic import command

    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        settings = config(database_url)
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
        connection.commit()
