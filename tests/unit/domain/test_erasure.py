"""A number is found in what people wrote, and another number is not taken for it."""

from __future__ import annotations

import pytest

from leadintake.domain.company import CompanyId
from leadintake.domain.erasure import Mentions, Removed, caller_data

from tests.support.builders import ADA, BEN, EVE


@pytest.mark.parametrize(
    "text",
    [
        "+12025550143",
        "12025550143",
        "2025550143",
        "(202) 555-0143",
        "call 202.555.0143 now",
        "caller_id=%2B12025550143&interest=kittens",
        '{"phone": "1 202 555 0143"}',
        "0012025550143",
    ],
)
def test_number_is_found_however_it_is_written(text: str) -> None:
    """Else what it stands in would outlive an erasure."""
    assert Mentions(ADA).are_in(text)


@pytest.mark.parametrize("text", ["+12025550144", "120255501439", "99912025550143", "202555", "", "2025550 and 143"])
def test_another_number_is_not_taken_for_it(text: str) -> None:
    assert not Mentions(ADA).are_in(text)


def test_number_from_abroad_is_found_with_and_without_its_country() -> None:
    for text in ("+44 20 7946 0018", "020 7946 0018", "+44 (0)20 7946 0018"):
        assert Mentions(EVE).are_in(text)


def test_same_person_is_another_in_another_company() -> None:
    """Two companies must not be able to compare whom they have erased."""
    made = {caller_data(CompanyId(company), caller) for company in (1, 11) for caller in (ADA, BEN)}

    assert len(made) == 4


def test_total_counts_every_kind() -> None:
    assert Removed(contacts=1, leads=2, samples=4).total == 7
