from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from leadintake.entrypoints.api.intake.builders import BUILDERS, recognise
from leadintake.entrypoints.api.intake.kept import kept_request, read_kept

from tests.unit.entrypoints.builders.payloads import (
    LIMITS,
    PLAIN,
    form_body,
    json_body,
    names,
    payload,
    reserved,
    reserved_plain,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is to become of one payload."""

    builder: str
    caller: str | None = None
    submission_id: str | None = None
    phone_field: str | None = None
    is_test: bool = False
    platform: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str]


ROWS = {
    "automation_n8n.json": Row(
        builder="automation",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "utm_source": "newsletter",
            "first_name": "Ada",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "opt_out": "true",
            "interest": "kittens",
        },
    ),
    "automation_n8n_of_typeform.json": Row(
        builder="typeform",
        caller="+18004506787",
        submission_id="01HQ3ZK8M5W2V7T4R9X6B1C0DE",
        phone_field="reach_me_on",
        tokens={
            "event_id": "01HQ3ZK8M5W2V7T4R9X6B1C0DE",
            "opt_out": "true",
            "form_id": "lT4Z3j",
            "response_id": "a3a12ec67a1365927098a606107fac15",
            "reach_me_on": "+18004506787",
        },
    ),
    "clickfunnels_bare.json": Row(
        builder="clickfunnels",
        caller="8004506787",
        submission_id="604206476",
        platform={"email": "ada@example.com"},
        tokens={
            "interest": "kittens",
            "utm_source": "newsletter",
            "contact_id": "604206476",
            "page_id": "23130253",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "8004506787",
            "city": "Shawnee",
            "state": "KS",
            "zip": "66226",
            "created_at": "2026-03-01T12:24:31.000Z",
            "ip": "203.0.113.7",
            "funnel_id": "5188321",
            "funnel_step_id": "28475319",
            "cf_uvid": "afb1205650cd519de7bae44e4b04b222",
            "contact_profile_id": "288650707",
            "contact_profile_email": "ada@example.com",
            "contact_profile_known_ltv": "0.00",
            "time_zone": "Central Time (US & Canada)",
        },
    ),
    "clickfunnels_contact.json": Row(
        builder="clickfunnels",
        caller="8004506787",
        submission_id="604206476",
        phone_field="phone",
        platform={"email": "ada@example.com"},
        tokens={
            "event": "created",
            "contact_id": "604206476",
            "page_id": "23130253",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "8004506787",
            "city": "Shawnee",
            "state": "KS",
            "zip": "66226",
            "created_at": "2026-03-01T12:24:31.000Z",
            "ip": "203.0.113.7",
            "funnel_id": "5188321",
            "funnel_step_id": "28475319",
            "cf_uvid": "afb1205650cd519de7bae44e4b04b222",
            "contact_profile_id": "288650707",
            "contact_profile_email": "ada@example.com",
            "contact_profile_known_ltv": "0.00",
            "interest": "kittens",
            "utm_source": "newsletter",
            "time_zone": "Central Time (US & Canada)",
        },
    ),
    "clickfunnels_event.json": Row(
        builder="clickfunnels",
        caller="+18004506787",
        submission_id="123b4741-3f2d-431a-90d1-ddca0f4d6721",
        phone_field="phone_number",
        platform={"email": "ada@example.com"},
        tokens={
            "event_id": "123b4741-3f2d-431a-90d1-ddca0f4d6721",
            "event_type": "contact.identified",
            "subject_id": "236296209",
            "subject_type": "Contact",
            "created_at": "2026-03-01T12:24:31.000Z",
            "contact_id": "236296209",
            "uuid": "31cabea548c19c0495106323678abcac",
            "anonymous": "0",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "public_id": "BbBNRxw",
            "phone_number": "+18004506787",
            "workspace_id": "42",
            "email_address": "ada@example.com",
            "interest": "kittens",
            "email": "ada@example.com",
        },
    ),
    "clickfunnels_resource.json": Row(
        builder="clickfunnels",
        caller="8004506787",
        submission_id="604206476",
        phone_field="phone",
        platform={"email": "ada@example.com"},
        tokens={
            "event": "created",
            "contact_id": "604206476",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "phone": "8004506787",
            "cf_uvid": "afb1205650cd519d",
            "interest": "kittens",
        },
    ),
    "elementor.txt": Row(
        builder="elementor",
        caller="(800) 450-6787",
        phone_field="reach_me_on",
        platform={"email": "ada@example.com"},
        tokens={
            "form_id": "1606c7c4",
            "form_name": "Contact form",
            "date": "1 marzo, 2026",
            "time": "12:24 pm",
            "page_url": "https://leads.example.com/contacto/",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "remote_ip": "203.0.113.7",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "reach_me_on": "(800) 450-6787",
            "interest": "kittens, puppies",
            "opt_out": "on",
        },
    ),
    "elementor_bare.txt": Row(
        builder="elementor",
        caller="8004506787",
        tokens={"phone": "8004506787", "interest": "kittens"},
    ),
    "elementor_simple.txt": Row(
        builder="elementor",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "your_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "opt_out": "on",
            "date": "March 1, 2026",
            "time": "12:24 pm",
            "page_url": "https://leads.example.com/contact/",
            "user_agent": "Mozilla/5.0",
            "remote_ip": "203.0.113.7",
            "powered_by": "Elementor",
            "form_id": "1606c7c4",
            "form_name": "Contact form",
        },
    ),
    "gohighlevel.json": Row(
        builder="gohighlevel",
        caller="+18004506787",
        platform={"email": "ada@example.com", "traffic_source_id": "1000"},
        tokens={
            "contact_id": "bxoY65VIdH7laJEOHB4Y",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "+18004506787",
            "tags": "quote,newsletter",
            "city": "Corpus Christi",
            "state": "TX",
            "country": "US",
            "date_created": "2026-03-01T12:24:31.192Z",
            "contact_type": "lead",
            "how_can_we_help_": "A quote",
            "location_name": "Acme Mutual",
            "location_address": "1 Main St",
            "location_city": "Corpus Christi",
            "location_state": "TX",
            "location_country": "US",
            "location_postalcode": "78411",
            "location_id": "CDR4h44AJ3Ic84nDuigS",
            "user_firstname": "Grace",
            "user_email": "grace@example.com",
            "user_phone": "+13125550100",
            "workflow_id": "b7709c6d-9e11-402b-887d-7446a2d67081",
            "workflow_name": "New lead",
            "contact_attributionsource_sessionsource": "Direct traffic",
            "contact_attributionsource_medium": "form",
            "contact_lastattributionsource_utmsource": "newsletter",
            "interest": "kittens",
            "traffic_source_id": "1000",
            "blocked": "true",
        },
    ),
    "google_lead_forms.json": Row(
        builder="google_lead_forms",
        caller="+18004506787",
        submission_id="TeSter-0123456789ABCDEFabcdef-Lq4",
        phone_field="phone_number",
        platform={"email": "ada@example.com"},
        tokens={
            "lead_id": "TeSter-0123456789ABCDEFabcdef-Lq4",
            "form_id": "40000000001",
            "campaign_id": "20000000002",
            "gcl_id": "Cj0KCQjw-example",
            "adgroup_id": "30000000003",
            "creative_id": "50000000005",
            "lead_submit_time": "2026-03-01T12:30:00Z",
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "+18004506787",
            "what_is_your_preferred_dealership_": "Sunnyvale",
        },
    ),
    "google_lead_forms_test.json": Row(
        builder="google_lead_forms",
        caller="+16505550123",
        submission_id="TeSter-9f2d",
        phone_field="phone_number",
        is_test=True,
        platform={"test": "true"},
        tokens={
            "lead_id": "TeSter-9f2d",
            "form_id": "40000000001",
            "campaign_id": "0",
            "full_name": "FirstName LastName",
            "phone_number": "+16505550123",
        },
    ),
    "gravity_forms.json": Row(
        builder="gravity_forms",
        caller="(800) 450-6787",
        submission_id="134",
        phone_field="3",
        platform={"email": "ada@example.com"},
        tokens={
            "entry_id": "134",
            "form_id": "3",
            "date_created": "2026-03-01 12:24:31",
            "date_updated": "2026-03-01 12:24:31",
            "ip": "203.0.113.7",
            "source_url": "https://leads.example.com/quote/",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "currency": "USD",
            "status": "active",
            "1_3": "Ada",
            "1_6": "Lovelace",
            "2": "ada@example.com",
            "3": "(800) 450-6787",
            "4": "12345678",
            "5_1": "kittens",
            "5_2": "puppies",
            "email": "ada@example.com",
        },
    ),
    "gravity_forms_form.txt": Row(
        builder="gravity_forms",
        caller="(800) 450-6787",
        submission_id="134",
        phone_field="3",
        platform={"email": "ada@example.com"},
        tokens={
            "entry_id": "134",
            "form_id": "3",
            "date_created": "2026-03-01 12:24:31",
            "date_updated": "2026-03-01 12:24:31",
            "ip": "203.0.113.7",
            "source_url": "https://leads.example.com/quote/",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "currency": "USD",
            "status": "active",
            "1_3": "Ada",
            "1_6": "Lovelace",
            "2": "ada@example.com",
            "3": "(800) 450-6787",
            "4": "12345678",
            "5_1": "kittens",
            "5_2": "puppies",
            "email": "ada@example.com",
        },
    ),
    "instapage.txt": Row(
        builder="instapage",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "(800) 450-6787",
            "interest": "kittens",
            "opt_out": "on",
        },
    ),
    "instapage_base64.txt": Row(
        builder="instapage",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={"first_name": "Ada", "email": "ada@example.com", "phone": "(800) 450-6787", "utm_source": "newsletter"},
    ),
    "jotform.txt": Row(
        builder="jotform",
        caller="(800) 450-6787",
        submission_id="5123456789012345678",
        phone_field="phonenumber",
        platform={"email": "ada@example.com"},
        tokens={
            "formid": "203112345678901",
            "formtitle": "Quote",
            "submissionid": "5123456789012345678",
            "ip": "203.0.113.7",
            "name_first": "Ada",
            "name_last": "Lovelace",
            "email": "ada@example.com",
            "phonenumber": "(800) 450-6787",
            "interest": "kittens,puppies",
            "movedate_month": "06",
            "movedate_day": "01",
            "movedate_year": "2026",
            "utm_source": "newsletter",
        },
    ),
    "jotform_area_code.txt": Row(
        builder="jotform",
        caller="800 450-6787",
        submission_id="5123456789012345678",
        phone_field="reachmeon",
        tokens={
            "formid": "203112345678901",
            "formtitle": "Quote",
            "submissionid": "5123456789012345678",
            "ip": "203.0.113.7",
            "fullname_prefix": "Ms.",
            "fullname_first": "Ada",
            "fullname_last": "Lovelace",
            "reachmeon": "800 450-6787",
        },
    ),
    "meta_lead_ads.json": Row(
        builder="meta_lead_ads",
        caller="+18004506787",
        submission_id="1234567890123456",
        phone_field="phone_number",
        platform={"email": "ada@example.com"},
        tokens={
            "leadgen_id": "1234567890123456",
            "created_time": "2026-03-01T12:24:31+0000",
            "ad_id": "23840000000000001",
            "form_id": "987654321098765",
            "is_organic": "false",
            "platform": "fb",
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "+18004506787",
            "what_interests_you_": "kittens,puppies",
        },
    ),
    "meta_lead_ads_event.json": Row(
        builder="meta_lead_ads",
        caller="+18004506787",
        submission_id="1234567890123456",
        phone_field="phone_number",
        platform={"email": "ada@example.com"},
        tokens={
            "leadgen_id": "1234567890123456",
            "page_id": "108451268302248",
            "form_id": "987654321098765",
            "ad_id": "23840000000000001",
            "created_time": "1772367871",
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "+18004506787",
            "what_interests_you_": "kittens,puppies",
        },
    ),
    "meta_lead_ads_id_only.json": Row(
        builder="meta_lead_ads",
        submission_id="1234567890123456",
        tokens={
            "leadgen_id": "1234567890123456",
            "page_id": "108451268302248",
            "form_id": "987654321098765",
            "created_time": "1772367871",
        },
    ),
    "typeform.json": Row(
        builder="typeform",
        caller="+18004506787",
        submission_id="01HQ3ZK8M5W2V7T4R9X6B1C0DE",
        phone_field="what_is_the_best_number_to_reach_you_on_",
        platform={"traffic_source_id": "1000", "sub_id": "creative-A", "email": "ada@example.com"},
        tokens={
            "event_id": "01HQ3ZK8M5W2V7T4R9X6B1C0DE",
            "form_id": "lT4Z3j",
            "response_id": "a3a12ec67a1365927098a606107fac15",
            "landed_at": "2026-03-01T12:20:02Z",
            "submitted_at": "2026-03-01T12:24:31Z",
            "calculated_score": "9",
            "variables_score": "4",
            "variables_tier": "gold",
            "utm_source": "newsletter",
            "traffic_source_id": "1000",
            "sub_id": "creative-A",
            "first_name": "Ada",
            "what_is_the_best_number_to_reach_you_on_": "+18004506787",
            "and_your_e_mail_address_": "ada@example.com",
            "kind_of_cover": "Home,Car,Boat",
            "do_you_own_your_home_": "true",
            "age": "36",
            "when": "2026-06-01",
            "provider": "Acme Mutual",
            "email": "ada@example.com",
        },
    ),
    "unbounce.txt": Row(
        builder="unbounce",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "page_id": "a2838d98-4cf4-11df-a3fd-00163e372d58",
            "page_name": "Quote",
            "page_url": "http://leads.example.com/quote",
            "variant": "a",
            "first_name": "Ada",
            "email": "ada@example.com",
            "phone_number": "(800) 450-6787",
            "interest": "kittens,puppies",
            "ip_address": "203.0.113.7",
            "page_uuid": "a2838d98-4cf4-11df-a3fd-00163e372d58",
            "time_submitted": "10:57 PM UTC",
            "date_submitted": "2026-03-01",
        },
    ),
    "unbounce_json.json": Row(
        builder="unbounce",
        caller="(800) 450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "first_name": "Ada",
            "email": "ada@example.com",
            "phone_number": "(800) 450-6787",
            "interest": "kittens,puppies",
            "ip_address": "203.0.113.7",
            "page_uuid": "a2838d98-4cf4-11df-a3fd-00163e372d58",
            "variant": "a",
            "time_submitted": "10:57 PM UTC",
            "date_submitted": "2026-03-01",
            "page_url": "http://leads.example.com/quote",
            "page_name": "Quote",
        },
    ),
    "unbounce_underscored.txt": Row(
        builder="unbounce",
        caller="800-450-6787",
        platform={"email": "ada@example.com"},
        tokens={
            "page_id": "a2838d98",
            "page_url": "http://leads.example.com/quote",
            "variant": "b",
            "email": "ada@example.com",
            "phone": "800-450-6787",
            "opt_out": "true",
        },
    ),
    "webflow.json": Row(
        builder="webflow",
        caller="18004506787",
        submission_id="6321ca84df3949bfc6752327",
        platform={"email": "ada@example.com"},
        tokens={
            "form_name": "Contact Us",
            "siteid": "65427cf400e02b306eaa049c",
            "submittedat": "2026-03-01T12:24:31.273Z",
            "submission_id": "6321ca84df3949bfc6752327",
            "formid": "65429eadebe8a9f3a30f62d0",
            "formelementid": "4e038d2c-6a1e-4953-7be9-a59a2b453177",
            "pageid": "65427cf400e02b306eaa04a0",
            "publishedpath": "/contact",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "phone_number": "18004506787",
        },
    ),
    "webflow_version_1.json": Row(
        builder="webflow",
        caller="(800) 450-6787",
        submission_id="6321ca84df3949bfc6752327",
        platform={"email": "ada@example.com"},
        tokens={
            "site": "62749158efef318abc8d5a0f",
            "form_name": "Sample Form",
            "submitted_at": "2026-03-01T12:24:31.117Z",
            "submission_id": "6321ca84df3949bfc6752327",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
        },
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_payload_becomes_a_lead(name: str) -> None:
    row, found = ROWS[name], recognise(payload(name))

    assert found is not None
    assert (found.builder, found.submission_id) == (row.builder, row.submission_id)
    assert (found.phone_field, found.is_test) == (row.phone_field, row.is_test)
    lead = reserved(found)
    assert lead.errors == ()
    assert (lead.caller_id, lead.platform) == (row.caller, row.platform)
    assert lead.tokens == row.tokens


def test_every_payload_has_its_row() -> None:
    assert set(ROWS) == {name for name in names() if not name.startswith(PLAIN)}


def test_every_builder_has_a_payload() -> None:
    assert {row.builder for row in ROWS.values()} == BUILDERS


@pytest.mark.parametrize("name", ROWS)
def test_submission_says_first_who_it_was_read_from(name: str) -> None:
    """Names change on the way: whoever looks for theirs must find out why."""
    found = recognise(payload(name))

    assert found is not None
    first, *others = found.notices
    assert first.code == "form_builder"
    assert len({notice.code for notice in others}) == len(others)


@pytest.mark.parametrize("name", ROWS)
def test_what_is_kept_of_a_payload_is_recognised_again(name: str) -> None:
    """A refused submission is replayed from the ledger, where nothing of a credential is."""
    body = payload(name)
    found = recognise(body)
    assert found is not None

    kept = kept_request((), body, secrets=found.secrets).as_mapping()
    again = recognise(read_kept(kept, limits=LIMITS)[1])

    assert again is not None
    assert reserved(again).tokens == reserved(found).tokens
    assert (again.builder, again.submission_id, again.phone_field) == (
        found.builder,
        found.submission_id,
        found.phone_field,
    )
    assert not any(secret in str(kept) for secret in found.secrets if len(secret) > 4)


# --- ordinary bodies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(name for name in names() if name.startswith(PLAIN)))
def test_flat_payload_needs_no_module(name: str) -> None:
    """What a relay's user has put together is an ordinary submission: its platform fields must go on acting."""
    body = payload(name)

    assert recognise(body) is None
    lead = reserved_plain(body)
    assert (lead.errors, lead.platform["email"]) == ((), "ada@example.com")
    assert lead.caller_id in {"+18004506787", "(800) 450-6787"}


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"caller_id":"+18004506787","data":{"interest":"kittens","attributes":"fluffy"}}',
        '{"data":{"attributes":{"phone":"8004506787"}}}',
        '{"data":{"type":"cats","attributes":{"phone":"8004506787"}}}',
        '{"data":{"type":["contacts"],"attributes":{"phone":"8004506787"}}}',
        '{"data":{"type":"contacts","attributes":"fluffy"}}',
        '{"form_response":"yes"}',
        '{"form_response":{}}',
        '{"form_response":{"form_id":"x","answers":{"phone":"8004506787"}}}',
        '{"form_response":{"form_id":"x","answers":[{"type":"text","text":"Ada"}]}}',
        '{"form_response":{"form_id":"x","answers":["Ada"]}}',
        '{"form_response":{"form_id":"x"},"form_response":{"form_id":"y"}}',
        '{"rawRequest":"kittens"}',
        '{"rawRequest":"{"}',
        '{"rawRequest":["{}"]}',
        '{"rawRequest":"[1]"}',
        '{"rawRequest":"{\\"q1_a\\":1,\\"q1_a\\":2}"}',
        '{"data.json":"kittens"}',
        '{"data.json":"{}","data_json":"{}"}',
        '{"page_uuid":"a2838d98"}',
        '{"fields":"phone,email"}',
        '{"fields":[]}',
        '{"fields":{"phone":"8004506787"}}',
        '{"fields":{"phone":{"value":"8004506787"},"email":{}}}',
        '{"fields":{"phone":{"value":"8004506787","type":["tel"]}}}',
        '{"form_id":"1606c7c4","form_name":"Contact"}',
        '{"form_id":"7","id":"12","phone":"8004506787"}',
        '{"form_id":"7","1":"Ada"}',
        '{"form_id":["7"],"id":"12","1":"Ada"}',
        '{"triggerType":"form_submission"}',
        '{"triggerType":"site_publish","payload":{"site":"x"}}',
        '{"triggerType":"form_submission","payload":{"data":"x"}}',
        '{"_id":"6321","data":{"phone":"8004506787"}}',
        '{"_id":"6321","name":"x","site":"y","d":"z","data":"x"}',
        '{"field_data":"x"}',
        '{"field_data":[{"values":["Ada"]}]}',
        '{"field_data":[{"name":["full_name"],"values":["Ada"]}]}',
        '{"entry":"front door"}',
        '{"object":"page","entry":[]}',
        '{"object":"page","entry":[{"changes":[{"field":"feed","value":{}}]}]}',
        '{"object":"user","entry":[{"changes":[{"field":"leadgen","value":{}}]}]}',
        '{"object":"page","entry":[{"changes":[{"field":"leadgen","value":{}},{"field":"leadgen","value":{}}]}]}',
        '{"object":"page","entry":[{"changes":[{"field":"leadgen","value":{"field_data":"x"}}]}]}',
        '{"user_column_data":"x"}',
        '{"user_column_data":[{"column_id":["EMAIL"],"string_value":"x"}]}',
        '{"user_column_data":["x"]}',
        '{"contact":{"phone":"8004506787"}}',
        '{"contact":"8004506787","funnel_id":"1"}',
        '{"contact_profile":{"id":1},"phone":"8004506787"}',
        '{"contact_profile":"x","cf_uvid":"1"}',
        '{"subject_type":"Contact","data":{"phone":"8004506787"}}',
        '{"subject_type":"Contact","event_type":"x","event_id":"y","data":"z"}',
        '{"customData":{"phone":"8004506787"}}',
        '{"customData":"x","contact_id":"1","location":{}}',
        '{"workflow":"New lead","contact_id":"1","location":{}}',
        '{"customData":{},"contact_id":"1","location":"Ely"}',
        '{"lpsSubmissionConfig":{"a":1}}',
        '{"headers":"x","body":{},"query":{}}',
        '{"headers":{},"body":"x","query":{}}',
        '{"headers":{},"body":{"phone":"8004506787"}}',
    ],
)
def test_body_that_only_looks_like_a_builder_s_is_an_ordinary_one(text: str) -> None:
    """Half a resemblance must not change what a sender's names have always meant."""
    assert recognise(json_body(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "form_id=1606c7c4&form_name=Contact&phone=8004506787",
        "phone=8004506787&form_name=Contact&form_id=1606c7c4",
        "phone=8004506787&form_id=42&form_name=Contact",
        "form_name=Contact&phone=8004506787&form_id=1606c7c4&form_name=Other",
        "fields=phone",
        "data.json=kittens",
    ],
)
def test_form_that_only_looks_like_a_builder_s_is_an_ordinary_one(text: str) -> None:
    assert recognise(form_body(text)) is None


