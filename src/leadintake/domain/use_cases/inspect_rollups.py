"""Inspect roll-ups: is everything counted that there is, and counted anew if not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from leadintake.domain.ports import Finding
from leadintake.domain.rollup import beginning_of
from leadintake.domain.use_cases.meeting import tried_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadintake.domain.company import Company, CompanyId
    from leadintake.domain.ports import Installation, UnitOfWorkFactory
    from leadintake.domain.rollup import Measures, RollupKey

_CHECK: Final = "rollups_exact"
_MOST_NAMED: Final = 3
_MEND: Final = "run: leadintake report rebuild"


def inspect_rollups(*, installation: Installation, reading: UnitOfWorkFactory) -> Sequence[Finding]:
    """Count everything anew and compare it with what is counted, company by company.

    Raises: Unavailable: the store went away.
    """
    companies = installation.companies()
    wrong = [finding for company in companies if (finding := _inspect(company, reading)) is not None]
    return wrong or [Finding(_CHECK, is_fine=True, detail=f"counted anew for {len(companies)} of {len(companies)}")]


def _inspect(company: Company, reading: UnitOfWorkFactory) -> Finding | None:
    with reading(company.id) as uow:
        found = uow.rollups.differences(limit=_MOST_NAMED)
        if not found and uow.rollups.agrees_with_itself():
            return None
    said = "; ".join(_said(key, measures) for key, measures in found.items())
    detail = f"reports of company {company.id} are not what its records say: {said or 'sums over longer times differ'}"
    return Finding(_CHECK, is_fine=False, detail=detail, mend=_MEND)


def _said(key: RollupKey, measures: Measures) -> str:
    """Name a difference: when, under what, and by how much the report is too low. A sub id is what somebody wrote."""
    under = [f"source {key.traffic_source_id or 'none'}", f"sub id {key.sub_id!r}" if key.sub_id else "no sub id"]
    if key.owner is not None:
        under.append(f"{key.owner.kind} {key.owner.id}")
    under.append(key.country or "no country")
    off = ", ".join(f"{name} {number:+}" for name, number in measures._asdict().items() if number)
    return f"{beginning_of(key.quarter):%Y-%m-%d %H:%M} UTC, {', '.join(under)}: {off}"


def rebuild_rollups(company_id: CompanyId, *, unit_of_work: UnitOfWorkFactory, batch_size: int = 1_000) -> int:
    """Count everything of a company anew from what is stored, and return how many sums that made.

    Reports are exact all the while. Raises: StaleWrite: others folded again and again; trying again is safe.
    """
    tried_again(partial(_rebuild, company_id, unit_of_work))
    count, folded = 0, batch_size
    while folded == batch_size:
        with unit_of_work(company_id) as uow:
            folded = uow.rollups.fold(limit=batch_size)
            uow.commit()
        count += folded
    return count


def _rebuild(company_id: CompanyId, unit_of_work: UnitOfWorkFactory) -> None:
    with unit_of_work(company_id) as uow:
        uow.rollups.rebuild()
        uow.commit()
