"""What ``leadintake doctor --audit`` verifies, and the heads that were noted for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from leadintake.domain.company import CompanyId
from leadintake.entrypoints.cli.companies import choose_company
from leadintake.entrypoints.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.bootstrap import Services
    from leadintake.domain.ports import Finding
    from leadintake.domain.use_cases.audit_events import ChainHead

_HEAD: Final = re.compile(r"([0-9]{1,9}):([0-9]{1,9}):([0-9a-fA-F]{64})")


class NotedHead(click.ParamType["tuple[CompanyId, int, bytes]"]):
    """The end of a chain, as ``leadintake audit head`` shows it: company, number of the segment, hash."""

    name = "head"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[CompanyId, int, bytes]:
        """Return the company, the number and the hash."""
        found = _HEAD.fullmatch(str(value).strip())
        if found is None or not int(found[2]):
            self.fail(
                f"{value!r} is no head: give COMPANY:NUMBER:HASH as `leadintake audit head` shows it.", param, ctx
            )
        return CompanyId(int(found[1])), int(found[2]), bytes.fromhex(found[3])


def written(end: ChainHead) -> str:
    """Return the head as it is noted; empty for a chain without segments."""
    return f"{end.company.id}:{end.head.number}:{end.head.hash.hex()}" if end.head.number else ""


def audited(
    services: Services, *, wanted: str | None, heads: Sequence[tuple[CompanyId, int, bytes]]
) -> Sequence[Finding]:
    """Verify the events of the company that is wanted, or of all.

    Raises: UsageError: a company that is named does not exist.
    """
    from leadintake.domain.use_cases.audit_events import AuditEvents

    companies = services.list_companies() if wanted is None else [choose_company(services, wanted)]
    noted: dict[CompanyId, dict[int, bytes]] = {}
    for company_id, number, hash_ in heads:
        if company_id not in {company.id for company in companies}:
            raise click.UsageError(f"--head {company_id}:{number}:…: there is no company {company_id} to audit.")
        noted.setdefault(company_id, {})[number] = hash_
    total = sum(end.events for end in services.read_chain_heads(companies))
    with progress("Events", total) as advance:
        return services.audit_events(AuditEvents(companies=companies, heads=noted), advance=advance)
