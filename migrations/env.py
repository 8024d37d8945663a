"""Run Alembic on the one metadata of all packages."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, engine_from_config, pool

from migrations import every_model

metadata = every_model()


def include_object(
    thing: object, name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    """Leave the partitions out: they belong to their parents."""
    return not (kind == "table" and name is not None and "_part_" in name)


def run(connection: Connection) -> None:
    """Run the migrations on one connection, in one transaction."""
    context.configure(
        connection=connection, target_metadata=metadata, include_object=include_object
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    section = context.config.get_section(context.config.config_ini_section, {})
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        run(connection)
