"""The publisher's own tests of their library, against every kind of leadintake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.integration.consumers.kitten_ads import KittenAds, LeadRefused

if TYPE_CHECKING:
    from tests.integration.consumers.conftest import Platform

ADA = "(202) 555-0143"
BEN = "+12025550144"


def test_leads_arrive_with_their_source_and_page(ads: KittenAds, platform: Platform) -> None:
    sent = ads.send(ADA, page="/kittens", interest="kittens", age=7)

    [lead] = platform.leads()
    assert (sent.outcome, sent.lead_id, sent.warnings) == ("created", lead["id"], ())
    assert (lead["caller_id"], lead["status"]) == ("+12025550143", "scheduled")
    assert (lead["traffic_source_id"], lead["sub_id"]) == (1000, "/kittens")
    assert lead["tokens"] == {"interest": "kittens", "age": "7"}


def test_second_visit_updates_the_lead(ads: KittenAds, platform: Platform) -> None:
    first = ads.send(ADA, interest="kittens")

    second = ads.send(ADA, colour="tabby")

    assert (second.outcome, second.lead_id) == ("updated", first.lead_id)
    [lead] = platform.leads()
    assert lead["tokens"] == {"interest": "kittens", "colour": "tabby"}


def test_retry_with_the_same_key_is_sent_once(ads: KittenAds, platform: Platform) -> None:
    """The library sends again after a broken connection, when nobody knows whether the first one arrived."""
    answers = [ads.send(ADA, key="order-17", interest="kittens") for _ in range(3)]

    assert len({answer.lead_id for answer in answers}) == 1
    assert [answer.outcome for answer in answers] == ["created"] * 3
    assert len(platform.leads()) == 1


def test_visitors_of_one_moment_are_one_lead_each(ads: KittenAds, platform: Platform) -> None:
    visitors = [f"+1202555{100 + number:04}" for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ads.send, visitors * 3))

    assert sorted(lead["caller_id"] for lead in platform.leads()) == visitors


def test_mistyped_number_names_its_field(ads: KittenAds, platform: Platform) -> None:
    """The page shows the message beside the field in which it was typed."""
    with pytest.raises(LeadRefused) as refused:
        ads.send("12")

    assert refused.value.code == "invalid_caller_id"
    assert refused.value.errors == {"caller_id": ["is not a valid phone number"]}
    assert platform.leads() == []
    [submission] = platform.submissions()
    assert (submission["outcome"], submission["code"]) == ("refused", "invalid_caller_id")


def test_whoever_wants_to_be_left_alone_is(ads: KittenAds, platform: Platform) -> None:
    ads.send(ADA)
    ads.stop_calling(ADA)

    with pytest.raises(LeadRefused, match="caller_opted_out"):
        ads.send(ADA)
    [lead] = platform.leads()
    assert (lead["status"], lead["is_live"]) == ("opt_out", False)


def test_lead_is_taken_back_once(ads: KittenAds, platform: Platform) -> None:
    ads.send(ADA)
    ads.send(BEN)

    assert [ads.take_back(ADA), ads.take_back(ADA)] == ["removed", "unchanged"]

    assert [lead["caller_id"] for lead in platform.leads()] == [BEN]
    with pytest.raises(LeadRefused, match="not_found"):
        ads.take_back("+12025550199")


def test_revoked_campaign_is_told(platform: Platform) -> None:
    """A mistyped or revoked lead token must be loud in the publisher's monitoring."""
    ads = KittenAds(url=platform.url, lead_token="lt_of_last_year")

    with pytest.raises(LeadRefused, match="unknown_lead_token"):
        ads.send(ADA)


def test_unknown_source_is_a_warning(platform: Platform) -> None:
    ads = KittenAds(url=platform.url, lead_token=platform.lead_token, source=4711)

    assert ads.send(ADA).warnings == ("unknown_traffic_source",)
