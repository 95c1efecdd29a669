"""The net behind every company filter on PostgreSQL: row-level security.

Every table of a company has a policy that shows and takes only the rows of the transaction's company. Units of work
take a role that no policy can be evaded by; what lies above the companies says so when its transaction begins.
Everything holds for one transaction only, so connections may be shared by whoever comes next, poolers included.

Source: ADR 0021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from leadintake.domain.ports import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from leadintake.domain.company import CompanyId

COMPANY: Final = "leadintake_company"
"""Execution option: the company whose rows the connection's transactions may see and write."""
ACROSS: Final = "leadintake_across_companies"
"""Execution option of the connections that look after all companies: migrations and `SqlInstallation`."""

ROLE: Final = "leadintake_app"
_COMPANY_SETTING: Final = "leadintake.company_id"
ACROSS_SETTING: Final = "leadintake.across_companies"
"""Setting of the same, for connections that no engine of ours makes."""
_ROLE_TAKEN: Final = "leadintake_role_taken"
_GRANTABLE_APART: Final = 160000
"""PostgreSQL 16: from here on a member of a role may take it only if it was told so."""

# A setting that was local to a transaction reads as an empty text afterwards, not as null.
_OWN: Final = f"NULLIF(current_setting('{_COMPANY_SETTING}', true), '')::integer"
_ACROSS: Final = f"current_setting('{ACROSS_SETTING}', true) = 'on'"

# The tables are asked of the catalogue: one that a later version adds is in the net by having a company.
_COMPANY_TABLES: Final = """
    SELECT c.oid, c.relname AS name, c.relowner AS owner, c.relrowsecurity AND c.relforcerowsecurity AS is_forced,
        CASE c.relname WHEN 'companies' THEN 'id' ELSE 'company_id' END AS company
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = current_schema())
    AND c.relkind IN ('r', 'p')
    AND (c.relname = 'companies' OR EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND a.attnum > 0 AND NOT a.attisdropped
    ))
"""

# Does only what is not done yet: it takes no lock where there is nothing to do.
_KEEP_APART: Final = f"""
DO $do$
DECLARE
    place record;
    numbers regclass;
BEGIN
    -- The role belongs to the whole server, where another database may have made it, or be making it just now.
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
            CREATE ROLE {ROLE} NOLOGIN;
        END IF;
        IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') OR (
            current_setting('server_version_num')::integer >= {_GRANTABLE_APART}
            AND NOT pg_has_role(current_user, '{ROLE}', CASE
                WHEN current_setting('server_version_num')::integer >= {_GRANTABLE_APART} THEN 'SET' ELSE 'MEMBER'
            END)
        ) THEN
            EXECUTE format('GRANT {ROLE} TO %I', current_user);
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege OR undefined_object THEN
        NULL;  -- the policies hold for the tables' owner as well, unless nothing holds for it
    END;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}')
    AND NOT has_schema_privilege('{ROLE}', current_schema(), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO {ROLE}', current_schema());
    END IF;
    FOR place IN {_COMPANY_TABLES} LOOP
        IF NOT EXISTS (
            SELECT FROM pg_policy WHERE polrelid = place.oid AND polname = 'companies_apart' AND polroles = '{{0}}'
        ) THEN
            EXECUTE format('DROP POLICY IF EXISTS companies_apart ON %I', place.name);
            EXECUTE format('CREATE POLICY companies_apart ON %I USING (%I = {_OWN.replace("'", "''")})',
                place.name, place.company);
        END IF;
        IF NOT EXISTS (
            SELECT FROM pg_policy
            WHERE polrelid = place.oid AND polname = 'across_companies' AND polroles = ARRAY[place.owner]
        ) THEN
            EXECUTE format('DROP POLICY IF EXISTS across_companies ON %I', place.name);
            EXECUTE format('CREATE POLICY across_companies ON %I TO %I USING ({_ACROSS.replace("'", "''")})',
                place.name, pg_get_userbyid(place.owner));
        END IF;
        IF NOT place.is_forced THEN
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', place.name);
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
            IF NOT has_table_privilege('{ROLE}', place.oid, 'UPDATE') THEN
                -- Founding a company, and ending one, lies above the companies.
                EXECUTE format('GRANT SELECT, UPDATE%s ON %I TO {ROLE}',
                    CASE place.name WHEN 'companies' THEN '' ELSE ', INSERT, DELETE' END, place.name);
            END IF;
            FOR numbers IN
                SELECT d.objid::regclass FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid
                WHERE d.refobjid = place.oid AND d.classid = 'pg_class'::regclass AND place.name <> 'companies'
                -- In this order: what is no sequence must not be asked for its privileges, and AND has no order.
                AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege('{ROLE}', d.objid, 'USAGE') END
            LOOP
                EXECUTE format('GRANT USAGE ON SEQUENCE %s TO {ROLE}', numbers);
            END LOOP;
        END IF;
    END LOOP;
END
$do$
"""  # noqa: S608 - our own texts


