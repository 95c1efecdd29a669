"""Claims: what can be said about a submission before its caller is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadintake.domain.attribution import Attribution, TrafficSourceId
from leadintake.domain.claims import Claim, Reach, examine, read_time
from leadintake.domain.contact_field import ContactField, FieldType
from leadintake.domain.credential import LeadTokenId, TokenGrant
from leadintake.domain.errors import (
    AmbiguousParameter,
    ContactFieldInvalid,
    InvalidCallerId,
    InvalidParameter,
    MissingCallerId,
    Refusal,
    SchedulePaused,
    TooManyTokens,
    TrafficSourcePaused,
    TrafficSourceRequired,
    UnknownLeadToken,
)
from leadintake.domain.notice import Notice
from leadintake.domain.owner import OfferId, ScheduleId
from leadintake.domain.owner_rules import OwnerRules
from leadintake.domain.parameter_text import FieldError

from tests.support.builders import (
    ADA,
    EVE,
    NOW,
    OFFER,
    SCHEDULE,
    a_company,
    a_contact_field,
    a_directory,
    a_receipt,
    a_schedule,
    a_traffic_source,
    an_enroll_lead,
    an_offer,
)

if TYPE_CHECKING:
    from leadintake.domain.directory import Directory
    from leadintake.domain.owner import OwnerRef

TOKENS = {SCHEDULE: LeadTokenId(UUID(int=1)), OFFER: LeadTokenId(UUID(int=2))}
PAUSED_SOURCE = TrafficSourceId(1001)
DIRECTORY = a_directory(
    schedules={ScheduleId(1): a_schedule()},
    offers={OfferId(1): an_offer()},
    traffic_sources={
        TrafficSourceId(1000): a_traffic_source(),
        PAUSED_SOURCE: a_traffic_source(id=PAUSED_SOURCE, paused_at=NOW),
    },
    lead_tokens={token: TokenGrant(owner=owner) for owner, token in TOKENS.items()},
)


def examined(
    *,
    directory: Directory = DIRECTORY,
    owner: OwnerRef = SCHEDULE,
    **fields: Any,  # noqa: ANN401 - any field of the command
) -> Claim | Refusal:
    """Examine Ada's submission under that owner."""
    command = an_enroll_lead(receipt=a_receipt(lead_token_id=TOKENS[owner]), **fields)
    return examine(command, directory)


def claimed(**fields: Any) -> Claim:  # noqa: ANN401 - as above
    """Examine a submission that is sound."""
    claim = examined(**fields)
    assert isinstance(claim, Claim), claim
    return claim


def codes(notices: tuple[Notice, ...]) -> list[str]:
    return [notice.code for notice in notices]


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", [SCHEDULE, OFFER])
def test_lead_token_names_the_owner(owner: OwnerRef) -> None:
    assert claimed(owner=owner).owner.ref == owner


def test_token_that_was_revoked_meanwhile_looks_like_any_unknown_one() -> None:
    """It was known when the request came in; by now it is dead."""
    assert examined(directory=replace(DIRECTORY, lead_tokens={})) == UnknownLeadToken()


def test_token_of_an_owner_that_is_gone_is_unknown() -> None:
    assert examined(directory=replace(DIRECTORY, schedules={})) == UnknownLeadToken()


def test_unknown_token_is_told_before_anything_else() -> None:
    """Who has no token learns nothing about what is sound."""
    refusal = examined(directory=replace(DIRECTORY, lead_tokens={}), caller_id=None, next_action_at="never")

    assert refusal == UnknownLeadToken()


# --- whom it is about -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["+12025550143", "(202) 555-0143", "1-202-555-0143"])
def test_caller_is_read_in_the_companys_region(text: str) -> None:
    assert claimed(caller_id=text).caller == ADA


def test_region_is_the_companys_own() -> None:
    british = replace(DIRECTORY, company=a_company(region="GB"))

    assert claimed(directory=british, caller_id="020 7946 0018").caller == EVE
    assert examined(directory=british, caller_id="(202) 555-0143") == InvalidCallerId()


def test_what_was_guessed_about_the_number_is_said() -> None:
    own = Notice("renamed_token", "Age", "It is kept as age.")

    claim = claimed(caller_id="+1 202 555 0143 ext. 9", notices=(own,))

    assert codes(claim.notices) == ["renamed_token", "extension_dropped"]


