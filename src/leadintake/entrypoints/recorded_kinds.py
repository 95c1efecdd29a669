"""Calls and conversions as the HTTP API and the command line meet them, each described once.

What is recorded of a lead is told, shown and listed in one way, whatever it is; a description says what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from leadintake.entrypoints.schemas.company.recorded import (
    NewCallSchema,
    NewConversionSchema,
    told_call,
    told_conversion,
)
from leadintake.entrypoints.schemas.company.recorded_answers import (
    call_document,
    conversion_document,
    load_list_calls,
    load_list_conversions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from marshmallow import Schema

    from leadintake.bootstrap import Services
    from leadintake.domain.call import Call
    from leadintake.domain.company import CompanyId
    from leadintake.domain.conversion import Conversion
    from leadintake.domain.money import Currency
    from leadintake.domain.recording import Recording, RecordOne
    from leadintake.domain.use_cases.read_calls import ListCalls, ListConversions, Listed

One = TypeVar("One", "Call", "Conversion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[One]):
    """A kind of what is recorded.

    Shape: `name` is its word, in documents and in commands; `new` is the form of what is told of one, `tell` reads
    that into a command, `load_list` a query into one that lists; `document` is what is shown of one. The others find
    the use cases among all services.
    """

    name: str
    new: Schema
    tell: Callable[..., RecordOne]
    load_list: Callable[..., ListCalls | ListConversions]
    document: Callable[[One, Currency], dict[str, Any]]
    record: Callable[[Services], Callable[[Sequence[Any]], Sequence[Recording[One]]]]
    rehearse: Callable[[Services], Callable[[Sequence[Any]], Sequence[Recording[One]]]]
    list: Callable[[Services], Callable[[Any], Listed[One]]]
    read: Callable[[Services], Callable[[CompanyId, Any], One]]

    @property
    def plural(self) -> str:
        """Return the word for several."""
        return f"{self.name}s"


CALL: Final[Kind[Call]] = Kind(
    name="call",
    new=NewCallSchema(),
    tell=told_call,
    load_list=load_list_calls,
    document=call_document,
    record=lambda services: services.record_calls,
    rehearse=lambda services: services.rehearse_calls,
    list=lambda services: services.list_calls,
    read=lambda services: services.read_call,
)
CONVERSION: Final[Kind[Conversion]] = Kind(
    name="conversion",
    new=NewConversionSchema(),
    tell=told_conversion,
    load_list=load_list_conversions,
    document=conversion_document,
    record=lambda services: services.record_conversions,
    rehearse=lambda services: services.rehearse_conversions,
    list=lambda services: services.list_conversions,
    read=lambda services: services.read_conversion,
)
