"""`QuotaRepository`: how much of the daily caps is leased out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Date, Integer, Uuid, bindparam, delete, text, update

from leadintake.adapters.sql.tables import quotas

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from leadintake.domain.company import CompanyId
    from leadintake.domain.credential import LeadTokenId

_columns = quotas.c
# In the words of both databases. Setting what is there already locks the row until the unit ends, be it new or not.
_CLAIM = text(
    "INSERT INTO quotas (company_id, lead_token_id, day, leased) VALUES (:company_id, :lead_token_id, :day, 0)"
    " ON CONFLICT (company_id, lead_token_id, day) DO UPDATE SET leased = quotas.leased RETURNING leased"
).bindparams(
    bindparam("company_id", type_=Integer), bindparam("lead_token_id", type_=Uuid), bindparam("day", type_=Date)
)
_MINE = (_columns.company_id == bindparam("of_company")) & (_columns.lead_token_id == bindparam("of_lead_token"))
_SAVE = update(quotas).where(_MINE, _columns.day == bindparam("of_day")).values(leased=bindparam("leased"))
_FORGET = delete(quotas).where(_MINE, _columns.day < bindparam("before"))


class SqlQuotas:
    """Leases over the ``quotas`` table."""

    def __init__(self, connection: Connection, company_id: CompanyId) -> None:
        """Work for one company over one connection."""
        self._connection = connection
        self._company_id = company_id

    def claim(self, lead_token_id: LeadTokenId, day: date) -> int:
        """Return how much of that day's cap is leased out."""
        key = {"company_id": self._company_id, "lead_token_id": lead_token_id, "day": day}
        return int(self._connection.execute(_CLAIM, key).scalar_one())

    def save(self, lead_token_id: LeadTokenId, day: date, *, leased: int) -> None:
        """Replace what was claimed."""
        self._connection.execute(_SAVE, self._of(lead_token_id) | {"of_day": day, "leased": leased})

    def forget(self, lead_token_id: LeadTokenId, *, before: date) -> None:
        """Forget the lead token's earlier days."""
        self._connection.execute(_FORGET, self._of(lead_token_id) | {"before": before})

    def _of(self, lead_token_id: LeadTokenId) -> dict[str, object]:
        return {"of_company": self._company_id, "of_lead_token": lead_token_id}
