"""What a lead token leads to: contact fields as data, and the owner's intake as OpenAPI with samples."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from leadintake.domain.contact_field import PATTERNS, FieldType
from leadintake.entrypoints.api.openapi.of_owner import property_of
from leadintake.entrypoints.api.openapi.samples import PLACEHOLDER, samples
from leadintake.entrypoints.schemas.documents import OwnersFieldsSchema

from tests.support.apps import LEADS, UNKNOWN_TOKEN, a_world
from tests.support.builders import a_contact_field

if TYPE_CHECKING:
    from tests.support.apps import World

FIELDS, OPENAPI = "/api/v1/tokens/fields", "/api/v1/tokens/openapi.json"


@pytest.fixture
def enforced(world: World) -> World:
    """Let the offer require an age and a state, and the schedule belong to it."""
    headers, offer = world.bearer(), f"/api/v1/offers/{world.offer.id}"
    for path, method, body in (
        (f"{offer}/contact_fields", "POST", {"key": "age", "type": "integer", "minimum": 18, "required": True}),
        (f"{offer}/contact_fields", "POST", {"key": "state", "type": "list", "choices": ["NY", "O'R"], "position": 1}),
        (offer, "PATCH", {"enforce_contact_fields": True}),
        (f"/api/v1/schedules/{world.schedule.id}", "PATCH", {"offer_id": world.offer.id}),
    ):
        assert world.client.open(path, method=method, json=body, headers=headers).status_code in {200, 201}
    return world


class TestFields:
    def test_fields_behind_a_lead_token_are_listed(self, enforced: World) -> None:
        document = enforced.ask("GET", f"{FIELDS}?lead_token={enforced.offer_token}").get_json()

        assert OwnersFieldsSchema().validate(document) == {}
        assert [field["key"] for field in document["contact_fields"]] == ["age", "state"]
        assert (document["enforced"], document["offer_id"], document["schedule_id"]) == (True, 1, None)

    def test_schedule_has_the_fields_of_its_offer(self, enforced: World) -> None:
        document = enforced.ask("GET", FIELDS, headers={"X-Lead-Token": "TOKEN"}).get_json()

        assert (document["schedule_id"], document["offer_id"], document["enforced"]) == (1, 1, False)
        assert len(document["contact_fields"]) == 2

    def test_holder_of_an_api_key_says_which_owner(self, enforced: World) -> None:
        by_key = enforced.get(FIELDS, offer_id=1)
        by_token = enforced.ask("GET", f"{FIELDS}?offer_lead_token={enforced.offer_token}")

        assert by_key.get_json() == by_token.get_json()

    @pytest.mark.parametrize("path", [FIELDS, OPENAPI])
    @pytest.mark.parametrize(
        ("query", "by_key", "status", "code"),
        [
            ("", False, 401, "missing_lead_token"),
            (f"lead_token={UNKNOWN_TOKEN}", False, 401, "unknown_lead_token"),
            ("offer_lead_token=TOKEN", False, 401, "unknown_lead_token"),
            (f"lead_token=TOKEN&offer_lead_token={UNKNOWN_TOKEN}", False, 401, "unknown_lead_token"),
            ("lead_token=TOKEN&offer_id=1", False, 422, "invalid_parameter"),
            ("", True, 422, "invalid_parameter"),
            ("offer_id=1&schedule_id=1", True, 422, "invalid_parameter"),
            ("offer_id=x", True, 422, "invalid_parameter"),
            ("kittens=1&offer_id=1", True, 422, "invalid_parameter"),
            ("offer_id=99", True, 404, "not_found"),
            ("lead_token=%FF", False, 400, "malformed_body"),
        ],
    )
    def test_credential_that_leads_nowhere_is_refused(
        self, world: World, path: str, query: str, *, by_key: bool, status: int, code: str
    ) -> None:
        answer = world.ask("GET", f"{path}?{query}", headers=world.bearer() if by_key else {})

        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_two_lead_tokens_of_two_owners_are_refused(self, world: World) -> None:
        answer = world.ask("GET", f"{FIELDS}?lead_token=TOKEN&offer_lead_token={world.offer_token}")

        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["lead_token"])

    def test_revoked_lead_token_is_unknown_at_once(self, world: World) -> None:
        world.ask("GET", f"{FIELDS}?lead_token=TOKEN")
        world.revoke(world.schedule_token)

        assert world.ask("GET", f"{FIELDS}?lead_token=TOKEN").status_code == 401

    def test_key_of_another_company_finds_nothing(self, enforced: World) -> None:
        other = a_world(enforced.store)
        made = other.client.post("/api/v1/offers", json={"name": "Theirs"}, headers=other.bearer()).get_json()

        assert enforced.get(FIELDS, offer_id=made["offer"]["id"]).status_code == 404

    def test_pages_of_any_origin_may_ask(self, world: World) -> None:
        answer = world.ask("OPTIONS", FIELDS, headers={"Origin": "https://forms.example"})

        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "X-Lead-Token" in answer.headers["Access-Control-Allow-Headers"]


class TestDocumentOfAnOwner:
    def test_rules_of_the_owner_are_in_it(self, enforced: World) -> None:
        document = enforced.ask("GET", OPENAPI, headers={"X-Lead-Token": enforced.offer_token}).get_json()

        lead = document["components"]["schemas"]["SubmittedLead"]
        assert document["openapi"] == "3.1.0"
        assert LEADS in document["paths"]
        assert lead["required"] == ["age"]
        assert lead["properties"]["age"]["minimum"] == 18
        assert lead["properties"]["state"]["enum"] == ["NY", "O'R"]

    def test_rules_that_are_not_enforced_require_nothing(self, enforced: World) -> None:
        document = enforced.ask("GET", f"{OPENAPI}?lead_token=TOKEN").get_json()

        assert "required" not in document["components"]["schemas"]["SubmittedLead"]

    def test_every_reference_leads_somewhere(self, enforced: World) -> None:
        text = enforced.ask("GET", f"{OPENAPI}?lead_token=TOKEN").get_data(as_text=True)
        components = json.loads(text)["components"]

        for reference in {part.partition('"')[0] for part in text.split('"#/components/')[1:]}:
            kind, _, name = reference.partition("/")
            assert name in components[kind], reference

    def test_lead_token_itself_is_not_in_it(self, enforced: World) -> None:
        """A document is passed around."""
        text = enforced.ask("GET", f"{OPENAPI}?lead_token=TOKEN").get_data(as_text=True)

        assert enforced.schedule_token not in text
        assert PLACEHOLDER in text

    def test_samples_name_this_installation(self, enforced: World) -> None:
        document = enforced.ask("GET", f"{OPENAPI}?lead_token=TOKEN").get_json()

        shown = {each["lang"]: each["source"] for each in document["paths"][LEADS]["post"]["x-codeSamples"]}
        assert set(shown) == {"curl", "PHP", "JavaScript", "Python"}
        assert all(f"https://leads.example.com{LEADS}" in source for source in shown.values())

    @pytest.mark.parametrize("kind", list(FieldType))
    @pytest.mark.parametrize("pattern", [None, *PATTERNS])
    def test_every_field_is_a_sound_schema(self, kind: FieldType, pattern: str | None) -> None:
        schema = property_of(a_contact_field(type=kind, pattern=pattern))

        assert jsonschema_rs.meta.is_valid(schema)
        assert pattern is None or f"`{pattern}`" in schema["description"]


class TestSamples:
    LEAD = {"caller_id": "+12025550143", "note": 'it\'s "5 < 6" \\ $HOME `x` 👍'}  # noqa: RUF012 - never changed

    def test_shell_sees_the_body_as_it_is(self) -> None:
        """Whatever an operator calls a choice, it must not end the quotes."""
        script = (
            'curl() { for last; do :; done; printf %s "$last"; }\n' + samples("https://x.example/", self.LEAD)["curl"]
        )

        printed = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True).stdout
        assert json.loads(printed) == self.LEAD

    def test_python_sends_the_body_as_it_is(self) -> None:
        source = samples("https://x.example/", self.LEAD)["Python"]
        namespace: dict[str, Any] = {}

        exec(source.partition("with urlopen")[0], namespace)  # noqa: S102 - the sample is ours
        request = namespace["request"]
        assert (request.get_method(), request.get_header("X-lead-token")) == ("POST", PLACEHOLDER)
        assert json.loads(request.data) == self.LEAD

    def test_php_quotes_what_php_would_read(self) -> None:
        source = samples("https://x.example/", {"note": "it's \\ here"})["PHP"]

        assert "it\\'s \\\\\\\\ here" in source
