"""Owner rules, contact fields, suppression lists, idempotency records, and what leads gain from their parameters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As the types were then: a migration must not change with the code.
INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go forward. Columns are only added, so that no table is written anew, however large."""
    op.add_column("offers", sa.Column("rules", JSON, server_default="{}", nullable=False))
    op.add_column("schedules", sa.Column("end_actions", JSON, server_default="[]", nullable=False))
    op.add_column("schedules", sa.Column("rules", JSON, server_default="{}", nullable=False))
    op.add_column("leads", sa.Column("callback_at", INSTANT, nullable=True))
    op.add_column("leads", sa.Column("plan_expires_at", INSTANT, nullable=True))
    op.add_column("leads", sa.Column("max_contact_attempts", sa.Integer(), nullable=True))
    op.add_column("leads", sa.Column("ending", sa.Boolean(), nullable=True))
    op.add_column("leads", sa.Column("counted_ip", sa.Text(), nullable=True))
    _add_indexes()
    op.create_table(
        "contact_fields",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("minimum", sa.Text(), nullable=True),
        sa.Column("maximum", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "offer_id"],
            ["offers.company_id", "offers.id"],
            name=op.f("fk_contact_fields_company_id_offer_id_offers"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_contact_fields_company_id_companies")),
        sa.PrimaryKeyConstraint("company_id", "offer_id", "key", name=op.f("pk_contact_fields")),
    )
    op.create_table(
        "suppression_lists",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "offer_id"],
            ["offers.company_id", "offers.id"],
            name=op.f("fk_suppression_lists_company_id_offer_id_offers"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_suppression_lists_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_suppression_lists")),
    )
    op.create_table(
        "suppressed_callers",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("list_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "list_id"],
            ["suppression_lists.company_id", "suppression_lists.id"],
            name=op.f("fk_suppressed_callers_company_id_list_id_suppression_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_suppressed_callers_company_id_companies")
        ),
        sa.PrimaryKeyConstraint("company_id", "caller", "list_id", name=op.f("pk_suppressed_callers")),
    )
    op.create_index(
        op.f("ix_suppressed_callers_company_id_list_id_caller"),
        "suppressed_callers",
        ["company_id", "list_id", "caller"],
    )
    op.create_table(
        "idempotency_records",
        sa.Column("company_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "key", "owner_kind", "owner_id", "route", name=op.f("pk_idempotency_records")
        ),
    )
    op.create_index(
        op.f("ix_idempotency_records_company_id_created_at"), "idempotency_records", ["company_id", "created_at"]
    )


def _add_indexes() -> None:
    _add_partial_index(
        "ix_contacts_left_alone", "contacts", "caller", where="opted_out_at IS NOT NULL OR blocked_at IS NOT NULL"
    )
    _add_partial_index("ix_leads_expiring", "leads", "expires_at", where="live IS NOT NULL AND expires_at IS NOT NULL")
    _add_partial_index(
        "ix_leads_plan_expiring", "leads", "plan_expires_at", where="live IS NOT NULL AND plan_expires_at IS NOT NULL"
    )
    _add_partial_index(
        "ix_leads_counted_ip",
        "leads",
        "owner_kind",
        "owner_id",
        "counted_ip",
        "created_at",
        where="counted_ip IS NOT NULL",
    )
    _add_partial_index("ix_events_of_contacts", "events", "caller", where="lead_id IS NULL")


def _add_partial_index(name: str, table: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, ["company_id", *columns], postgresql_where=condition, sqlite_where=condition)
