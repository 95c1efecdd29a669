"""How single fields of single builders become lead tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.entrypoints.api.intake.builders import recognise
from leadintake.entrypoints.api.intake.carriers import Body, BodyKind

from tests.unit.entrypoints.builders.payloads import form_body, json_body, payload, reserved

if TYPE_CHECKING:
    from leadintake.entrypoints.api.intake.builders import BuilderSubmission

MADE_REF = "9a489f17-8765-494b-933e-3624c645b001"


def read(value: dict[str, Any] | Body) -> BuilderSubmission:
    found = recognise(value if isinstance(value, Body) else json_body(json.dumps(value)))
    assert found is not None
    return found


def tokens(value: dict[str, Any] | Body) -> dict[str, str]:
    return reserved(read(value)).tokens


def codes(found: BuilderSubmission) -> list[str]:
    return [notice.code for notice in found.notices]


# --- answers with a type ------------------------------------------------------------------------------------------


def response(*answers: dict[str, Any], **further: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"event_id": "e1", "form_response": {"form_id": "f1", "answers": answers, **further}}


def answer(kind: str, value: object, **field: str) -> dict[str, Any]:
    return {"type": kind, kind: value, "field": field}


def question(title: str, **field: str) -> dict[str, Any]:
    return {"title": title, "type": "short_text", **field}


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ({"id": "a1", "ref": "first_name"}, "first_name"),
        ({"id": "a1", "ref": MADE_REF}, "what_s_your_name_"),
        ({"id": "a1", "ref": "01GRC8GR2017M6WW347T86VV39"}, "what_s_your_name_"),
        ({"id": "a1"}, "what_s_your_name_"),
        ({"id": "other", "ref": MADE_REF}, MADE_REF.replace("-", "_")),
        ({"id": "other"}, "other"),
    ],
)
def test_answer_is_called_by_what_a_person_wrote(field: dict[str, str], name: str) -> None:
    definition = {"fields": [question("What's your name?", id="a1")]}

    assert tokens(response(answer("text", "Ada", **field), definition=definition))[name] == "Ada"


def test_answer_in_a_group_is_called_by_its_own_question() -> None:
    group = {"id": "g", "title": "You", "properties": {"fields": [question("Street", id="s", ref=MADE_REF)]}}

    got = tokens(response(answer("text", "Main St", id="s", ref=MADE_REF), definition={"fields": [group]}))

    assert got["street"] == "Main St"


def test_question_without_a_title_leaves_its_answer_the_id() -> None:
    definition = {"fields": [{"id": "a1", "type": "short_text"}]}

    assert tokens(response(answer("text", "x", id="a1"), definition=definition))["a1"] == "x"


def test_title_of_which_nothing_would_be_left_gives_way() -> None:
    """In other alphabets every title of seven letters would be the same lead token."""
    definition = {"fields": [question("Телефон", id="a1")]}

    assert tokens(response(answer("text", "x", id="a1"), definition=definition))["a1"] == "x"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("choice", {"id": "c1", "ref": MADE_REF, "label": "Car"}, "Car"),
        ("choice", {"other": "Boat"}, "Boat"),
        ("choices", {"ids": ["c1", "c2"], "labels": ["Car", "Home"]}, "Car,Home"),
        ("choices", {"labels": ["Car"], "other": "Boat"}, "Car,Boat"),
        ("number", 36, "36"),
        ("boolean", False, "false"),
        ("date", "2026-06-01", "2026-06-01"),
        ("file_url", "https://leads.example.com/a.pdf", "https://leads.example.com/a.pdf"),
    ],
)
def test_answer_is_read_by_its_type(kind: str, value: object, text: str) -> None:
    assert tokens(response(answer(kind, value, ref="asked")))["asked"] == text


def test_answer_of_a_type_with_parts_is_flattened() -> None:
    got = tokens(response(answer("payment", {"amount": "$5", "last4": "4242"}, ref="paid")))

    assert (got["paid_amount"], got["paid_last4"]) == ("$5", "4242")


def test_phone_question_that_is_too_long_for_a_name_is_called_phone() -> None:
    """Cut and with a digest behind it, nobody could say which lead token is the phone."""
    title = "If you would like us to call you back about your claim, which number should we dial?"

    found = read(
        response(answer("phone_number", "+18004506787", id="a1"), definition={"fields": [question(title, id="a1")]})
    )

    assert (found.phone_field, reserved(found).caller_id) == ("phone", "+18004506787")
    assert "renamed_token" in codes(found)


def test_first_phone_that_was_given_is_the_one() -> None:
    found = read(response(answer("phone_number", "", ref="home"), answer("phone_number", "+18004506787", ref="away")))

    assert found.phone_field == "away"


def test_typed_address_is_the_lead_s() -> None:
    found = read(response(answer("email", "ada@example.com", ref="where_to_write")))

    assert reserved(found).platform == {"email": "ada@example.com"}
    assert "email_taken_from" in codes(found)


def test_field_called_email_goes_before_a_typed_one() -> None:
    found = read(
        response(answer("email", "old@example.com", ref="work"), answer("text", "ada@example.com", ref="Email"))
    )

    assert reserved(found).platform == {"email": "ada@example.com"}
    assert "email_taken_from" not in codes(found)


def test_field_goes_before_what_the_builder_says_about_the_form() -> None:
    got = tokens(response(answer("text", "from the form", ref="form_id")))

    assert got["form_id"] == "from the form"


def test_response_without_an_event_is_known_by_its_own_id() -> None:
    assert read({"form_response": {"form_id": "f1", "token": "r1"}}).submission_id == "r1"


@pytest.mark.parametrize("odd", ["", " ", "x" * 201, "a\x00b", None, {"a": 1}, ["e1"], True])
def test_what_can_be_no_id_is_none(odd: object) -> None:
    """It becomes part of a key in two databases."""
    assert read({"event_id": odd, "form_response": {"form_id": "f1"}}).submission_id is None


# --- answers as text in a form ------------------------------------------------------------------------------------


def answered(**answers: object) -> Body:
    return Body(kind=BodyKind.MULTIPART, pairs=(("rawRequest", json.dumps(answers)), ("submissionID", "51")))


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"full": "(800) 450-6787"}, "(800) 450-6787"),
        ({"area": "800", "phone": "450-6787"}, "800 450-6787"),
        ({"country": "1", "area": "800", "phone": "450-6787"}, "+1 800 450-6787"),
        ({"country": "+1", "area": "800", "phone": "450-6787"}, "+1 800 450-6787"),
    ],
)
def test_parts_of_a_phone_are_one_number(parts: dict[str, str], text: str) -> None:
    found = read(answered(q5_reachMe=parts))

    assert (found.phone_field, reserved(found).caller_id) == ("reachme", text)


@pytest.mark.parametrize("parts", [{"area": "800"}, {"full": ["8004506787"]}, {"phone": "8", "kind": "home"}, {}])
def test_other_parts_are_flattened(parts: dict[str, object]) -> None:
    assert read(answered(q5_reachMe=parts)).phone_field is None


def test_phone_that_was_not_filled_in_is_none() -> None:
    assert read(answered(q5_reachMe={"area": "", "phone": ""})).phone_field is None


def test_own_address_is_not_kept() -> None:
    """It holds the lead token: everybody who reads the lead's tokens would have it."""
    assert not any("lt_of_this_request" in text for text in tokens(payload("jotform.txt")).values())


