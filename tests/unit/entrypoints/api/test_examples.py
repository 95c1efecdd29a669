"""Values in samples: whatever an offer asks for, the sample that it gets is one that it takes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.contact_field import PATTERNS, FieldType
from leadintake.entrypoints.api.openapi.examples import OF_PATTERN, example_lead, example_of

from tests.support.builders import a_contact_field

REGIONS = ["US", "CA", "GB", "DE"]


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_has_an_example(name: str) -> None:
    assert PATTERNS[name].fullmatch(OF_PATTERN[name])


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("kind", FieldType)
def test_every_type_has_an_example_in_every_region(kind: FieldType, region: str) -> None:
    field = a_contact_field(type=kind)

    assert field.fault(example_of(field, region=region), region=region) is None


@given(st.integers(1, 300), st.integers(0, 300))
def test_text_is_as_long_as_it_must_be(least: int, more: int) -> None:
    field = a_contact_field(type=FieldType.TEXT, minimum=Decimal(least), maximum=Decimal(least + more))

    assert field.fault(example_of(field, region="US"), region="US") is None


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.sampled_from([FieldType.NUMBER, FieldType.INTEGER]))
def test_number_is_within_its_bounds(least: int, more: int, kind: FieldType) -> None:
    field = a_contact_field(type=kind, minimum=Decimal(least), maximum=Decimal(least + more))

    assert field.fault(example_of(field, region="US"), region="US") is None


def test_choices_come_first() -> None:
    field = a_contact_field(choices=("puppies", "kittens"))

    assert example_of(field, region="US") == "puppies"


def test_lead_without_contact_fields_has_a_token_all_the_same() -> None:
    assert example_lead([], region="US") == {"caller_id": "+12025550143", "interest": "kittens"}