@pytest.mark.parametrize("text", ["12", "kittens", "+1 202 555", "000"])
def test_caller_who_cannot_exist_is_refused(text: str) -> None:
    refusal = examined(caller_id=text)

    assert refusal == InvalidCallerId()
    assert isinstance(refusal, Refusal)
    assert refusal.errors == {"caller_id": ("is not a valid phone number",)}


def test_caller_must_be_given() -> None:
    refusal = examined(caller_id=None)

    assert refusal == MissingCallerId()
    assert isinstance(refusal, Refusal)
    assert refusal.errors == {"caller_id": ("is required",)}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FieldError("ambiguous_parameter", "caller_id", "was given more than once"), AmbiguousParameter),
        (FieldError("too_many_tokens", "tokens", "are more than 200"), TooManyTokens),
    ],
)
def test_caller_who_was_given_or_never_looked_for_is_not_missing(error: FieldError, kind: type[Refusal]) -> None:
    """Two contradicting numbers are not none, and a heap of parameters is not searched for one."""
    refusal = examined(caller_id=None, errors=(error,))

    assert type(refusal) is kind
    assert isinstance(refusal, Refusal)
    assert refusal.errors == {error.field: (error.message,)}


# --- what is wrong with it --------------------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once() -> None:
    """A form builder's user mends all of it in one go, or gives up."""
    errors = (
        FieldError("invalid_parameter", "sub_id", "is too long"),
        FieldError("invalid_parameter", "sub_id", "is odd"),
        FieldError("ambiguous_parameter", "expires_in", "was given twice"),
    )

    refusal = examined(caller_id="12", next_action_at="tomorrow", errors=errors)

    assert isinstance(refusal, InvalidCallerId)
    assert refusal.errors == {
        "caller_id": ("is not a valid phone number",),
        "sub_id": ("is too long", "is odd"),
        "expires_in": ("was given twice",),
        "next_action_at": ("is not a time; send ISO 8601 with an offset",),
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ambiguous_parameter", AmbiguousParameter),
        ("too_many_tokens", TooManyTokens),
        ("invalid_caller_id", InvalidCallerId),
        ("invalid_parameter", InvalidParameter),
    ],
)
def test_code_is_that_of_the_first_error(code: str, kind: type[Refusal]) -> None:
    first, second = FieldError(code, "sub_id", "is wrong"), FieldError("invalid_parameter", "email", "is odd")

    assert type(examined(errors=(first, second))) is kind


def test_fault_in_the_caller_goes_before_all_others() -> None:
    """It is what clients look for: without a number there is no lead."""
    errors = (
        FieldError("invalid_parameter", "sub_id", "is too long"),
        FieldError("ambiguous_parameter", "caller_id", "was given more than once"),
    )

    refusal = examined(caller_id=None, errors=errors)

    assert isinstance(refusal, AmbiguousParameter)
    assert list(refusal.errors) == ["caller_id", "sub_id"]


def test_form_is_judged_before_the_business() -> None:
    """Whoever mends a paused schedule must not find out only then that the number was wrong all along."""
    paused = replace(DIRECTORY, schedules={ScheduleId(1): a_schedule(paused_at=NOW)})

    assert examined(directory=paused, caller_id="12") == InvalidCallerId()


# --- what its owner says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", [SCHEDULE, OFFER])
def test_paused_owner_takes_no_leads(owner: OwnerRef) -> None:
    paused = replace(
        DIRECTORY, schedules={ScheduleId(1): a_schedule(paused_at=NOW)}, offers={OfferId(1): an_offer(paused_at=NOW)}
    )

    assert examined(directory=paused, owner=owner) == SchedulePaused()


@pytest.mark.parametrize("wish", ["opt_out", "blocked"])
@pytest.mark.parametrize(
    "closed",
    [
        {"directory": replace(DIRECTORY, schedules={ScheduleId(1): a_schedule(paused_at=NOW)})},
        {"directory": replace(DIRECTORY, schedules={ScheduleId(1): a_schedule(requires_traffic_source=True)})},
        {"traffic_source_id": "1001"},
    ],
    ids=["paused owner", "source required", "paused source"],
)
def test_wish_to_be_left_alone_is_heard_by_who_takes_no_leads(wish: str, closed: dict[str, Any]) -> None:
    """An opted-out caller is never contacted; that a campaign rests is no reason to forget the wish."""
    assert claimed(**closed, **{wish: True}).changes_contact


