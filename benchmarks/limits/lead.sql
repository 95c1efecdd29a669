\set token random(1, 1000)
\set number random(2010000000, 9899999999)
-- A whole lead in one statement and one transaction: whose token, the caller, the lead, the fact, the delivery.
WITH token AS MATERIALIZED (
    SELECT company_id, source_id FROM limit_token WHERE digest = sha256(('token-' || :token)::bytea) AND is_active
), caller AS (
    INSERT INTO limit_caller (company_id, number, first_name, last_name, email)
    SELECT company_id, '+1' || :number, 'Ada', 'Lovelace', 'ada@example.com' FROM token
    ON CONFLICT (company_id, number) DO UPDATE SET first_name = EXCLUDED.first_name, updated_at = now()
    RETURNING id
), lead AS (
    INSERT INTO limit_lead (public_id, company_id, caller_id, number, source_id, tokens)
    SELECT gen_random_uuid(), token.company_id, caller.id, '+1' || :number, token.source_id,
        '{"zip":"97205","interest":"rooftop solar","landing_page":"https://solar.example/","gclid":"Cj0KCQjw"}'::jsonb
    FROM token, caller
    ON CONFLICT (company_id, number) DO UPDATE
    SET tokens = limit_lead.tokens || EXCLUDED.tokens, times = limit_lead.times + 1, updated_at = now()
    RETURNING id, public_id, xmax = 0 AS is_new
), fact AS (
    INSERT INTO limit_fact (company_id, lead_id, details)
    SELECT token.company_id, lead.id, '{"ip":"127.0.0.1","agent":"wrk","zip":"97205","interest":"rooftop solar"}'::jsonb
    FROM token, lead
    RETURNING id
), delivery AS (
    INSERT INTO limit_delivery (lead_id, payload)
    SELECT id, jsonb_build_object('lead', public_id) FROM lead
    RETURNING id
)
SELECT lead.id, lead.public_id, lead.is_new, fact.id, delivery.id, EXISTS (
    SELECT FROM limit_opt_out, token
    WHERE limit_opt_out.company_id = token.company_id AND limit_opt_out.number = '+1' || :number
) AS has_opted_out
FROM lead, fact, delivery;