# --- mass assignment ----------------------------------------------------------------------------------------------

FLAGS = ("opt_out", "blocked", "delete_existing", "update_only", "restart_schedule", "expires_in", "test")


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize(
    "text",
    [
        '{"user_column_data":[{"column_id":"FLAG","string_value":"1"}]}',
        '{"form_response":{"form_id":"x","hidden":{"FLAG":"1"},"FLAG":"1"}}',
        '{"form_response":{"form_id":"x","answers":[{"type":"text","text":"1","field":{"ref":"FLAG"}}]}}',
        '{"rawRequest":"{\\"q1_FLAG\\":\\"1\\",\\"FLAG\\":\\"1\\"}"}',
        '{"data.json":"{\\"FLAG\\":[\\"1\\"]}"}',
        '{"page_uuid":["x"],"FLAG":["1"]}',
        '{"fields":{"FLAG":{"value":"1"}},"meta":{"FLAG":"1"}}',
        '{"form_id":"1","id":"2","3":"x","FLAG":"1"}',
        '{"triggerType":"form_submission","payload":{"data":{"FLAG":"1"},"FLAG":"1"}}',
        '{"name":"a","site":"b","d":"c","_id":"d","data":{"FLAG":"1"}}',
        '{"field_data":[{"name":"FLAG","values":["1"]}]}',
        '{"contact":{"FLAG":"1","additional_info":{"FLAG":"1"}}}',
        '{"contact_profile":{},"cf_uvid":"x","FLAG":"1"}',
        '{"data":{"type":"contacts","attributes":{"FLAG":"1"}}}',
        '{"subject_type":"Contact","event_type":"a","event_id":"b","data":{"FLAG":"1","data":{"FLAG":"1"}}}',
        '{"contact_id":"1","location":{},"customData":{"FLAG":"1"},"FLAG":"1"}',
        '{"lpsSubmissionConfig":"x","FLAG":"1"}',
        '{"headers":{},"query":{"FLAG":"1"},"body":{"FLAG":"1"}}',
        '{"headers":{},"query":{},"body":{"FLAG":"1","data":{"FLAG":"1"}}}',
        '{"headers":{},"query":{},"body":{"user_column_data":[],"FLAG":"1"}}',
    ],
)
def test_field_of_a_form_is_never_a_platform_field(text: str, flag: str) -> None:
    """Whoever fills in a form must not opt anybody out, nor bring anybody back."""
    found = recognise(json_body(text.replace("FLAG", flag)))

    assert found is not None
    lead = reserved(found)
    assert (lead.platform, lead.tokens[flag]) == ({}, "1")