@pytest.mark.parametrize("wish", ["opt_out", "blocked"])
def test_wish_to_be_left_alone_needs_a_number_and_nothing_else(wish: str) -> None:
    """What is wrong beside it is told and left out: refusing it all would forget the wish."""
    fault = FieldError("invalid_parameter", "expires_in", "is not a number")
    claim = claimed(errors=(fault,), next_action_at="soon", **{wish: True})

    assert claim.changes_contact
    assert [(notice.code, notice.field) for notice in claim.notices] == [
        ("invalid_parameter", "expires_in"),
        ("invalid_parameter", "next_action_at"),
    ]


def test_wish_without_a_number_is_refused() -> None:
    assert isinstance(examined(caller_id="nobody", opt_out=True), InvalidCallerId)


# --- who sent it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "sub_id", "attribution"),
    [
        (None, None, Attribution()),
        (None, "creative-A", Attribution(None, "creative-A")),
        ("1000", None, Attribution(TrafficSourceId(1000))),
        ("1000", "creative-A", Attribution(TrafficSourceId(1000), "creative-A")),
    ],
)
def test_lead_is_counted_under_source_and_sub_id(
    named: str | None, sub_id: str | None, attribution: Attribution
) -> None:
    claim = claimed(traffic_source_id=named, sub_id=sub_id)

    assert claim.attribution == attribution
    assert (claim.has_unknown_source, claim.notices) == (False, ())


@pytest.mark.parametrize(
    "named", ["999", "1002", "kittens", "-1000", "1000.5", "\u0661\u0660\u0660\u0660", "\u00b9", "9" * 5_000]
)
def test_unknown_source_is_a_warning(named: str) -> None:
    """A lead is worth more than a well-kept list of sources."""
    claim = claimed(traffic_source_id=named, sub_id="creative-A")

    assert claim.attribution == Attribution(None, "creative-A")
    assert claim.has_unknown_source
    assert [(notice.code, notice.field) for notice in claim.notices] == [
        ("unknown_traffic_source", "traffic_source_id")
    ]


@pytest.mark.parametrize("named", [None, "1002"])
def test_owner_can_insist_on_a_known_source(named: str | None) -> None:
    strict = replace(DIRECTORY, schedules={ScheduleId(1): a_schedule(requires_traffic_source=True)})

    refusal = examined(directory=strict, traffic_source_id=named)

    assert isinstance(refusal, TrafficSourceRequired)
    assert list(refusal.errors) == ["traffic_source_id"]
    assert isinstance(examined(directory=strict, traffic_source_id="1000"), Claim)


def test_paused_source_is_refused() -> None:
    refusal = examined(traffic_source_id="1001")

    assert isinstance(refusal, TrafficSourcePaused)
    assert list(refusal.errors) == ["traffic_source_id"]


# --- plans ------------------------------------------------------------------------------------------------------------

PLAN = {"restart_schedule": True, "leaves_plan_in": timedelta(hours=1), "max_contact_attempts": 3}
PLAN_NAMES = ["restart_schedule", "hours_to_expire", "max_contact_attempts"]


def test_schedule_has_a_plan_to_restart_and_to_leave() -> None:
    assert claimed(**PLAN).notices == ()


def test_offer_has_none_and_the_sender_is_told() -> None:
    notices = claimed(owner=OFFER, **PLAN).notices

    assert [(notice.code, notice.field) for notice in notices] == [
        ("unsupported_parameter", name) for name in PLAN_NAMES
    ]


def test_create_or_update_is_told_when_it_is_known_whose_lead_was_found() -> None:
    """The lead that an offer's token finds may well be a schedule's, which has a plan."""
    assert claimed(owner=OFFER, reach=Reach.OFFER, **PLAN).notices == ()


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_callback_is_read_in_the_companys_zone() -> None:
    directory = replace(DIRECTORY, company=a_company(time_zone="America/New_York"))

    claim = claimed(directory=directory, schedule_callback_at="2026-03-01T09:00:00")

    assert claim.callback_at == datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


def test_callback_that_is_no_time_is_refused_beside_the_next_action() -> None:
    refusal = examined(schedule_callback_at="soon", next_action_at="later")

    assert isinstance(refusal, InvalidParameter)
    assert set(refusal.errors) == {"schedule_callback_at", "next_action_at"}


