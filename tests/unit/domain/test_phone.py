"""What people type for a phone number, and what it is read as."""

from __future__ import annotations

from itertools import chain
from zoneinfo import available_timezones

import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from phonenumbers import timezone

from leadintake.domain.errors import InvalidCallerId
from leadintake.domain.phone import (
    MAX_PHONE_CHARACTERS,
    PhoneNumber,
    country_of,
    is_region,
    possible_time_zones,
    read_phone,
    time_zone_of,
)

TOLL_FREE = PhoneNumber("+18004506787")
LONDON = PhoneNumber("+442079460018")


def codes(text: str, region: str) -> list[str]:
    return [notice.code for notice in read_phone(text, region).notices]


@pytest.mark.parametrize(
    "text",
    [
        "+18004506787",
        " 18004506787",
        "8004506787",
        "(800) 450-6787",
        "1-800-450-6787",
        "1.800.450.6787",
        "+1/800/450/6787",
        "tel:+1-800-450-6787",
        "TEL:8004506787",
        "tel:450-6787;phone-context=+1-800",
        "++1 800 450 6787",
        "18004506787\r\n",
        "\t 1800 450 6787 ",
        "1\u00a0800\u202f450\u00a06787",
        "+1 (800) 450\u20116787",
        "\u202a+1 800 450 6787\u202c",
        "\ufeff8004506787",
        "８００４５０６７８７",
        "＋１（８００）４５０－６７８７",
        "٨٠٠٤٥٠٦٧٨٧",
        "011 1 800 450 6787",
        "8004506787 ext.",
        "8004506787 x",
        "8004506787,",
    ],
)
def test_every_usual_way_to_write_a_number_is_read_without_remark(text: str) -> None:
    """A lead must not be lost to the habits of a form, a contact book or a spreadsheet."""
    parsed = read_phone(text, "US")

    assert parsed.number == TOLL_FREE
    assert parsed.notices == ()


def test_trunk_prefix_in_brackets_is_no_digit_of_the_number() -> None:
    assert PhoneNumber.parse("+44 (0)20 7946 0018", "US") == LONDON


def test_region_may_be_written_small() -> None:
    assert PhoneNumber.parse("020 7946 0018", "gb") == LONDON


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("447911123456", "US", "+447911123456"),
        ("tel:447911123456", "US", "+447911123456"),
        (" 18004506787", "GB", "+18004506787"),
        ("18004506787", "GB", "+18004506787"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("(00)442079460018", "US", "+442079460018"),
        ("011 44 20 7946 0018", "GB", "+442079460018"),
        # Short enough for the region: only the blank says that there was a plus.
        (" 4520123456", "US", "+4520123456"),
    ],
)
def test_foreign_number_without_its_plus_is_read_with_a_notice(text: str, region: str, number: str) -> None:
    """A raw plus in a query string arrives as a blank; the guess has to be said aloud."""
    parsed = read_phone(text, region)

    assert parsed.number.e164 == number
    assert [notice.code for notice in parsed.notices] == ["phone_read_as_international"]


@pytest.mark.parametrize("text", ["4521234567", "202555014", "4520123456"])
def test_mistyped_number_at_home_is_not_answered_by_a_stranger_abroad(text: str) -> None:
    """With a plus each of these would be somebody's number, or nearly; nothing says that one was lost."""
    with pytest.raises(InvalidCallerId):
        PhoneNumber.parse(text, "US")


@pytest.mark.parametrize("text", ["80045067878", "87055501234"])
def test_one_digit_too_many_is_no_satellite_telephone(text: str) -> None:
    """+800, +870 and their like belong to no country, but 800 and 870 are area codes at home."""
    with pytest.raises(InvalidCallerId):
        PhoneNumber.parse(text, "US")


def test_number_valid_at_home_and_abroad_stays_at_home_with_a_notice() -> None:
    parsed = read_phone(" 18004506787", "DE")

    assert parsed.number.e164 == "+4918004506787"
    assert [notice.code for notice in parsed.notices] == ["phone_read_as_national"]


def test_blank_before_an_ordinary_number_needs_no_notice() -> None:
    assert codes(" 2025550143", "US") == []


