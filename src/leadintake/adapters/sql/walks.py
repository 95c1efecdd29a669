"""Walking tables in the order of their identifiers, which follow the clock: from a time, and not to the end of it.

A filter that few rows match would otherwise read all of a long table for a page of a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import func, select

from leadintake.adapters.sql.tables import to_microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Connection

# A clock that is set back leaves identifiers ahead of it.
_SLACK_MILLISECONDS: Final = 3_600_000
_MOST_MILLISECONDS: Final = 2**48 - 1


def of_time(
    column: Column[Any], *, begin: datetime | None, end: datetime | None, until: UUID | None = None
) -> list[ColumnElement[bool]]:
    """Return the bounds of the identifiers that can have been made in that time, its end exclusive.

    With them the primary key finds a time without reading all the others. `until` is the last one that is looked at, if
    others are left; it takes the place of the lower bound, for of two of them SQLite would go by the first.
    """
    conditions = []
    if until is not None:
        conditions.append(column >= until)
    elif begin is not None:
        conditions.append(column >= _id_of(begin, -_SLACK_MILLISECONDS))
    if end is not None:
        conditions.append(column < _id_of(end, _SLACK_MILLISECONDS))
    return conditions


def end_of_walk(
    connection: Connection,
    column: Column[Any],
    within: ColumnElement[bool],
    *,
    among: int,
    order: ColumnElement[Any] | None = None,
) -> UUID | None:
    """Return the last identifier that is looked at when so many are, downwards; None when that is all of them."""
    query = select(column).where(within).order_by(column.desc() if order is None else order).offset(among - 1).limit(2)
    last: list[UUID] = [*connection.execute(query).scalars()]
    # The second one says that something is left behind the first.
    return last[0] if len(last) > 1 else None


def sorted_downwards(column: Column[Any]) -> ColumnElement[Any]:
    """Return the order from the greatest on, made by sorting a few rows.

    Where the primary key gives the order, SQLite would rather walk along all of it than sort what another index finds.
    """
    return func.coalesce(column, column).desc()


def _id_of(instant: datetime, slack: int) -> UUID:
    """Return the least UUIDv7 of so many milliseconds after an instant; what is out of the range is at its end."""
    milliseconds = to_microseconds(instant) // 1_000 + slack
    return UUID(int=min(max(milliseconds, 0), _MOST_MILLISECONDS) << 80)
