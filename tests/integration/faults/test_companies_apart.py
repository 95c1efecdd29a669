"""Two companies on one installation, both under load at the same moment, with the same callers."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.integration.faults import audit
from tests.integration.faults.soak import rounds
from tests.support.loads import LEADS, Attempt, Sender, callers, run_all
from tests.support.wire import exchange, request_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.integration.faults.installations import Installation

SENDERS = 8
CALLERS = 40


def test_lead_token_of_one_company_never_writes_into_another(installation: Installation) -> None:
    """Requests of several companies wait in one queue and share connections; their leads must share nothing."""
    companies = [installation.founded, installation.found("--company", "Another company")]
    whom = list(islice(callers(), len(rounds(CALLERS, soak=200))))
    attempts: list[tuple[int, Attempt]] = []
    with installation.serving() as server:
        # Half of them the other way round: answered together, they would otherwise go on for one company together.
        orders = [companies, companies[::-1]] * (SENDERS // 2)
        run_all([partial(post_for_both, server.port, order, whom, attempts) for order in orders])
        listed = [list_leads(server.port, company, len(whom)) for company in companies]
        assert server.terminate() == 0, server.output()[-2_000:]

    assert {attempt.status for _, attempt in attempts} == {200}
    stored = audit.read(installation.database_url)
    audit.check_wholeness(stored)
    assert Counter(submission.company_id for submission in stored.submissions) == Counter(
        company_id for company_id, _ in attempts
    )
    for company, leads in zip(companies, listed, strict=True):
        company_id = company["company"]["id"]
        own = {str(lead.id): lead for lead in stored.leads if lead.company_id == company_id}
        assert {attempt.lead_id for owner, attempt in attempts if owner == company_id} == set(own)
        assert {lead["id"] for lead in leads} == set(own)
        assert sorted(lead.caller for lead in own.values()) == whom
        assert {lead.tokens["sent_for"] for lead in own.values()} == {str(company_id)}


def post_for_both(
    port: int, companies: Sequence[Mapping[str, Any]], whom: Sequence[str], attempts: list[tuple[int, Attempt]]
) -> None:
    """Post every caller for each company in turn, on one connection."""
    with Sender(port) as sender:
        for caller in whom:
            for company in companies:
                company_id, token = company["company"]["id"], company["schedule"]["lead_token"]
                attempts.append((company_id, sender.post(token, caller, data={"sent_for": company_id})))


def list_leads(port: int, company: Mapping[str, Any], count: int) -> Sequence[Mapping[str, Any]]:
    """Return the leads that the company sees, a page after the other."""
    leads: list[Mapping[str, Any]] = []
    for page in range(1, count // 100 + 2):
        target = f"{LEADS}?per_page=100&page={page}"
        key = f"Authorization: Bearer {company['api_key']['private']}"
        answer = exchange(port, request_bytes(target, key, method="GET"))
        assert answer.status == 200, answer.body
        leads += json.loads(answer.body)["leads"]
    return leads