@pytest.mark.parametrize(
    "text",
    [
        "8004506787 x123",
        "8004506787 ext. 5",
        "8004506787#123",
        "8004506787, 2",
        "+1 (800) 450-6787;ext=9",
        "8004506787;isub=12",
        "800-450-6787 / x12",
        "(800) 450-6787 x302/x2303",
    ],
)
def test_dropped_extension_is_said(text: str) -> None:
    """Whoever calls the lead back has to know that the number alone may reach a switchboard."""
    parsed = read_phone(text, "US")

    assert parsed.number == TOLL_FREE
    assert [notice.code for notice in parsed.notices] == ["extension_dropped"]


@pytest.mark.parametrize("text", ["1-800-FLOWERS", "800 flowers", "+1 (800) FLO-WERS", "1 800 356 WERS"])
def test_vanity_letters_are_dialled_and_said(text: str) -> None:
    parsed = read_phone(text, "US")

    assert parsed.number.e164 == "+18003569377"
    assert [notice.code for notice in parsed.notices] == ["phone_letters_read_as_digits"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "+",
        "x",
        "kittens",
        "12",
        "911",
        "call me 8004506787",
        "8004506787 (mobile)",
        "8004506787 or 2025550143",
        "8004506787, 2025550143",
        "8004506787/2025550143",
        "+18004506787 +18004506788",
        "8004506787a",
        "80O4506787",
        "8004506787;foo=bar",
        "tel:8004506787;phone-context=",
        "1.8004506787E10",
        "18004506787.0",
        "\x008004506787",
        "8004506787\x00",
        "🙂8004506787",
        "8004506787🙂",
        "8004506787\ud800",
        "1" * 17,
        "1" * 10_000,
        "+18004506787" + " " * MAX_PHONE_CHARACTERS,
    ],
)
def test_what_is_not_exactly_one_number_is_refused(text: str) -> None:
    """Cutting off what does not fit would enroll somebody whom nobody named."""
    with pytest.raises(InvalidCallerId):
        PhoneNumber.parse(text, "US")


def test_national_number_in_an_unknown_region_is_refused() -> None:
    with pytest.raises(InvalidCallerId):
        PhoneNumber.parse("8004506787", "ZZ")


def test_notices_name_the_parameter_they_are_about() -> None:
    assert read_phone("8004506787 x1", "US", field="mobile").notices[0].field == "mobile"
    assert read_phone("8004506787 x1", "US").notices[0].field == "caller_id"


def test_number_shows_itself_as_e164() -> None:
    assert str(TOLL_FREE) == "+18004506787"