def test_callback_said_in_two_ways_is_told() -> None:
    claim = claimed(schedule_callback_at="2026-03-01T09:00:00Z", callback_in=timedelta(seconds=1))

    assert [(notice.code, notice.field) for notice in claim.notices] == [
        ("callback_given_twice", "schedule_callback_in_seconds")
    ]


# --- wishes and what lifts them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"opt_out": True, "unblock_contact": True},
        {"opt_out": True, "blocked": False},
        {"blocked": True, "opt_out": False},
    ],
    ids=str,
)
def test_wish_goes_before_what_would_lift_it(fields: dict[str, bool]) -> None:
    claim = claimed(**fields)

    assert claim.changes_contact
    assert codes(claim.notices) == ["lifting_ignored"]


@pytest.mark.parametrize("fields", [{"opt_out": False}, {"blocked": False}, {"unblock_contact": True}], ids=str)
def test_what_lifts_is_no_wish(fields: dict[str, bool]) -> None:
    claim = claimed(**fields)

    assert not claim.changes_contact
    assert claim.notices == ()


# --- the length of a number -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lengths", "caller_id", "message"),
    [
        ((10, 10), ADA.e164, None),
        ((10, 11), ADA.e164, None),
        ((10, 10), EVE.e164, None),
        ((7, 9), ADA.e164, "must have 7 to 9 digits here"),
        ((11, 11), ADA.e164, "must have 11 digits here"),
        ((10, 10), "+4930123456", "must have 10 digits here"),
    ],
)
def test_number_has_as_many_digits_as_the_owner_takes(
    lengths: tuple[int, int], caller_id: str, message: str | None
) -> None:
    """What counts is the number as it is dialled there, without the country's own digits."""
    found = examined(directory=ruled(phone_lengths=lengths), caller_id=caller_id)

    if message is None:
        assert isinstance(found, Claim)
    else:
        assert found == InvalidCallerId(errors={"caller_id": [message]})


# --- contact fields ---------------------------------------------------------------------------------------------------

ZIP = a_contact_field(type=FieldType.ZIP, required=True)
AGE = a_contact_field(key="age", type=FieldType.INTEGER, minimum=Decimal(18))


def ruled(*, fields: tuple[ContactField, ...] = (), **rules: Any) -> Directory:  # noqa: ANN401 - any rule
    """Return a directory whose schedule, of the offer, has these rules."""
    schedule = a_schedule(offer_id=OfferId(1), rules=OwnerRules(**rules))
    return replace(DIRECTORY, schedules={ScheduleId(1): schedule}, contact_fields={OfferId(1): fields})


def test_lead_tokens_are_what_the_offers_fields_ask_for() -> None:
    directory = ruled(fields=(ZIP, AGE), enforces_contact_fields=True)

    assert isinstance(examined(directory=directory, tokens={"zip": "90210", "age": "44", "other": "x"}), Claim)


def test_every_field_at_fault_is_named_with_its_code() -> None:
    directory = ruled(fields=(ZIP, AGE), enforces_contact_fields=True)

    refusal = examined(directory=directory, tokens={"age": "17"})

    assert isinstance(refusal, ContactFieldInvalid)
    assert refusal.errors == {"zip": ("is required",), "age": ("must be at least 18",)}
    assert refusal.error_codes == {"zip": ("required",), "age": ("too_small",)}


def test_other_faults_are_told_with_those_of_the_fields() -> None:
    directory = ruled(fields=(ZIP,), enforces_contact_fields=True)
    given = FieldError("invalid_parameter", "expires_in", "is not a number")

    refusal = examined(directory=directory, errors=(given,))

    assert isinstance(refusal, InvalidParameter)
    assert refusal.error_codes == {"expires_in": ("invalid_parameter",), "zip": ("required",)}


def test_missing_number_goes_before_missing_fields() -> None:
    directory = ruled(fields=(ZIP,), enforces_contact_fields=True)

    refusal = examined(directory=directory, caller_id=None)

    assert isinstance(refusal, MissingCallerId)
    assert list(refusal.errors) == ["caller_id", "zip"]


def test_fields_that_are_not_enforced_only_describe() -> None:
    assert isinstance(examined(directory=ruled(fields=(ZIP,))), Claim)


def test_update_need_not_name_what_does_not_change() -> None:
    directory = ruled(fields=(ZIP, AGE), enforces_contact_fields=True)

    assert isinstance(examined(directory=directory, update_only=True), Claim)
    assert isinstance(examined(directory=directory, update_only=True, tokens={"age": "x"}), ContactFieldInvalid)


