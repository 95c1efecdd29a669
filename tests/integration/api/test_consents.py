"""Evidence of consent: kept beside the lead tokens, and never overwritten; the same on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.credential import Permission
from leadintake.domain.phone import PhoneNumber

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from tests.support.apps import World

ADA = "+12025550143"
CERTIFICATE = "https://cert.trustedform.com/0123456789abcdef"
LEAD_ID = "7A2968D6-4C06-5B1E-CCCB-220FD8818179"


def consents_of(world: World, lead_id: str) -> list[dict[str, Any]]:
    """Return the evidence that came for a lead, as an API key sees it."""
    response = world.get(f"{LEADS}/{lead_id}/consents")
    assert response.status_code == 200, response.text
    document = response.get_json()
    assert document["metadata"] == {"root": "consents", "total_count": len(document["consents"])}
    return list(document["consents"])


def test_evidence_is_kept_with_its_submission_and_its_lead(world: World) -> None:
    answer = world.client.post(
        LEADS,
        json={
            "caller_id": ADA,
            "xxTrustedFormCertUrl": CERTIFICATE,
            "universal_leadid": LEAD_ID,
            "landing_page_url": "https://example.com/solar",
            "ip_address": "198.51.100.7",
            "tcpa_disclosure": "By clicking I agree",
            "consent_timestamp": "2026-02-28 23:59:58 EST",
        },
        headers={"X-Lead-Token": world.schedule_token, "User-Agent": "Mozilla/5.0"},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    ).get_json()

    [consent] = consents_of(world, answer["id"])

    [submission] = world.submissions()
    assert consent == {
        "submission_id": str(submission.receipt.id),
        "lead_id": answer["id"],
        "caller_id": ADA,
        "received_at": "2026-03-01T12:00:00Z",
        "certificates": [
            {"witness": "trustedform", "name": "xxtrustedformcerturl", "value": CERTIFICATE},
            {"witness": "jornaya", "name": "universal_leadid", "value": LEAD_ID},
        ],
        "page_url": "https://example.com/solar",
        "caller_ip": "198.51.100.7",
        "remote_ip": "203.0.113.9",
        "user_agent": "Mozilla/5.0",
        "disclosure": "By clicking I agree",
        "consented_at": "2026-02-28 23:59:58 EST",
    }
    assert answer["lead"]["tokens"]["xxtrustedformcerturl"] == CERTIFICATE


def test_later_post_overwrites_the_token_and_never_the_evidence(world: World) -> None:
    """A dispute is about what was agreed to first."""
    first = world.submit(caller_id=ADA, trusted_form_cert_url="first").get_json()
    world.submit(caller_id=ADA, trusted_form_cert_url="second")

    values = [consent["certificates"][0]["value"] for consent in consents_of(world, first["id"])]

    assert values == ["first", "second"]
    assert world.leads()[0].tokens["trusted_form_cert_url"] == "second"


def test_update_of_one_lead_brings_its_evidence_along(world: World) -> None:
    lead = world.submit(caller_id=ADA).get_json()
    world.client.post(f"{LEADS}/{lead['id']}/lead_update", json={"leadid_token": LEAD_ID}, headers=world.bearer())

    [consent] = consents_of(world, lead["id"])

    assert consent["certificates"] == [{"witness": "jornaya", "name": "leadid_token", "value": LEAD_ID}]


@pytest.mark.parametrize(
    "fields",
    [{"page_url": "https://example.com", "ip": "198.51.100.7", "user_agent": "Mozilla"}, {"leadid": "17"}, {}],
    ids=["circumstances_alone", "a_sender_s_own_number", "nothing"],
)
def test_plain_lead_leaves_no_evidence(world: World, fields: dict[str, str]) -> None:
    lead = world.submit(caller_id=ADA, **fields).get_json()

    assert consents_of(world, lead["id"]) == []


@pytest.mark.parametrize(
    "fields", [{"test": True}, {"update_only": True}, {"opt_out": True}], ids=["test", "update_only", "opt_out"]
)
def test_submission_that_stores_no_lead_leaves_no_evidence(world: World, fields: dict[str, bool]) -> None:
    assert world.submit(caller_id=ADA, universal_leadid=LEAD_ID, **fields).status_code == 200

    with world.store.reading(world.company.id) as uow:
        assert uow.consents.of_caller(PhoneNumber(ADA)) == []


def test_evidence_of_another_company_looks_like_none(world: World) -> None:
    other = a_world(world.store)
    lead = other.submit(caller_id=ADA, universal_leadid=LEAD_ID).get_json()

    assert world.get(f"{LEADS}/{lead['id']}/consents").status_code == 404


def test_evidence_is_not_shown_to_a_lead_token(world: World) -> None:
    """It may only write: a leaked token and a number must not read a person's data."""
    lead = world.submit(caller_id=ADA, universal_leadid=LEAD_ID).get_json()

    response = world.client.get(f"{LEADS}/{lead['id']}/consents", headers={"X-Lead-Token": world.schedule_token})

    assert response.status_code == 401
    reading = world.another_key(Permission.READ)
    assert world.client.get(f"{LEADS}/{lead['id']}/consents", headers=world.bearer(reading)).status_code == 200