@pytest.mark.parametrize("name", ["email", "traffic_source_id", "sub_id"])
def test_field_of_a_form_fills_what_data_may_fill(name: str) -> None:
    found = recognise(json_body(f'{{"field_data":[{{"name":"{name}","values":["1000"]}}]}}'))

    assert found is not None
    assert reserved(found).platform == {name: "1000"}


def test_parameter_beside_a_builder_s_submission_stays_what_it_is() -> None:
    """A relay that adds platform fields to what it passes on means them."""
    found = recognise(json_body('{"caller_id":"+18004506787","expires_in":60,"field_data":[],"data":{"a":"b"}}'))

    assert found is not None
    lead = reserved(found)
    assert lead.platform == {"caller_id": "+18004506787", "expires_in": "60"}
    assert lead.tokens == {"a": "b"}


@pytest.mark.parametrize(
    "text",
    [
        '{"lpsSubmissionConfig":"x","Lead_Token":"lt_1","phone":"8004506787"}',
        '{"form_id":"1","id":"2","3":"x","lead_token":"lt_1"}',
    ],
)
def test_lead_token_among_flat_fields_is_left_where_it_was_found(text: str) -> None:
    """It names the owner, as in any body: no reason for a warning, and none to keep it."""
    found = recognise(json_body(text))

    assert found is not None
    lead = reserved(found)
    assert "lt_1" not in lead.tokens.values()
    assert "credential_left_out" not in {notice.code for notice in lead.notices}
