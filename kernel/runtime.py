"""The running installation: settings, clock, database, Valkey, files and mail in one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import redis

from kernel import audit, chores, events
from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.mail import Mail
from kernel.settings import Settings
from kernel.storage import FolderStorage

WAKE_LIST = "quorum:wake"


@dataclass(frozen=True)
class Runtime:
    """Hold what views and chores need beside a unit of work."""

    settings: Settings
    clock: Clock
    database: Database
    redis: redis.Redis
    storage: FolderStorage
    mail: Mail
    follow_ups: Mapping[str, Sequence[events.FollowUp]] = field(default_factory=dict)
    schedule: Mapping[str, int] = field(default_factory=dict)

    def relay(self) -> int:
        """Pass the outbox on and ask for what the schedule holds due; return rows passed on."""
        return self.database.run(self._pass_on)

    def _pass_on(self, uow: UnitOfWork) -> int:
        chores.ask_scheduled(uow, self.schedule)
        return events.relay(uow, self.follow_ups)


def start(
    settings: Settings,
    follow_ups: Mapping[str, Sequence[events.FollowUp]],
    schedule: Mapping[str, int],
) -> Runtime:
    """Connect to everything an installation has."""
    clock = Clock(settings.clock_file)
    line = redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=2)
    return Runtime(
        settings=settings,
        clock=clock,
        database=Database(
            settings.database_url,
            clock,
            before_commit=(audit.flush, events.flush),
            after_commit=lambda: wake(line),
        ),
        redis=line,
        storage=FolderStorage(settings.storage_folder),
        mail=Mail(settings.mail_url),
        follow_ups=follow_ups,
        schedule=schedule,
    )


def wake(line: redis.Redis) -> None:
    """Nudge the relay; a lost nudge costs a second of waiting and nothing else."""
    try:
        both = line.pipeline(transaction=False)
        both.lpush(WAKE_LIST, "1")
        both.ltrim(WAKE_LIST, 0, 3)
        both.execute()
    except redis.RedisError:
        return
