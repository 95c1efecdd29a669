"""Two companies on every store, one probed with the other's ids over every route: nothing is read, written or told.

The routes and what they take come from the application's own OpenAPI document, so that one that is added is probed
as well.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, quote_plus

import pytest

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.openapi.document import openapi_document

from tests.support.apps import LEADS, a_world
from tests.support.stored import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from tests.support.apps import Store, World

MARK = "nobody-elses-business"
"""Stands in everything that the probed company has set up or was sent."""
OWN_CALLER, FOREIGN_CALLER, ABSENT_CALLER = "+12025550143", "+12025550199", "+12025550188"
ABSENT_ID = "0192f1a0-7c3e-7d59-9d2c-000000000000"
SURPLUS = 40
"""How many of each numbered thing the probed company has: the prober has one or two, so these are the other's only."""
SECRETS = re.compile(r"(?:lt|lp|ak|sk|pk)_[A-Za-z0-9_]{8,}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OF_EACH_REQUEST = {"Date", "X-Request-Id"}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

ABSENT: Mapping[str, str | int] = MappingProxyType(
    {
        "schedule_id": 99,
        "offer_id": 99,
        "list_id": 99,
        "suppression_list_id": 99,
        "traffic_source_id": 1099,
        "key": "no_one_has_any_such_key_",
        "lead_id": ABSENT_ID,
        "lead_token_id": ABSENT_ID,
        "api_key_id": ABSENT_ID,
        "submission_id": ABSENT_ID,
        "call_id": ABSENT_ID,
        "conversion_id": ABSENT_ID,
        # As long as the other company's: where what was asked for is shown, the answer is as long.
        "external_id": "none-of-that-name------",
        "call_external_id": "none-of-that-name------",
        "caller_id": ABSENT_CALLER,
        "cursor": ABSENT_ID,
        "email": "nobody@example.com",
        "sub_id": "none of that name there",
    }
)
A_NAME = "probed"
_COUNT = itertools.count()
BAD = 400
MOMENT = "2026-03-01T12:00:00Z"
OF_SCHEDULE = "lead token of a schedule"

Answer: TypeAlias = "tuple[int, str]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Three ways to name a thing: one's own, one that only the other company has, and one that nobody has."""

    own: str | int
    foreign: str | int
    absent: str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the document."""

    path: str
    method: str
    queries: Sequence[str]
    body: Mapping[str, Any] | None
    references: Sequence[str]
    takes_anything: bool

    @property
    def variables(self) -> Sequence[str]:
        """Return what its address names."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def label(self) -> str:
        """Return it as people write it."""
        return f"{self.method.upper()} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, but for its credential."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The same request about one's own thing, about the other company's, and about none."""

    label: str
    own: Request
    foreign: Request
    absent: Request
    names: Mapping[str, Name]
    is_by_address: bool


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation that asks for a credential, those that take away last."""
    found = []
    for path, item in document["paths"].items():
        for method, described in item.items():
            if method == "parameters" or not described["security"]:
                continue
            content = described.get("requestBody", {}).get("content", {})
            body, references = a_body(document, content.get(JSON, {}).get("schema", {})) if content else (None, [])
            parameters = [each for each in described.get("parameters", []) if "name" in each]
            found.append(
                Operation(
                    path=path,
                    method=method,
                    queries=[each["name"] for each in parameters if each["in"] == "query"],
                    body=body,
                    references=references,
                    takes_anything=FORM in content,
                )
            )
    return sorted(found, key=lambda one: (one.method == "delete", -len(one.path), one.path, one.method))


def a_body(document: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a body that has what the schema asks for, and the names of those of its fields that name other things."""
    described = resolved(document, schema)
    properties = {name: resolved(document, one) for name, one in described.get("properties", {}).items()}
    wanted = set(described.get("required", [])) | ({"name", "title", "email"} & set(properties))
    body = {name: MOMENT if name == "since" else a_value(one) for name, one in properties.items() if name in wanted}
    return body, [name for name in properties if name.endswith(("_id", "_ids"))]


def resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a reference leads to."""
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def a_value(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a small value of that schema."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "string":
        return {"email": "ada@example.com", "date-time": MOMENT}.get(schema.get("format", ""), A_NAME)
    if kind == "array":
        return [OWN_CALLER] if schema.get("minItems") or resolved({}, schema.get("items", {})) == {} else []
    return {"integer": 1, "number": 1, "boolean": False, "object": {}}[kind]


class Names:
    """What can be named, by the name of the parameter that names it."""

    def __init__(self, own: Mapping[str, Any], foreign: Mapping[str, Any], others: Sequence[Name]) -> None:
        self._known = {
            name: Name(own=own[name], foreign=foreign[name], absent=absent) for name, absent in ABSENT.items()
        }
        self._others = others

    def of(self, parameter: str) -> Sequence[Name]:
        """Return what that parameter may name: of one that is new here, one of everything."""
        if parameter in self._known:
            return [self._known[parameter]]
        return self._others if parameter.endswith("_id") else []


def probes_of(operation: Operation, names: Names) -> Iterator[Probe]:
    """Yield every request to try: one's own things everywhere but in one place, and nowhere."""
    own = {name: names.of(name)[0].own for name in operation.variables}
    addresses: list[dict[str, Name]] = [{name: one} for name in own for one in names.of(name)]
    if len(own) > 1:
        addresses.append({name: names.of(name)[0] for name in own})
    for named in addresses:
        yield Probe(
            label=f"{operation.label} with {', '.join(named)} in its address",
            own=a_request(operation, own),
            foreign=a_request(operation, own | {name: one.foreign for name, one in named.items()}),
            absent=a_request(operation, own | {name: one.absent for name, one in named.items()}),
            names=named,
            is_by_address=True,
        )
    in_query = [
        *operation.queries,
        *(["caller_id"] if operation.method == "get" and "caller_" in operation.path else []),
    ]
    in_body = list(operation.references)
    if operation.takes_anything:
        in_body += ["caller_id", "lead_id", "schedule_id", "offer_id", "traffic_source_id", "sub_id", "email"]
    for place, parameters in {"query": in_query, "body": in_body}.items():
        for parameter in parameters:
            for one in names.of(parameter):
                yield Probe(
                    label=f"{operation.label} with {parameter} in its {place}",
                    own=a_request(operation, own, **{place: {parameter: one.own}}),
                    foreign=a_request(operation, own, **{place: {parameter: one.foreign}}),
                    absent=a_request(operation, own, **{place: {parameter: one.absent}}),
                    names={parameter: one},
                    is_by_address=False,
                )
    # Last, for some things are made or taken away only once: what it says when nothing foreign is named.
    bare = a_request(operation, own)
    yield Probe(label=operation.label, own=bare, foreign=bare, absent=bare, names={}, is_by_address=True)


def a_request(
    operation: Operation,
    address: Mapping[str, str | int],
    *,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Request:
    """Return the operation's request with these things named."""
    path = operation.path
    for name, value in address.items():
        path = path.replace(f"{{{name}}}", str(value))
    whole = None
    if operation.body is not None:
        whole = {**operation.body, **({"caller_id": OWN_CALLER} if operation.takes_anything else {}), **(body or {})}
        if operation.takes_anything and operation.variables and "caller_id" not in (body or {}):
            del whole["caller_id"]
    needed = {"since": MOMENT} if "since" in operation.queries else {}
    return Request(method=operation.method, path=path, query={**needed, **(query or {})}, body=whole)


@pytest.fixture
def probed(store: Store) -> World:
    """Found the company that is to keep everything to itself."""
    world = a_world(store)
    with store.unit_of_work(world.company.id) as uow:
        for _ in range(SURPLUS):
            offer = uow.directory.add_offer(name=MARK)
            uow.directory.add_schedule(name=MARK, actions=world.schedule.actions, offer_id=offer.id)
            uow.directory.add_traffic_source(name=MARK)
            uow.directory.add_suppression_list(name=MARK)
        uow.commit()
    fill(world, foreign_things(), caller=FOREIGN_CALLER, text=MARK)
    # What it knows of this caller would show as a refusal where it does not belong.
    for path, body in {
        f"suppression_lists/{SURPLUS}/callers": {"callers": [FOREIGN_CALLER]},
        f"contacts/{FOREIGN_CALLER}/caller_block": {},
    }.items():
        assert world.post(f"/api/v1/{path}", json=body, headers=world.bearer()).status_code in {200, 201}, path
    return world


def a_prober(store: Store) -> World:
    """Found a company whose keys and lead tokens are tried on the other's things."""
    world = a_world(store)
    made = world.post("/api/v1/suppression_lists", json={"name": "Complaints"}, headers=world.bearer())
    assert made.status_code == 201
    fill(world, own_things(), caller=OWN_CALLER, text="my own business")
    return world


PROBED_LABEL = "probed"
"""Of the lead token and the API key that are there to be changed and ended."""


def own_things() -> dict[str, Any]:
    return {
        "schedule_id": 1,
        "offer_id": 1,
        "list_id": 1,
        "suppression_list_id": 1,
        "traffic_source_id": 1000,
        "key": "interest",
        "email": "ada@example.com",
        "sub_id": "mine",
        "external_id": "my-own-call",
        "call_external_id": "my-own-call",
    }


def foreign_things() -> dict[str, Any]:
    return {
        "schedule_id": SURPLUS,
        "offer_id": SURPLUS,
        "list_id": SURPLUS,
        "suppression_list_id": SURPLUS,
        "traffic_source_id": 1000 + SURPLUS,
        "key": MARK.replace("-", "_") + "_al",
        "email": "victim@example.com",
        "sub_id": MARK + "_s",
        "external_id": MARK + "-x",
        "call_external_id": MARK + "-x",
    }


def fill(world: World, things: Mapping[str, Any], *, caller: str, text: str) -> None:
    """Give the company a contact field, a lead of that caller and a submission."""
    made = world.post(
        f"/api/v1/offers/{things['offer_id']}/contact_fields", json={"key": things["key"]}, headers=world.bearer()
    )
    assert made.status_code == 201, made.get_json()
    given = {name: things[name] for name in ("traffic_source_id", "email", "sub_id")}
    submitted = world.submit(caller_id=caller, interest=text, **given)
    assert submitted.status_code == 200, submitted.get_json()
    for path, thing in {
        "lead_tokens": {"offer_id": things["offer_id"], "label": PROBED_LABEL},
        "api_keys": {"permissions": ["read"], "label": PROBED_LABEL},
    }.items():
        made = world.post(f"/api/v1/{path}", json=thing, headers=world.bearer())
        assert made.status_code == 201, made.get_json()
    for path in ("calls", "conversions"):
        told = {"caller_id": caller, "external_id": things["external_id"], "revenue": "12.50"}
        made = world.post(f"/api/v1/{path}", json=told, headers=world.bearer())
        assert made.status_code == 200, made.get_json()


def everything_of(world: World, things: Mapping[str, Any], *, caller: str) -> dict[str, Any]:
    """Return the ids of the company's things by the names of the parameters that name them."""
    [lead], [submission, *_] = world.leads(), world.submissions()
    ids = {"lead_id": str(lead.id), "cursor": str(lead.id), "submission_id": str(submission.receipt.id)}
    for name, path in {"lead_token_id": "lead_tokens", "api_key_id": "api_keys"}.items():
        made = world.get(f"/api/v1/{path}").get_json()[path]
        [ids[name]] = [each["id"] for each in made if each["label"] == PROBED_LABEL]
    for name, path in {"call_id": "calls", "conversion_id": "conversions"}.items():
        [one] = world.get(f"/api/v1/{path}").get_json()[path]
        ids[name] = one["id"]
    return {**things, **ids, "caller_id": caller}


def credentials_of(world: World) -> dict[str, dict[str, str]]:
    """Return the headers of everybody whom the company lets in."""
    keys = {permission.value: world.bearer(world.another_key(permission)) for permission in Permission}
    return keys | {
        OF_SCHEDULE: {"X-Lead-Token": world.schedule_token},
        "lead token of an offer": {"X-Lead-Token": world.offer_token},
    }


def tried_by(probe: Probe, credentials: Mapping[str, dict[str, str]]) -> Mapping[str, dict[str, str]]:
    """Return who tries it: everybody an address, and for the rest, which are many, one of each kind who may."""
    return credentials if probe.is_by_address else {who: credentials[who] for who in ("admin", OF_SCHEDULE)}


def ask(world: World, request: Request, headers: Mapping[str, str], probe: Probe, ids: AbstractSet[str]) -> Answer:
    """Ask, and return the answer without what differs between any two requests and without the names asked for."""
    body = request.body
    if body is not None and body.get("name") == A_NAME:
        # A name is taken only once, and by whichever request comes first.
        body = {**body, "name": f"{A_NAME}{next(_COUNT):06}"}
    answer = world.client.open(
        request.path, method=request.method, query_string=request.query, json=body, headers=headers
    )
    kept = sorted(f"{name}: {value}" for name, value in answer.headers if name not in OF_EACH_REQUEST)
    text = unnamed("\n".join([*kept, answer.get_data(as_text=True)]), probe.names)
    text = re.sub(rf"{A_NAME}\d{{6}}", A_NAME, text)
    assert MARK not in text, (probe.label, text)
    assert not ids & set(UUID.findall(text)), (probe.label, text)
    return answer.status_code, SECRETS.sub("[secret]", UUID.sub("[id]", text))


def is_told_apart(world: World, probe: Probe, headers: Mapping[str, str], ids: AbstractSet[str]) -> bool:
    """Say whether the other company's thing is answered otherwise than one that nobody has."""
    absent, foreign = (ask(world, each, headers, probe, ids) for each in (probe.absent, probe.foreign))
    if (absent[0] >= BAD and absent == foreign) or not probe.names:
        return False
    # The first may have changed what is one's own, such as made a lead; the second time shows what that came to.
    again, foreign_again = (ask(world, each, headers, probe, ids) for each in (probe.absent, probe.foreign))
    return again != foreign_again or ("caller_id" in probe.names and absent != foreign)


def unnamed(text: str, names: Mapping[str, Name]) -> str:
    """Take out the names asked for."""
    for one in names.values():
        for name in (one.foreign, one.absent):
            for written in {str(name), quote_plus(str(name)), quote(str(name))}:
                text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", "[it]", text)
    return text


def names_between(store: Store, prober: World, probed: World) -> tuple[Names, AbstractSet[str]]:
    """Return what can be named in requests of the one to the other's things, and all ids of the other."""
    rows = rows_of(store, probed.company.id)
    ids = {each for table in rows.values() for row in table for each in UUID.findall(row)}
    # One of each kind of thing, for parameters that nobody here knows.
    first = {found.group() for table in rows.values() if table and (found := UUID.search(table[0]))}
    others = [Name(own=ABSENT_ID, foreign=each, absent=ABSENT_ID) for each in sorted(first)]
    others.append(Name(own=1, foreign=SURPLUS, absent=99))
    own = everything_of(prober, own_things(), caller=OWN_CALLER)
    return Names(own, everything_of(probed, foreign_things(), caller=FOREIGN_CALLER), others), ids


@pytest.mark.timeout(400)  # thousands of requests
def test_no_route_tells_writes_or_admits_to_anything_of_another_company(store: Store, probed: World) -> None:
    """An id that leaks, or is guessed, is worth nothing: it is answered as one that nobody ever had."""
    before = rows_of(store, probed.company.id)
    found = operations(openapi_document(probed.app))
    told: list[str] = []
    unsuccessful: list[str] = []

    for operation in found:
        # A fresh one each time: after its callers have opted out, all else would be refused alike.
        prober = a_prober(store)
        names, ids = names_between(store, prober, probed)
        probes = list(probes_of(operation, names))
        statuses, credentials = set(), credentials_of(prober)
        for probe in probes:
            for who, headers in tried_by(probe, credentials).items():
                if is_told_apart(prober, probe, headers, ids):
                    told.append(f"{probe.label}, by {who}")
                statuses.add(ask(prober, probe.own, headers, probe, ids)[0])
        if len(probes) > 1 and min(statuses) >= BAD:
            unsuccessful.append(operation.label)
        assert rows_of(store, probed.company.id) == before, operation.label

    assert told == []
    # A request that is refused for its form says nothing about companies: each has done to one's own what it is for.
    assert unsuccessful == []


def test_idempotency_key_of_another_company_is_no_key_of_ones_own(store: Store) -> None:
    """Both may number their orders from one: an answer belongs to who got it first, in one company."""
    first, second = (
        world.client.post(
            LEADS,
            json={"caller_id": OWN_CALLER},
            headers={"Idempotency-Key": "order-0001-of-today", "X-Lead-Token": world.schedule_token},
        )
        for world in (a_world(store), a_world(store))
    )

    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert first.get_json()["id"] != second.get_json()["id"]
