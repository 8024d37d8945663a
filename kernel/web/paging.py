"""Cursor paging: the next page begins after the last key shown, however the list has grown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kernel.errors import Refused

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Hold one page of rows and the cursor of the next, None at the end."""

    items: Sequence[Item]
    next_cursor: str | None


def page(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[UUID],
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> Page[Any]:
    """Return the rows after the cursor in key order: one statement whatever the depth."""
    if cursor:
        try:
            after = UUID(cursor)
        except ValueError:
            raise Refused("cursor_invalid", "This cursor is not one we gave out.") from None
        query = query.where(key < after if newest_first else key > after)
    order = key.desc() if newest_first else key
    rows = session.scalars(query.order_by(order).limit(limit + 1)).all()
    more = len(rows) > limit
    last = str(getattr(rows[limit - 1], key.key)) if more else None
    return Page(rows[:limit], last)