nearly_numbers = st.lists(
    st.one_of(
        st.sampled_from(["+", "00", "011", "tel:", ";ext=", ";phone-context=", ";isub=", " x", "ext.", "/", "(", ")"]),
        st.sampled_from(["800", "450", "6787", "44", "7911123456", "1", "0", "\u00a0", "\u202a", "\ud800", "FLOWERS"]),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)


@given(text=st.one_of(st.text(), nearly_numbers), region=st.sampled_from(["US", "GB", "DE", "BR", "ZZ", ""]))
@example(text="tel:;phone-context=+", region="US")
@example(text=";phone-context=a", region="US")
def test_any_text_is_a_number_or_an_invalid_caller_id(text: str, region: str) -> None:
    """Text comes from strangers: one that raised anything else would be a 500 and a lead lost."""
    try:
        parsed = read_phone(text, region)
    except InvalidCallerId:
        return

    assert parsed.number.e164.startswith("+")
    assert parsed.number.e164[1:].isascii()
    assert parsed.number.e164[1:].isdecimal()


@given(text=st.from_regex(r"(\+|00|0)?[1-9][0-9]{6,13}", fullmatch=True), region=st.sampled_from(["US", "GB", "DE"]))
@example(text="+78001234567", region="DE")
@example(text="+390669812345", region="US")
@example(text="+5491123456789", region="GB")
def test_reading_a_number_again_gives_the_same_number_anywhere(text: str, region: str) -> None:
    """The number is our identity for a caller: it must survive storing, exporting and importing."""
    try:
        number = PhoneNumber.parse(text, region)
    except InvalidCallerId:
        return

    for other_region in ("US", "FR", "ZZ"):
        assert read_phone(number.e164, other_region).number == number
        assert read_phone(number.e164, other_region).notices == ()


def test_only_known_countries_are_regions() -> None:
    assert is_region("US")
    assert not any(map(is_region, ("us", "ZZ", "", "001", "USA")))


@pytest.mark.parametrize(
    ("e164", "country"),
    [("+18004506787", "US"), ("+12042345678", "CA"), ("+442079460018", "GB"), ("+80012345678", None)],
)
def test_country_is_that_of_the_number(e164: str, country: str | None) -> None:
    assert country_of(PhoneNumber(e164)) == country


def test_time_zone_is_told_only_when_there_is_one() -> None:
    """A guessed zone would let a call through at night."""
    assert time_zone_of(PhoneNumber("+12025550143")) == "America/New_York"
    assert time_zone_of(TOLL_FREE) is None
    assert time_zone_of(PhoneNumber("+80012345678")) is None


def test_possible_time_zones_are_all_of_them_and_known_to_the_clock() -> None:
    zones = possible_time_zones(TOLL_FREE)

    assert list(zones) == sorted(zones)
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(zones)
    assert set(chain(zones, possible_time_zones(LONDON))) <= available_timezones()
    assert possible_time_zones(PhoneNumber("+80012345678")) == ()


@given(st.integers(2_000_000_000, 9_999_999_999))
def test_zone_of_a_north_american_number_is_among_those_the_library_allows(national: int) -> None:
    """The shortcut past the number's type may only narrow what the library says, never contradict it."""
    number = phonenumbers.PhoneNumber(country_code=1, national_number=national)
    assume(phonenumbers.is_valid_number(number))
    allowed = set(timezone.time_zones_for_number(number)) - {"Etc/Unknown"}
    zones = set(possible_time_zones(PhoneNumber(f"+1{national}")))

    assert zones <= allowed
    assert bool(zones) == bool(allowed)


north_american = st.builds(
    lambda form, area, exchange, line: form.format(a=area, b=f"{exchange:03}", c=f"{line:04}"),
    st.sampled_from(
        [
            "{a}{b}{c}",
            "({a}) {b}-{c}",
            "1-{a}-{b}-{c}",
            "+1{a}{b}{c}",
            "+1 ({a}) {b}.{c}",
            "1+{a}{b}{c}",
            "{a}+{b}{c}",
            "-+1{a}{b}{c}",
            "(+1{a}){b}/{c}",
            "{a}{b}{c}--",
        ]
    ),
    st.integers(200, 999),
    st.integers(0, 999),
    st.integers(0, 9999),
)


@given(north_american, st.sampled_from(["US", "CA", "JM", "BS", "AG", "PR"]))
@settings(max_examples=500)
def test_north_american_digits_are_read_as_the_library_reads_them(text: str, region: str) -> None:
    """The shortcut for nearly all numbers must be one: the number is a person's identity."""
    try:
        number = phonenumbers.parse(text, region)
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        is_valid = phonenumbers.is_valid_number(number)
    except phonenumbers.NumberParseException:
        expected, is_valid = "", False
    try:
        found = read_phone(text, region).number.e164
    except InvalidCallerId:
        found = ""

    assert found == (expected if is_valid else "")


@given(st.integers(2_000_000_000, 9_999_999_999))
@settings(max_examples=500)
def test_country_of_a_north_american_number_is_the_librarys(national: int) -> None:
    """Twenty-five countries share the code; the shortcut for the first must not take another's numbers."""
    number = phonenumbers.PhoneNumber(country_code=1, national_number=national)
    try:
        country = country_of(read_phone(f"+1{national}", "US").number)
    except InvalidCallerId:
        country = None

    assert country == (phonenumbers.region_code_for_number(number) if phonenumbers.is_valid_number(number) else None)


@given(st.integers(2_000_000_000, 9_999_999_999))
@settings(max_examples=500)
def test_country_of_a_number_that_nobody_has_read_here_is_the_librarys(national: int) -> None:
    """Whoever tells of a lead by its id sends no number: it comes from the store, as another process has read it."""
    e164 = f"+1{national}"

    assert country_of(PhoneNumber(e164)) == phonenumbers.region_code_for_number(phonenumbers.parse(e164))


@given(st.sampled_from([1, 7, 39, 44, 47, 49, 61, 212, 262, 358, 590, 599]), st.integers(10_000_000, 9_999_999_999))
@settings(max_examples=500)
def test_number_exists_where_the_library_says_so(country_code: int, national: int) -> None:
    """Countries share codes, and the library's second look is left out for some of them."""
    try:
        is_read = bool(PhoneNumber.parse(f"+{country_code}{national}", "US"))
    except InvalidCallerId:
        is_read = False

    parsed = phonenumbers.parse(f"+{country_code}{national}", "US")
    assert is_read == phonenumbers.is_valid_number(parsed)
