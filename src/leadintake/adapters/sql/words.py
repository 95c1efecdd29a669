"""What the two databases say differently where statements are put together: in reports, and in counting anew."""

# ruff: noqa: S608 - the statements are put together from our own names; what was given is a parameter

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import text

from leadintake.adapters.sql.tables import to_microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_A_QUARTER_IN_MICROSECONDS: Final = 900_000_000


class Words(NamedTuple):
    """What one of them says.

    Shape: those with braces are templates; `lateral` and `unflattened` are empty where a database needs no such word.
    """

    lateral: str
    unflattened: str
    bytewise: str
    quarter: str
    token: str
    whole: str
    real: str
    true: str
    some_id: str
    same: str
    is_one_of: str
    is_one_of_few: str

    def as_whole(self, value: str) -> str:
        """Return a sum as a whole number: PostgreSQL's sums are numerics."""
        return self.whole.format(value=value)

    def instant(self, at: datetime) -> Any:  # noqa: ANN401 - as the database keeps it
        """Return an instant as a parameter."""
        return at if self.lateral else to_microseconds(at)

    def rows(self, parameter: str, columns: Sequence[str]) -> str:
        """Return a JSON parameter, a list of lists of numbers, as rows with these columns."""
        if self.lateral:
            fields = ", ".join(f"CAST(item ->> {place} AS integer) AS {name}" for place, name in enumerate(columns))
            return f"(SELECT {fields} FROM jsonb_array_elements(CAST(:{parameter} AS jsonb)) AS items(item))"
        fields = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
        return f"(SELECT {fields} FROM json_each(:{parameter}))"

    def among(self, column: str, parameter: str, *, is_number: bool = False) -> str:
        """Return the condition that a column has one of the values of a JSON list, in which there is no null."""
        if self.lateral:
            item = "CAST(item AS integer)" if is_number else "item"
            items = f"jsonb_array_elements_text(CAST(:{parameter} AS jsonb)) AS items(item)"
            return f"{column} IN (SELECT {item} FROM {items})"
        return f"{column} IN (SELECT value FROM json_each(:{parameter}))"


WORDS: Final = {
    "postgresql": Words(
        lateral="LATERAL ",
        # Else the planner may read the whole table to join it with a few ranges.
        unflattened=" OFFSET 0",
        bytewise=' COLLATE "C"',
        quarter="CAST(floor(extract(epoch FROM {column}) / 900) AS integer)",
        token="leads.tokens ->> :token{place}",  # noqa: S106 - a column
        whole="CAST({value} AS bigint)",
        real="CAST({value} AS double precision)",
        true="true",
        some_id="gen_random_uuid()",
        same="IS NOT DISTINCT FROM",
        # Said like this, the series are looked up once and kept in a table of hashes; a plain condition may become a
        # join that the planner does anew for each row. The rows are read in their order, by no index of series.
        is_one_of="({column} IN ({found})) IS TRUE",
        is_one_of_few="{column} = ANY (ARRAY({found}))",
    ),
    "sqlite": Words(
        lateral="",
        unflattened="",
        bytewise="",
        quarter=f"({{column}} / {_A_QUARTER_IN_MICROSECONDS})",
        token="json_extract(leads.tokens, '$.\"' || :token{place} || '\"')",  # noqa: S106 - likewise
        whole="{value}",
        real="CAST({value} AS REAL)",
        true="1",
        some_id="lower(hex(randomblob(16)))",
        same="IS",
        is_one_of="{column} IN ({found})",
        is_one_of_few="{column} IN ({found})",
    ),
}


def compile_nothing(connection: Connection) -> None:
    """Keep PostgreSQL from compiling the transaction's statements: that takes longer than running them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL jit = off"))
