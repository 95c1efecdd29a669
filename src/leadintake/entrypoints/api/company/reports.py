"""`/api/v1/reports`: what came in and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from leadintake.domain.credential import Permission
from leadintake.entrypoints.api.company.operations import CompanyBlueprint, operation
from leadintake.entrypoints.api.context import services
from leadintake.entrypoints.api.intake.carriers import read_query
from leadintake.entrypoints.report_documents import as_csv, report_document
from leadintake.entrypoints.schemas.company.reports import REPORT, Format, ReportQuerySchema, load_report

if TYPE_CHECKING:
    from leadintake.domain.credential import ApiKey
    from leadintake.entrypoints.schemas.company.reports import ReportWanted

bp = CompanyBlueprint("reports", "Reports")

CSV: Final = "text/csv"
_DESCRIBED: Final = {CSV: {"schema": {"type": "string", "description": "All rows, after RFC 4180."}}}


@operation(
    bp,
    "GET",
    "/reports/attribution",
    needs=Permission.READ,
    reads_itself=ReportQuerySchema(),
    answers=REPORT,
    also=_DESCRIBED,
)
def report_attribution(key: ApiKey) -> dict[str, Any] | Response:
    """Report what came in and what became of it, by source, sub id, owner, time, country, status or lead token."""
    wanted = load_report(read_query(request.query_string), company_id=key.company_id)
    if _is_csv(wanted):
        report = services().report_attribution(replace(wanted.command, offset=0, limit=None))
        name = f"attribution-{report.begin:%Y-%m-%d}-{report.end:%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(as_csv(report), content_type=f"{CSV}; charset=utf-8; header=present", headers=headers)
    report = services().report_attribution(wanted.command)
    return report_document(report, page=wanted.page, per_page=wanted.per_page)


def _is_csv(wanted: ReportWanted) -> bool:
    if wanted.format is not None:
        return wanted.format is Format.CSV
    return request.accept_mimetypes.best_match(["application/json", CSV], "application/json") == CSV
