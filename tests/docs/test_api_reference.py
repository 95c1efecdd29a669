"""docs/api.md names everything that a client can meet, and nothing that it cannot."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from leadintake.config import SETTINGS
from leadintake.domain.attribution import Attribution
from leadintake.domain.enrollment import MOST_TOKENS, Decision
from leadintake.domain.parameters import Limits
from leadintake.domain.reserved_names import RESERVED
from leadintake.domain.submission import Outcome
from leadintake.entrypoints.api.answers import decision_document, lead_document
from leadintake.entrypoints.schemas.list_leads import MOST_PER_PAGE, ListLeadsSchema

from tests.docs.documents import SOURCE, document
from tests.support.builders import a_lead, an_enroll_lead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.docs.documents import Document

API = document("docs/api.md")
PAGES = document("docs/pages.md")
PAGES_OF_REPORTS = document("docs/pages-reports.md")
_SPAN = re.compile(r"`([^`]+)`")
_OF_EVERY_ADDRESS = {"HEAD", "OPTIONS"}


def first_column(heading: str, *, of: Document = API) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    return {name for row in of.table(heading) for name in _SPAN.findall(row[0])}


def test_every_route_is_documented(app: Flask) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _OF_EVERY_ADDRESS
    }

    pages = first_column("Addresses", of=PAGES) | first_column("Addresses", of=PAGES_OF_REPORTS)
    assert first_column("Routes") | pages == routes | {"OPTIONS /api/v1/leads"}


def test_every_field_of_an_answer_is_documented() -> None:
    command = an_enroll_lead()
    decision = Decision(command=command, outcome=Outcome.CREATED, lead=a_lead(), attribution=Attribution())

    assert first_column("The answer") == set(decision_document(decision))


def test_every_field_of_a_lead_is_documented() -> None:
    assert first_column("Fields of a lead") == set(lead_document(a_lead()))


def test_every_outcome_is_documented() -> None:
    """Refused is an outcome of the ledger; a client sees the refusal's code instead."""
    assert first_column("Outcomes") == set(Outcome) - {Outcome.REFUSED}


def test_every_warning_is_documented() -> None:
    winners = {f"{entry.winner}_wins" for entry in RESERVED.values() if entry.winner}

    assert first_column("Warnings") == set(notice_codes()) | winners


def test_limits_are_the_defaults() -> None:
    settings = {setting.name: setting.default for setting in SETTINGS}
    fixed = {"lead tokens that one lead gathers": MOST_TOKENS, "parameters in all": Limits().max_parameters}

    for what, value, setting, _ in API.table("Limits"):
        assert value == (str(fixed[what]) if setting == "fixed" else settings[setting.strip("`")]), what


def test_every_filter_of_the_list_is_documented() -> None:
    assert first_column("Reading leads") == set(ListLeadsSchema().fields)
    assert f"at most {MOST_PER_PAGE}" in API.section("Reading leads")


def test_preflight_is_answered_as_documented(app: Flask) -> None:
    answer = app.test_client().options("/api/v1/leads")

    documented = {name.strip("`"): value.strip("`") for name, value in API.table("Headers")}
    assert answer.status_code == 204
    assert {name: answer.headers.get(name) for name in documented} == documented


def test_headers_of_every_answer_are_documented(app: Flask) -> None:
    answer = app.test_client().get("/healthz")

    for name, value in answer.headers:
        if name not in {"Content-Type", "Content-Length"}:
            shown = name if name == "X-Request-Id" else f"{name}: {value}"
            assert f"`{shown}`" in API.section("Headers")


def notice_codes() -> Iterator[str]:
    """Yield the code of every notice that the product can give."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in {"Notice", "note"}:
                given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "code")]
                yield from (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _called(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else None