def test_wish_needs_no_fields() -> None:
    directory = ruled(fields=(ZIP,), enforces_contact_fields=True)

    assert claimed(directory=directory, opt_out=True).notices == ()


# --- what else has to be known ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "fields", "looks_back"),
    [
        ({}, {}, False),
        ({}, {"expire_existing": True}, False),
        ({}, {"delete_existing": True}, True),
        ({"duplicate_timeframe": timedelta(seconds=1)}, {}, True),
        ({"rejects_same_source": True}, {}, True),
        ({"most_per_ip_a_day": 1}, {}, False),
    ],
    ids=str,
)
def test_earlier_leads_are_looked_at_only_where_they_matter(
    rules: dict[str, Any], fields: dict[str, bool], *, looks_back: bool
) -> None:
    """Everybody else's lead would pay for a question whose answer changes nothing."""
    assert claimed(directory=ruled(**rules), **fields).looks_back is looks_back


def test_address_is_counted_only_where_there_is_a_limit() -> None:
    assert claimed(directory=ruled()).counted_ip is None
    assert claimed(directory=ruled(most_per_ip_a_day=1)).counted_ip == "203.0.113.7"


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-07-23T14:26:43Z", datetime(2021, 7, 23, 14, 26, 43, tzinfo=UTC)),
        ("2021-07-23 14:26:43 +0000", datetime(2021, 7, 23, 14, 26, 43, tzinfo=UTC)),
        ("2021-07-23 14:26:43 UTC", datetime(2021, 7, 23, 14, 26, 43, tzinfo=UTC)),
        ("2021-07-23 14:26:43 utc", datetime(2021, 7, 23, 14, 26, 43, tzinfo=UTC)),
        ("  2021-07-23T14:26:43+00:00\n", datetime(2021, 7, 23, 14, 26, 43, tzinfo=UTC)),
        ("2021-07-23 14:26:43 -0430", datetime(2021, 7, 23, 18, 56, 43, tzinfo=UTC)),
        ("2021-07-23T14:26:43.000001-07:00", datetime(2021, 7, 23, 21, 26, 43, 1, tzinfo=UTC)),
        # New York is four hours behind in summer, five in winter.
        ("2021-07-23 14:26:43", datetime(2021, 7, 23, 18, 26, 43, tzinfo=UTC)),
        ("2021-12-23T14:26", datetime(2021, 12, 23, 19, 26, tzinfo=UTC)),
        ("2021-07-23", datetime(2021, 7, 23, 4, tzinfo=UTC)),
        # The hour that comes twice is read as its first coming, the one that never comes as if it did.
        ("2021-11-07 01:30", datetime(2021, 11, 7, 5, 30, tzinfo=UTC)),
        ("2021-03-14 02:30", datetime(2021, 3, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_time_is_an_instant_in_utc(text: str, expected: datetime) -> None:
    instant = read_time(text, "America/New_York")

    assert instant == expected
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *["tomorrow", "14:26", "+", "2021-13-01", "2021-02-30T00:00Z", "23/07/2021", "1627050403", "1627050403000"],
        *["2021-07-23 14:26 +", "2021-07-23T14:26:43 GMT", "2021-07-23T25:00Z"],
        # Outside the calendar, once it is in UTC.
        *["0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00"],
    ],
)
def test_time_that_is_none_is_refused_by_its_field(text: str) -> None:
    refusal = examined(next_action_at=text)

    assert isinstance(refusal, InvalidParameter)
    assert list(refusal.errors) == ["next_action_at"]


@given(
    st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy adds the zones
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - likewise
        timezones=st.timezones(),
    )
)
def test_offset_counts_more_than_the_companys_zone(instant: datetime) -> None:
    # ISO 8601 as Python writes it knows offsets to the second; only old local times have such.
    offset = instant.utcoffset()
    fixed = instant.astimezone(UTC) if offset is None or offset % timedelta(minutes=1) else instant

    assert read_time(fixed.isoformat(), "Pacific/Apia") == fixed.astimezone(UTC)


def test_time_of_the_submission_is_read_in_the_companys_zone() -> None:
    berlin = replace(DIRECTORY, company=a_company(time_zone="Europe/Berlin"))

    claim = claimed(directory=berlin, next_action_at="2026-03-01 12:00")

    assert claim.next_action_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
