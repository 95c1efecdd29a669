-- The fewest tables that a lead can be kept in, for the PostgreSQL limit. In a database of their own.
DROP TABLE IF EXISTS limit_token, limit_caller, limit_lead, limit_fact, limit_delivery, limit_opt_out;

CREATE TABLE limit_token (
    digest bytea PRIMARY KEY,
    company_id bigint NOT NULL,
    source_id bigint NOT NULL,
    is_active boolean NOT NULL
);
CREATE TABLE limit_caller (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL,
    number text NOT NULL,
    first_name text,
    last_name text,
    email text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company_id, number)
);
CREATE TABLE limit_lead (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL,
    company_id bigint NOT NULL,
    caller_id bigint NOT NULL,
    number text NOT NULL,
    source_id bigint NOT NULL,
    tokens jsonb NOT NULL,
    times integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company_id, number)
);
CREATE TABLE limit_fact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL,
    lead_id bigint NOT NULL,
    details jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON limit_fact (company_id, at);
CREATE TABLE limit_delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lead_id bigint NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz
);
CREATE INDEX ON limit_delivery (id) WHERE delivered_at IS NULL;
CREATE TABLE limit_opt_out (
    company_id bigint NOT NULL,
    number text NOT NULL,
    PRIMARY KEY (company_id, number)
);

INSERT INTO limit_token
SELECT sha256(('token-' || n)::bytea), n % 20, n % 50, true FROM generate_series(1, 1000) AS n;
INSERT INTO limit_opt_out
SELECT n % 20, '+1201555' || lpad(n::text, 4, '0') FROM generate_series(1, 9999) AS n;
ANALYZE;
