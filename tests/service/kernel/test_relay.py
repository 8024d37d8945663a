"""The relay passes every piece of news on exactly once, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import events
from kernel.chores import ScheduleMark
from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.events import PUT_BACK_SECONDS, FollowUp, News
from kernel.types import new_id
from tests.service.kernel import reading


@dataclass(frozen=True)
class LampLit(News):
    """A lamp was lit."""

    lamp_id: UUID
    at: datetime
    watts: int = 5


def light(database: Database, count: int = 1) -> list[UUID]:
    lamps = [new_id() for _ in range(count)]
    for lamp in lamps:
        with database.unit_of_work() as uow:
            uow.tell(LampLit(lamp, uow.now))
    return lamps


def relay(database: Database, *follow_ups: FollowUp) -> int:
    with database.unit_of_work() as uow:
        return events.relay(uow, {LampLit.name: follow_ups})


def test_news_is_named_by_its_package_and_holds_plain_values() -> None:
    lamp, at = new_id(), datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert LampLit.name.endswith("test_relay.LampLit")
    assert LampLit(lamp, at).key == str(lamp)
    assert LampLit(lamp, at).body == {"lamp_id": str(lamp), "at": at.isoformat(), "watts": 5}


def test_each_follower_of_news_is_asked_with_its_key(database: Database) -> None:
    (lamp,) = light(database)
    assert relay(database, "lamps.count", "lamps.dim") == 1
    assert set(reading.due(database)) == {("lamps.count", str(lamp)), ("lamps.dim", str(lamp))}
    assert reading.waiting(database) == []


def test_news_that_nobody_follows_is_dropped(database: Database) -> None:
    light(database)
    assert relay(database) == 1
    assert (reading.waiting(database), reading.due(database)) == ([], {})


def test_wishes_for_the_same_chore_become_one_at_the_earliest_moment(database: Database) -> None:
    with database.unit_of_work() as uow:
        soon, late = uow.now + timedelta(minutes=1), uow.now + timedelta(hours=1)
    for at in (late, soon, late):
        with database.unit_of_work() as uow:
            uow.later("lamps.dim", "hall", at=at)
    with database.unit_of_work() as uow:
        uow.later("lamps.dim", "cellar", at=late)
    assert relay(database) == 4
    assert reading.due(database) == {("lamps.dim", "hall"): soon, ("lamps.dim", "cellar"): late}


def test_a_later_wish_does_not_put_off_an_earlier_one(database: Database) -> None:
    start = database.clock.now()
    for hours in (1, 2):
        with database.unit_of_work() as uow:
            uow.later("lamps.dim", "hall", at=start + timedelta(hours=hours))
        relay(database)
    assert reading.due(database) == {("lamps.dim", "hall"): start + timedelta(hours=1)}
    with database.unit_of_work() as uow:
        assert reading.a_due_chore(uow, "lamps.dim", "hall").generation == 2


def test_news_may_wait_for_its_moment(database: Database) -> None:
    with database.unit_of_work() as uow:
        at = uow.now + timedelta(seconds=30)
        uow.tell(LampLit(new_id(), uow.now), at=at)
    relay(database, "lamps.count")
    assert list(reading.due(database).values()) == [at]


def test_a_function_follows_with_the_body_and_asks_for_chores_itself(database: Database) -> None:
    def follow(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
        uow.later("lamps.bill", f"{news['lamp_id']}/{news['watts']}")

    (lamp,) = light(database)
    relay(database, follow)
    assert reading.due(database) == {}
    relay(database)
    assert list(reading.due(database)) == [("lamps.bill", f"{lamp}/5")]


def test_two_relays_do_not_wait_for_each_other_nor_share_a_row(database: Database) -> None:
    light(database, 3)
    with database.unit_of_work() as one, database.unit_of_work() as two:
        assert events.relay(one, {LampLit.name: ("lamps.count",)}) == 3
        assert events.relay(two, {LampLit.name: ("lamps.count",)}) == 0
    assert len(reading.due(database)) == 3


def test_relays_at_once_pass_each_row_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "RELAYED_MAX", 5)
    light(database, 60)
    seen: list[str] = []

    def follow(_uow: UnitOfWork, news: Mapping[str, Any]) -> None:
        seen.append(news["lamp_id"])

    def work(_: int) -> int:
        passed = 0
        while reading.waiting(database):
            passed += relay(database, follow, "lamps.count")
        return passed

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 60
    assert len(seen) == len(set(seen)) == 60
    assert len(reading.due(database)) == 60


def test_a_round_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RELAYED_MAX", 2)
    light(database, 3)
    assert [relay(database, "lamps.count") for _ in range(3)] == [2, 1, 0]


def test_a_crash_between_taking_and_asking_loses_nothing(database: Database) -> None:
    light(database, 2)
    with pytest.raises(KeyboardInterrupt), database.unit_of_work() as uow:
        assert events.relay(uow, {LampLit.name: ("lamps.count",)}) == 2
        raise KeyboardInterrupt
    assert (len(reading.waiting(database)), reading.due(database)) == (2, {})
    assert relay(database, "lamps.count") == 2
    assert len(reading.due(database)) == 2


def test_a_follower_that_fails_holds_up_nobody_and_is_tried_again(
    database: Database, clock: Clock
) -> None:
    broken, whole = light(database, 2)
    is_mended = False

    def follow(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
        uow.later("lamps.bill", news["lamp_id"])
        uow.audit("lamp.billed", news["lamp_id"])
        uow.session.add(ScheduleMark(name=news["lamp_id"], at=uow.now))
        if news["lamp_id"] == str(broken) and not is_mended:
            raise LookupError("no such customer")

    assert relay(database, follow, "lamps.count") == 2
    assert [row.name for row in reading.waiting(database)] == [LampLit.name, "lamps.bill"]
    assert list(reading.due(database)) == [("lamps.count", str(whole))]
    assert reading.acts(database) == ["lamp.billed"]
    assert reading.count(database, ScheduleMark) == 1

    is_mended = True
    assert relay(database, follow, "lamps.count") == 1, "the put back news waits a while"
    clock.advance(timedelta(seconds=PUT_BACK_SECONDS))
    assert relay(database, follow, "lamps.count") == 1
    relay(database)
    lamps = (str(broken), str(whole))
    assert set(reading.due(database)) == {
        (name, lamp) for name in ("lamps.bill", "lamps.count") for lamp in lamps
    }


def test_a_statement_that_fails_in_a_follower_spoils_no_other(database: Database) -> None:
    def follow(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
        uow.session.add(ScheduleMark(name="taken by the first", at=uow.now))

    light(database, 3)
    assert relay(database, follow) == 3
    assert reading.count(database, ScheduleMark) == 1
    assert len(reading.waiting(database)) == 2
