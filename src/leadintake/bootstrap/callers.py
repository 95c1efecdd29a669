"""Callers: operations on them, their wishes, and their erasure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from leadintake.domain.use_cases.erase_callers import (
    EraseCallers,
    ErasedPerson,
    Eraser,
    count_submissions,
    erase_again,
    erase_callers,
    list_erasures,
)
from leadintake.domain.use_cases.operate_on_callers import operate_on_callers
from leadintake.domain.use_cases.read_callers import CallerRecord, ListLeftAlone, list_left_alone, read_caller
from leadintake.domain.use_cases.undo_wishes import UndoneWishes, UndoWishes, undo_wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadintake.bootstrap.ports import Ports
    from leadintake.domain.company import CompanyId
    from leadintake.domain.erasure import Erasure
    from leadintake.domain.operations import OperateOnCaller, OperationDecision
    from leadintake.domain.phone import PhoneNumber
    from leadintake.domain.ports import ContactPage
    from leadintake.domain.use_cases.paging import Page, Window


class EraseThem(Protocol):
    """`erase_callers` with its ports bound."""

    def __call__(
        self, command: EraseCallers, *, advance: Callable[[int], None] = lambda _count: None
    ) -> Sequence[ErasedPerson]:
        """Destroy all that a company keeps of these callers."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CallerServices:
    """What is done with callers."""

    operate_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    rehearse_on_callers: Callable[[Sequence[OperateOnCaller]], Sequence[OperationDecision]]
    list_left_alone: Callable[[ListLeftAlone], ContactPage]
    read_caller: Callable[[CompanyId, PhoneNumber], CallerRecord]
    undo_wishes: Callable[[UndoWishes], UndoneWishes]
    erase_callers: EraseThem
    erase_again: Callable[[], int]
    list_erasures: Callable[[CompanyId, Window], Page[Erasure]]
    count_submissions: Callable[[CompanyId], int]


def wire_callers(ports: Ports) -> CallerServices:
    """Bind what is done with callers to these ports."""
    operate = partial(
        operate_on_callers,
        unit_of_work=ports.unit_of_work,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    eraser = Eraser(
        unit_of_work=ports.unit_of_work,
        reading=ports.reading,
        installation=ports.installation,
        journal=ports.journal,
        keyring=ports.keyring,
        clock=ports.clock,
        new_id=ports.new_id,
    )
    return CallerServices(
        operate_on_callers=operate,
        rehearse_on_callers=partial(operate, is_rehearsal=True),
        list_left_alone=partial(list_left_alone, reading=ports.reading),
        read_caller=partial(read_caller, reading=ports.reading, clock=ports.clock),
        undo_wishes=partial(
            undo_wishes,
            reading=ports.reading,
            unit_of_work=ports.unit_of_work,
            clock=ports.clock,
            new_id=ports.new_id,
        ),
        erase_callers=partial(erase_callers, eraser=eraser),
        erase_again=partial(erase_again, eraser=eraser),
        list_erasures=partial(list_erasures, reading=ports.reading),
        count_submissions=partial(count_submissions, reading=ports.reading),
    )
