"""Calls and conversions as the HTTP API and the command line meet them, each described once.

What is recorded of a lead is told, shown and listed in one way, whatever it is; a description says what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from leadintake.domain.call_recording import RecordCall
from leadintake.domain.conversion_recording import RecordConversion
from leadintake.entrypoints.schemas.company.recorded import NEW_CALL, NEW_CONVERSION, NewRecordSchema, told
from leadintake.entrypoints.schemas.company.recorded_answers import (
    call_document,
    conversion_document,
    load_list_calls,
    load_list_conversions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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

    Shape: `name` is its word, in documents and in commands; `new` is the form of what is told of one, `command` what
    it is read into; `load_list` reads a query into the command that lists; `document` is what is shown of one. The
    others find the use cases among all services.
    """

    name: str
    new: NewRecordSchema
    command: type[RecordOne]
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

    def tell(self, given: Mapping[str, Any], **by: Any) -> RecordOne:  # noqa: ANN401 - as `told` has them
        """Return what is told of one, as `told` reads it."""
        return told(self.command, self.new, given, **by)


CALL: Final[Kind[Call]] = Kind(
    name="call",
    new=NEW_CALL,
    command=RecordCall,
    load_list=load_list_calls,
    document=call_document,
    record=lambda services: services.record_calls,
    rehearse=lambda services: services.rehearse_calls,
    list=lambda services: services.list_calls,
    read=lambda services: services.read_call,
)
CONVERSION: Final[Kind[Conversion]] = Kind(
    name="conversion",
    new=NEW_CONVERSION,
    command=RecordConversion,
    load_list=load_list_conversions,
    document=conversion_document,
    record=lambda services: services.record_conversions,
    rehearse=lambda services: services.rehearse_conversions,
    list=lambda services: services.list_conversions,
    read=lambda services: services.read_conversion,
)