# --- bracketed fields ---------------------------------------------------------------------------------------------


def test_name_of_the_form_is_not_the_person_s() -> None:
    got = tokens(form_body("form[id]=7&form[name]=Contact&fields[name][value]=Ada"))

    assert (got["name"], got["form_name"]) == ("Ada", "Contact")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("fields[city][value]=Ely&fields[city][title]=Your town", "city"),
        ("fields[field_6f8642e][value]=Ely&fields[field_6f8642e][title]=Your town", "your_town"),
        ("fields[field_6f8642e][value]=Ely&fields[field_6f8642e][title]=Город", "field_6f8642e"),
        ("fields[field_6f8642e][value]=Ely", "field_6f8642e"),
        ("fields[0][value]=Ely&fields[0][id]=city", "city"),
        ("fields[0][value]=Ely&fields[1][value]=x", "0"),
        ("fields[city][raw_value]=Ely", "city"),
    ],
)
def test_bracketed_field_is_called_by_what_a_person_wrote(field: str, name: str) -> None:
    assert tokens(form_body(field))[name] == "Ely"


@pytest.mark.parametrize("field", ["[value][]=cat&fields[pets][value][]=dog", "[value]=cat&fields[pets][value]=dog"])
def test_several_values_of_a_bracketed_field_are_joined(field: str) -> None:
    assert tokens(form_body(f"fields[pets]{field}"))["pets"] == "cat,dog"


def test_what_is_known_of_the_visitor_goes_under_its_key() -> None:
    """The titles are in the site's language, and lead tokens must not be."""
    got = tokens(form_body("fields[a][value]=1&meta[remote_ip][title]=IP+remota&meta[remote_ip][value]=203.0.113.7"))

    assert got["remote_ip"] == "203.0.113.7"


