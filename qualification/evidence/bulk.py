"""Send many rows in one statement whose text never changes, so that nothing is compiled anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, cast, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias

from kernel.db import Base


def table(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> TableValuedAlias:
    """Return rows as a table to select from: one array for each column, unnested side by side.

    Every row has the same keys, which are columns of the model and lend their types.
    """
    names = list(rows[0])
    types = {name: model.__table__.c[name].type for name in names}
    arrays = [
        cast(
            bindparam(None, [row[name] for row in rows], type_=ARRAY(types[name])),
            ARRAY(types[name]),
        )
        for name in names
    ]
    shape = [column(name, types[name]) for name in names]
    return func.unnest(*arrays).table_valued(*shape, name="given").render_derived()
