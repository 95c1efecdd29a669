"""The publisher's tests of what takes hours: in memory, where the test moves the clock and sets the limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.integration.consumers.kitten_ads import KittenAds, LeadRefused, TryAgainLater

if TYPE_CHECKING:
    from leadintake.testing import ServedLeadintake

ADA = "(202) 555-0143"


@pytest.fixture
def ads(leadintake_server: ServedLeadintake) -> KittenAds:
    return KittenAds(url=leadintake_server.url, lead_token=leadintake_server.lead_token)


def test_key_is_forgotten_after_three_days(ads: KittenAds, leadintake_server: ServedLeadintake) -> None:
    ads.send(ADA, key="order-17")

    leadintake_server.intake.time_passes(hours=71)
    assert ads.send(ADA, key="order-17").outcome == "created"
    leadintake_server.intake.time_passes(hours=2)

    assert ads.send(ADA, key="order-17").outcome == "updated"


def test_too_many_guesses_are_told_when_to_try_again(leadintake_server: ServedLeadintake) -> None:
    ads = KittenAds(url=leadintake_server.url, lead_token="lt_of_last_year")
    for _ in range(60):
        with pytest.raises(LeadRefused):
            ads.send(ADA)

    with pytest.raises(TryAgainLater) as later:
        ads.send(ADA)

    leadintake_server.intake.time_passes(seconds=later.value.seconds)
    with pytest.raises(LeadRefused, match="unknown_lead_token"):
        ads.send(ADA)


def test_platform_that_is_away_is_asked_again_with_the_same_key(
    ads: KittenAds, leadintake_server: ServedLeadintake
) -> None:
    with leadintake_server.intake.outage(), pytest.raises(TryAgainLater):
        ads.send(ADA, key="order-17")

    assert ads.send(ADA, key="order-17").outcome == "created"
    leadintake_server.intake.leads.only()


@pytest.mark.leadintake(region="GB", time_zone="Europe/London", now=datetime(2026, 7, 1, tzinfo=UTC))
def test_british_visitors_write_their_numbers_as_at_home(ads: KittenAds, leadintake_server: ServedLeadintake) -> None:
    ads.send("020 7946 0018")

    assert leadintake_server.intake.leads.only().caller_id == "+442079460018"


def test_credential_is_in_no_submission(ads: KittenAds, leadintake_server: ServedLeadintake) -> None:
    ads.send(ADA, note=f"my token is {ads.lead_token}")

    submission = leadintake_server.intake.submissions.only()
    assert ads.lead_token not in str(submission.request)
    assert ads.lead_token not in str(leadintake_server.intake.leads.only())