# --- numbered fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phone", ["(800) 450-6787", "(800)450-6787", "800-450-6787", "800.450.6787", "+1 800 450 6787", "+44 20 7946 0958"]
)
def test_numbered_field_that_is_written_like_a_phone_is_one(phone: str) -> None:
    found = read({"form_id": "3", "id": "9", "1": "Ada", "2": "8004506787", "3": phone})

    assert (found.phone_field, reserved(found).caller_id) == ("3", phone)


@pytest.mark.parametrize("text", ["8004506787", "078-05-1120", "+1", "(800) 450-6787 or so", "2026-03-01"])
def test_other_numbers_are_not_guessed_to_be_phones(text: str) -> None:
    """An order's number dialled by mistake is worse than a lead that waits for its field to be named."""
    assert read({"form_id": "3", "id": "9", "3": text}).phone_field is None


# --- the rest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["anti-spoofing-key-71", "k1"])
def test_key_that_proves_the_sender_is_kept_nowhere(key: str) -> None:
    found = read(
        {"user_column_data": [{"column_id": "NOTE", "string_value": key}], "google_key": key, "campaign_id": key}
    )

    assert found.secrets == {key}
    assert codes(found).count("credential_left_out") == 1
    assert key not in reserved(found).tokens.values()
    assert key not in repr(found)


def test_title_stands_in_for_a_missing_column() -> None:
    assert tokens({"user_column_data": [{"column_name": "Full Name", "string_value": "Ada"}]}) == {"full_name": "Ada"}


@pytest.mark.parametrize(
    ("given", "is_test"), [(True, True), ("true", True), (False, False), (None, False), ("no", False)]
)
def test_test_lead_is_a_test(given: object, is_test: bool) -> None:  # noqa: FBT001 - a row of the table
    """The button in the advertiser's settings must not enroll the person that it makes up."""
    found = read({"user_column_data": [], "is_test": given})

    assert found.is_test is is_test
    assert reserved(found).platform == ({"test": "true"} if is_test else {})


def test_fields_may_come_as_an_object() -> None:
    found = read({"field_data": {"phone_number": "+18004506787", "full_name": "Ada"}, "leadgen_id": "7"})

    assert (found.phone_field, found.submission_id, reserved(found).tokens["full_name"]) == ("phone_number", "7", "Ada")


def test_event_that_only_names_the_lead_says_where_the_rest_is() -> None:
    """Else the sender is told that a phone is missing, and looks for it in the form."""
    assert "lead_data_missing" in codes(read(payload("meta_lead_ads_id_only.json")))


def test_event_of_a_form_holds_the_form_s_fields_and_its_contact() -> None:
    contact = {"id": 5, "email_address": "ada@example.com", "phone_number": "+18004506787"}
    submitted = {"id": 9, "contact": contact, "data": {"interest": "kittens"}}

    found = read({"subject_type": "FormSubmission", "event_type": "x", "event_id": "e1", "data": submitted})

    lead = reserved(found)
    assert (lead.caller_id, lead.platform["email"], lead.tokens["interest"]) == (
        "+18004506787",
        "ada@example.com",
        "kittens",
    )


def test_data_that_the_maker_of_a_workflow_chose_goes_before_the_contact_s() -> None:
    found = read({"contact_id": "c1", "phone": "8004506787", "location": {}, "customData": {"phone": "+18004506788"}})

    assert reserved(found).caller_id == "+18004506788"


def test_contact_is_no_submission() -> None:
    """Its id is the same for everything that one person ever sends."""
    assert read(payload("gohighlevel.json")).submission_id is None


def test_names_in_base64_are_read() -> None:
    assert tokens(payload("instapage_base64.txt"))["first_name"] == "Ada"


def test_signed_settings_of_a_page_are_left_out() -> None:
    """They are longer than a value may be: the lead would be refused for them."""
    body = form_body(f"lpsSubmissionConfig={'x' * 20_000}&Phone=8004506787")

    lead = reserved(read(body))
    assert (lead.errors, lead.tokens) == ((), {"phone": "8004506787"})


def test_credentials_in_relayed_headers_are_kept_nowhere() -> None:
    found = read(payload("automation_n8n.json"))

    assert found.secrets == {"Bearer hook-secret-4711"}
    assert "hook-secret" not in str(reserved(found).tokens)


def test_relayed_test_lead_is_a_test() -> None:
    found = read({"headers": {}, "query": {}, "body": {"user_column_data": [], "is_test": True, "google_key": "k1"}})

    assert (found.builder, found.is_test) == ("google_lead_forms", True)
    assert found.secrets == {"k1"}
    assert reserved(found).platform == {"test": "true"}


def test_what_a_person_sent_stays_out_of_the_repr() -> None:
    shown = repr(read(payload("typeform.json")))

    assert "Ada" not in shown
    assert "8004506787" not in shown
