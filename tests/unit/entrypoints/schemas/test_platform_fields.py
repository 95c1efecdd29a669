"""The platform fields: text in, typed values out, every fault at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.reserved_names import BOOLEANS, RESERVED, ValueKind
from leadintake.domain.reserving import FieldError
from leadintake.entrypoints.schemas.platform_fields import PlatformFieldsSchema, load_platform_fields


def value(name: str, text: str) -> object:
    """Return what a sound text is read as."""
    loaded = load_platform_fields({name: text})
    assert loaded.errors == ()
    return loaded.values[name]


def fault(name: str, text: str) -> str:
    """Return what is wrong with a text."""
    loaded = load_platform_fields({name: text})
    assert name not in loaded.values
    [error] = loaded.errors
    assert (error.code, error.field) == ("invalid_parameter", name)
    return error.message


FLAGS = [
    "restart_schedule",
    "update_only",
    "expire_existing",
    "delete_existing",
    "update_all_matching_leads",
    "unblock_contact",
    "opt_out",
    "blocked",
    "test",
]


class TestFlags:
    @pytest.mark.parametrize("name", FLAGS)
    @pytest.mark.parametrize(("text", "is_so"), BOOLEANS.items())
    def test_every_way_to_write_a_boolean_is_read(self, name: str, text: str, *, is_so: bool) -> None:
        assert value(name, text) is is_so
        assert value(name, text.upper()) is is_so

    @pytest.mark.parametrize("text", ["maybe", "2", "-1", "yess", "tru e", "1.0", "ja", "none"])
    def test_anything_else_is_no_guess(self, text: str) -> None:
        """A wish to be left alone must not hang on a guess."""
        assert fault("opt_out", text) == "is not yes or no: send true or false"

    def test_flattening_is_checked_and_not_handed_on(self) -> None:
        assert load_platform_fields({"auto_format_nested_fields": "no"}).values == {}
        assert fault("auto_format_nested_fields", "maybe")


class TestCounts:
    @pytest.mark.parametrize(
        ("name", "attribute", "text", "read"),
        [
            ("hours_to_expire", "leaves_plan_in", "1", timedelta(hours=1)),
            ("hours_to_expire", "leaves_plan_in", "24.0", timedelta(days=1)),
            ("hours_to_expire", "leaves_plan_in", "87672", timedelta(days=3653)),
            ("schedule_callback_in_seconds", "callback_in", "0", timedelta()),
            ("schedule_callback_in_seconds", "callback_in", "90", timedelta(seconds=90)),
            ("max_contact_attempts", "max_contact_attempts", "3", 3),
            ("apply_to", "applies_to_calls", "Calls", True),
        ],
    )
    def test_count_is_read_as_what_it_counts(self, name: str, attribute: str, text: str, read: object) -> None:
        loaded = load_platform_fields({name: text})

        assert (loaded.values, loaded.errors) == ({attribute: read}, ())

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("hours_to_expire", "0", "must be a whole number from 1 to 87672"),
            ("hours_to_expire", "1.5", "must be a whole number from 1 to 87672"),
            ("hours_to_expire", "87673", "must be a whole number from 1 to 87672"),
            ("hours_to_expire", "1e999999", "must be a whole number from 1 to 87672"),
            ("hours_to_expire", "soon", "is not a number"),
            ("max_contact_attempts", "0", "must be a whole number from 1 to 1000000"),
            ("max_contact_attempts", "-1", "must be a whole number from 1 to 1000000"),
            ("schedule_callback_in_seconds", "-1", "must be a whole number from 0 to 315619200"),
            ("apply_to", "leads", "can only be calls"),
        ],
    )
    def test_anything_else_is_refused(self, name: str, text: str, message: str) -> None:
        assert fault(name, text) == message


class TestMinutes:
    @pytest.mark.parametrize(
        ("text", "span"),
        [
            ("60", timedelta(hours=1)),
            ("60.0", timedelta(hours=1)),
            ("1e2", timedelta(minutes=100)),
            ("0.5", timedelta(seconds=30)),
            ("+1", timedelta(minutes=1)),
            ("5260320", timedelta(days=3653)),
            ("0.000001", timedelta(microseconds=60)),
            ("1e-9999", timedelta(microseconds=1)),
        ],
    )
    def test_decimal_minutes_are_a_span(self, text: str, span: timedelta) -> None:
        assert value("expires_in", text) == span

    @pytest.mark.parametrize("text", ["0", "-1", "-0.0", "5260320.01", "1e99"])
    def test_span_is_more_than_nothing_and_at_most_ten_years(self, text: str) -> None:
        assert fault("expires_in", text) == "must be more than 0 and at most ten years, in minutes"

    @pytest.mark.parametrize("text", ["soon", "1,5", "NaN", "sNaN", "Infinity", "-Infinity", "1:30", "0x10", "", "1 2"])
    def test_what_is_no_number_is_said_so(self, text: str) -> None:
        assert fault("expires_in", text) == "is not a number"

    @given(st.decimals("0.0001", "5260320", allow_nan=False, allow_infinity=False))
    def test_every_sound_span_is_within_ten_years(self, minutes: Decimal) -> None:
        span = value("expires_in", str(minutes))

        assert isinstance(span, timedelta)
        assert timedelta() < span <= timedelta(days=3653)


class TestPriority:
    @pytest.mark.parametrize(
        ("text", "priority"),
        [
            ("0", "0"),
            ("-2.50", "-2.5"),
            ("7.0000", "7"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("0.0001", "0.0001"),
            ("1000000", "1000000"),
        ],
    )
    def test_number_is_kept_exactly(self, text: str, priority: str) -> None:
        assert value("lead_priority", text) == Decimal(priority)

    @pytest.mark.parametrize("text", ["0.00001", "1.23456", "1e-9999"])
    def test_finer_steps_are_not_rounded_in_silence(self, text: str) -> None:
        assert fault("lead_priority", text) == "has more than four decimals"

    @pytest.mark.parametrize("text", ["1000000.0001", "-1e7", "1e999999"])
    def test_bounds_hold(self, text: str) -> None:
        assert fault("lead_priority", text) == "must lie between -1000000 and 1000000"


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2030-01-31T09:00:00Z",
            "2030-01-31T09:00:00.5+02:00",
            "2021-07-23 14:26:43 +0000",
            "2030-01-31",
            "2030-01-31 09:00",
        ],
    )
    def test_time_stays_text(self, text: str) -> None:
        """Only the company knows the zone of a time without an offset."""
        assert value("next_action_at", text) == text

    @pytest.mark.parametrize(
        "text", ["tomorrow", "31.01.2030", "2030-02-30", "2030-01-31T25:00", "1900000000", "9999-12-31T23:59-23:59"]
    )
    def test_what_is_no_time_is_told_how_one_is_written(self, text: str) -> None:
        assert "2030-01-31T09:00:00-05:00" in fault("next_action_at", text)


class TestSubId:
    def test_text_of_255_is_kept_and_longer_is_never_cut(self) -> None:
        assert value("sub_id", "x" * 255) == "x" * 255
        assert fault("sub_id", "x" * 256) == "must be at most 255 characters"


class TestTogether:
    def test_sound_fields_are_read_beside_faulty_ones(self) -> None:
        """Every fault is told at once, and the submission is kept with what could be read."""
        loaded = load_platform_fields({"expires_in": "soon", "test": "?", "sub_id": "A", "update_only": "1"})

        assert loaded.values == {"sub_id": "A", "update_only": True}
        assert set(loaded.errors) == {
            FieldError("invalid_parameter", "expires_in", "is not a number"),
            FieldError("invalid_parameter", "test", "is not yes or no: send true or false"),
        }

    def test_nothing_given_is_nothing_wrong(self) -> None:
        loaded = load_platform_fields({})

        assert (loaded.values, loaded.errors) == ({}, ())

    def test_frameworks_own_names_pass_by_in_silence(self) -> None:
        names = [name for name, entry in RESERVED.items() if entry.kind is ValueKind.IGNORED]

        loaded = load_platform_fields(dict.fromkeys(names, "x"))

        assert (loaded.values, loaded.errors) == ({}, ())


def test_every_supported_name_is_read_here() -> None:
    """What is reserved, said to be supported and read by nobody would be dropped without a word."""
    supported = {
        name
        for name, entry in RESERVED.items()
        if entry.is_supported and entry.kind not in {ValueKind.CREDENTIAL, ValueKind.IGNORED}
    }

    assert set(PlatformFieldsSchema().fields) == supported
