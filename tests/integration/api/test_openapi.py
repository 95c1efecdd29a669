"""The OpenAPI document is true: whatever is made from it is answered as it says, on both databases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from leadintake.bootstrap import Limiting
from leadintake.entrypoints.api.openapi.document import openapi_document, routes_of

from tests.support.apps import LEADS, a_world

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from tests.support.apps import Store, World

load_all_checks()
# What the business refuses (a name that is taken, an offer that is not there) is no fault of a request's form.
NOT_CHECKED: list[Any] = [CHECKS.get_one("positive_data_acceptance")]
INTAKE = {LEADS, f"{LEADS}/capture", f"{LEADS}/create_or_update"}
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    return openapi_document(world.app)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return every operation with its address and its method."""
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


class TestDocument:
    def test_every_route_is_described_and_nothing_else(self, world: World, document: dict[str, Any]) -> None:
        assert {(method, path) for path, method, _ in operations(document)} == routes_of(world.app)

    def test_it_is_sound_openapi(self, document: dict[str, Any]) -> None:
        """Schemas of 3.1 are JSON Schema, so each has to be one, and each reference has to lead somewhere."""
        schemas = document["components"]["schemas"]
        references = set(re.findall(r"'\$ref': '#/components/(\w+)/(\w+)'", str(document)))

        assert document["openapi"] == "3.1.0"
        assert {name for kind, name in references if kind == "schemas"} == set(schemas)
        assert all(name in document["components"][kind] for kind, name in references)
        for name, schema in schemas.items():
            assert jsonschema_rs.meta.is_valid(schema), name

    def test_operations_have_ids_of_their_own(self, document: dict[str, Any]) -> None:
        """Generated clients name their functions after them."""
        ids = [operation["operationId"] for _, _, operation in operations(document)]

        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", each) for each in ids)

    def test_every_credential_that_is_named_is_described(self, document: dict[str, Any]) -> None:
        named = {name for _, _, operation in operations(document) for each in operation["security"] for name in each}

        assert named == set(document["components"]["securitySchemes"])

    def test_document_is_served_as_it_is(self, world: World, document: dict[str, Any]) -> None:
        answer = world.ask("GET", "/api/v1/openapi.json")

        assert (answer.status_code, answer.content_type, answer.get_json()) == (200, "application/json", document)


class TestWhateverIsMadeFromIt:
    """Requests made from the document, sound ones and unsound ones, against every operation."""

    def test_filter_without_a_value_is_described_as_allowed(self, world: World) -> None:
        """Forms send their empty fields too; such a filter filters nothing."""
        document = openapi_document(world.app)
        [name] = [each for each in document["paths"]["/api/v1/offers"]["get"]["parameters"] if each["name"] == "name"]

        answer = world.client.get("/api/v1/offers?name=&paused=", headers=world.bearer())

        assert (answer.status_code, "minLength" in name["schema"]) == (200, False)

    @pytest.mark.parametrize(
        "name", ["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres_api"))]
    )
    def test_every_operation_answers_as_described(self, request: pytest.FixtureRequest, name: str) -> None:
        store: Store = request.getfixturevalue(f"{name}_store")
        # Its many unknown credentials come from one address, at one moment.
        world = a_world(store, limiting=Limiting(is_on=False))
        known = things_of(world)
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)

        described = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        # All but the document itself, which is where they come from.
        assert len(described) == len(routes_of(world.app)) - 1

        failures = [
            f"{operation.label}: {failure}"
            # What is taken away would be missed by the others.
            for operation in sorted(described, key=takes_away)
            for mode in EXAMPLES
            for failure in failures_of(operation, mode, headers=credential_of(operation, world), known=known)
        ]

        assert failures == [], "\n".join(failures)


def things_of(world: World) -> Mapping[str, Any]:
    """Make one of everything that an address can name, and return them by the address's parts."""
    headers, offer = world.bearer(), world.offer.id
    made = {}
    for path, thing in {
        f"offers/{offer}/contact_fields": {"key": "interest"},
        "suppression_lists": {"name": "Complaints"},
        "lead_tokens": {"schedule_id": world.schedule.id},
        "api_keys": {"permissions": ["read"]},
    }.items():
        answer = world.client.post(f"/api/v1/{path}", json=thing, headers=headers)
        assert answer.status_code == 201
        made[path] = answer.get_json()
    submitted = world.submit(caller_id="+12025550143").get_json()
    told = {
        path: world.post(f"/api/v1/{path}", json={"caller_id": "+12025550143"}, headers=headers).get_json()
        for path in ("calls", "conversions")
    }
    return {
        "submission_id": submitted["submission_id"],
        "schedule_id": world.schedule.id,
        "offer_id": offer,
        "traffic_source_id": world.source.id,
        "list_id": 1,
        "lead_token_id": made["lead_tokens"]["lead_token"]["id"],
        "api_key_id": made["api_keys"]["api_key"]["id"],
        "key": "interest",
        "lead_id": submitted["id"],
        "call_id": told["calls"]["id"],
        "conversion_id": told["conversions"]["id"],
        "caller_id": "+12025550143",
    }


def takes_away(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Say whether there is nothing left to do for others after the operation."""
    return operation.method == "delete" or operation.path.endswith(("/revoke", "/rotate"))


def credential_of(operation: APIOperation[Any, Any, Any, Any], world: World) -> dict[str, str]:
    """Return the headers of somebody who may: a lead token where one will do, else an API key."""
    names = {name for each in operation.definition.raw["security"] for name in each}
    return {"X-Lead-Token": world.schedule_token} if "lead_token" in names else world.bearer()


def failures_of(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    *,
    headers: Mapping[str, str],
    known: Mapping[str, Any],
) -> list[str]:
    """Return what an operation did otherwise than described."""
    found: list[str] = []

    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            # Random numbers name nothing: behind these is somebody.
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
            if operation.path in INTAKE and isinstance(case.body, dict):
                case.body["caller_id"] = "+12025550144"
        try:
            case.call_and_validate(headers=dict(headers), excluded_checks=NOT_CHECKED)
        except FailureGroup as failure:
            found.append(f"{failure}\n{[str(each) for each in failure.exceptions]}")

    try:
        ask()
    except Unsatisfiable:
        # An operation without any input has none that is unsound.
        assert mode is GenerationMode.NEGATIVE
    return found