def keep_companies_apart(connection: Connection) -> None:
    """Put every company table into the net, as far as the connection's user may.

    Nothing to do on SQLite, and little where it is done already.
    """
    if connection.dialect.name == "postgresql":
        # Without parameters the driver leaves the percent signs alone.
        connection.exec_driver_sql(_KEEP_APART, execution_options={"no_parameters": True})


def note_role(connection: Any, info: dict[str, Any]) -> None:  # noqa: ANN401 - the driver's
    """Look, once for each new connection, whether it may take the role, and whether the role may work here."""
    how = "SET" if connection.info.server_version >= _GRANTABLE_APART else "MEMBER"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(session_user, oid, %s) AND has_table_privilege(oid, to_regclass('companies'), 'UPDATE')"
            " FROM pg_roles WHERE rolname = %s",
            (how, ROLE),
        )
        found = cursor.fetchone()
    info[_ROLE_TAKEN] = bool(found and found[0])


def beginning(connection: Connection, *, is_reading: bool) -> str:
    """Return the statements, one message, that begin the connection's transaction.

    Shape: inside one company, across them if the connection says so, else inside none: nothing is seen then.
    """
    options = connection.get_execution_options()
    if options.get(ACROSS):
        # Nobody who looks across the companies writes, unless it was meant.
        return f"BEGIN{' READ ONLY' if is_reading else ''}; SET LOCAL {ACROSS_SETTING} = on"
    # Who only reads sees one moment, as on SQLite: figures that belong together must not be of two.
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ" if is_reading else "BEGIN"
    role = f"; SET LOCAL ROLE {ROLE}" if connection.info[_ROLE_TAKEN] else ""
    company_id: CompanyId | None = options.get(COMPANY)
    return f"{begin}{role}" if company_id is None else f"{begin}{role}; SET LOCAL {_COMPANY_SETTING} = {company_id:d}"


_OUTSIDE: Final = text(
    f"""
    SELECT t.name FROM ({_COMPANY_TABLES}) AS t
    WHERE NOT row_security_active(t.oid) OR NOT t.is_forced
    OR (SELECT array_agg(p.polname::text ORDER BY p.polname) FROM pg_policy AS p WHERE p.polrelid = t.oid)
        IS DISTINCT FROM ARRAY['across_companies', 'companies_apart']
    OR (current_user = '{ROLE}' AND NOT has_table_privilege(t.oid, 'SELECT'))
    ORDER BY t.name
    """  # noqa: S608 - our own texts
)
_WHO: Final = text(
    "SELECT session_user AS name, rolsuper OR rolbypassrls AS is_above, current_user <> session_user AS has_taken_role "
    "FROM pg_roles WHERE rolname = current_user"
)


def companies_apart(connection: Connection) -> Finding:
    """Say whether the net holds for units that begin on a connection like this one, which names no company."""
    check = "companies_apart"
    if connection.dialect.name != "postgresql":
        return Finding(check, is_fine=True, detail="by every statement; SQLite has no second net")
    outside = connection.execute(_OUTSIDE).scalars().all()
    who = connection.execute(_WHO).one()
    if not outside:
        by = f"as the role {ROLE}" if who.has_taken_role else f"as {who.name}, the tables' owner"
        return Finding(check, is_fine=True, detail=f"by row-level security, {by}")
    if not who.is_above:
        return Finding(
            check,
            is_fine=False,
            detail=f"row-level security does not hold for {', '.join(outside)}",
            mend="run: leadintake migrate (remove policies of your own from these tables before)",
        )
    if who.has_taken_role:
        return Finding(
            check,
            is_fine=False,
            detail=f"the role {ROLE} stands above row-level security",
            mend=f"let an administrator of the database run: ALTER ROLE {ROLE} NOSUPERUSER NOBYPASSRLS;",
        )
    quoted = '"' + who.name.replace('"', '""') + '"'
    return Finding(
        check,
        is_fine=False,
        detail=f"{who.name} stands above row-level security and cannot take the role {ROLE}: only the statements' own "
        "filters keep companies apart",
        mend=f"let an administrator of the database run: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO {quoted}; "
        f"(the first only if the role is not there), then run leadintake migrate and start leadintake again",
    )
