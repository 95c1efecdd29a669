from __future__ import annotations

import json

import pytest

from leadintake.domain.phone import read_phone

from benchmarks.callers import Callers
from benchmarks.load.in_python import lead_body

CALLERS = Callers()
SOME = range(0, CALLERS.total, CALLERS.total // 2_000)


def test_every_number_is_one_that_the_product_accepts() -> None:
    """A refused lead is not stored, and the count would be wrong for a reason that is not the product's."""
    for n in SOME:
        parsed = read_phone(CALLERS.number(n), "US")

        assert parsed.notices == ()
        assert parsed.number.e164.startswith("+1")


def test_numbers_that_follow_each_other_differ() -> None:
    """A caller who comes again is an update, which is another kind of work than a new lead."""
    assert len({CALLERS.number(n) for n in range(20_000)}) == 20_000


def test_order_of_numbers_jumps_about() -> None:
    """Rising numbers would always be written at the end of an index, which real callers do not do."""
    numbers = [CALLERS.number(n) for n in range(1_000)]

    assert len({number[:5] for number in numbers}) > 100


def test_nobody_is_handed_out_twice() -> None:
    callers = Callers()

    assert (callers.take(10), callers.take(5), callers.take(1)) == (0, 10, 15)


def test_numbers_come_to_an_end() -> None:
    """Beginning again would turn new leads into updates without a word."""
    with pytest.raises(OverflowError):
        Callers().take(CALLERS.total + 1)


def test_products_stay_exact_in_lua() -> None:
    """Lua's numbers are doubles: beyond 2**53 two callers would become one."""
    assert CALLERS.total * CALLERS.stride < 2**53


def test_lead_has_seven_fields_beside_token_and_number() -> None:
    lead = json.loads(lead_body("lt_x", "(503) 234-5678", 7))

    assert (lead.pop("lead_token"), lead.pop("caller_id")) == ("lt_x", "(503) 234-5678")
    assert len(lead) == 7
