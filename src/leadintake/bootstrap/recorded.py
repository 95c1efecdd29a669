"""Calls and conversions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadintake.domain.use_cases.correct_calls import correct_call, correct_conversion, reverse_conversion
from leadintake.domain.use_cases.read_calls import (
    ListCalls,
    ListConversions,
    Listed,
    list_calls,
    list_conversions,
    read_call,
    read_conversion,
)
from leadintake.domain.use_cases.record_calls import record_calls, record_conversions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.call import Call, CallId
    from leadintake.domain.call_recording import CorrectCall, RecordCall
    from leadintake.domain.company import CompanyId
    from leadintake.domain.conversion import Conversion, ConversionId
    from leadintake.domain.conversion_recording import CorrectConversion, RecordConversion, ReverseConversion
    from leadintake.domain.recording import Recording


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RecordedServices:
    """What is done with calls and conversions."""

    record_calls: Callable[[Sequence[RecordCall]], Sequence[Recording[Call]]]
    rehearse_calls: Callable[[Sequence[RecordCall]], Sequence[Recording[Call]]]
    list_calls: Callable[[ListCalls], Listed[Call]]
    read_call: Callable[[CompanyId, CallId], Call]
    correct_call: Callable[[CorrectCall], Recording[Call]]
    record_conversions: Callable[[Sequence[RecordConversion]], Sequence[Recording[Conversion]]]
    rehearse_conversions: Callable[[Sequence[RecordConversion]], Sequence[Recording[Conversion]]]
    list_conversions: Callable[[ListConversions], Listed[Conversion]]
    read_conversion: Callable[[CompanyId, ConversionId], Conversion]
    correct_conversion: Callable[[CorrectConversion], Recording[Conversion]]
    reverse_conversion: Callable[[ReverseConversion], Recording[Conversion]]


def wire_recorded(ports: Ports) -> RecordedServices:
    """Bind what is done with calls and conversions to these ports."""
    record = partial(
        record_calls,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    convert = partial(
        record_conversions,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    return RecordedServices(
        record_calls=record,
        rehearse_calls=partial(record, is_rehearsal=True),
        list_calls=partial(list_calls, reading=ports.reading),
        read_call=partial(read_call, reading=ports.reading),
        correct_call=partial(correct_call, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id),
        record_conversions=convert,
        rehearse_conversions=partial(convert, is_rehearsal=True),
        list_conversions=partial(list_conversions, reading=ports.reading),
        read_conversion=partial(read_conversion, reading=ports.reading),
        correct_conversion=partial(
            correct_conversion, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id
        ),
        reverse_conversion=partial(
            reverse_conversion, unit_of_work=ports.unit_of_work, clock=ports.clock, new_id=ports.new_id
        ),
    )
