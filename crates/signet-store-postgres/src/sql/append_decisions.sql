WITH counted AS (
    INSERT INTO decision_counters AS known (tenant_id, latest)
    SELECT added.tenant_id::uuid, added.records
    FROM UNNEST($1::text[], $2::bigint[]) AS added (tenant_id, records)
    -- In one order for all replicas, who then wait for each other instead of in a circle.
    ORDER BY added.tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET latest = known.latest + excluded.latest
    RETURNING tenant_id, latest
),
written AS (
    INSERT INTO decisions (
        tenant_id, sequence, time_ns, operation, outcome, user_id, application_id, application_name,
        label_before, label_after, record
    )
    SELECT counted.tenant_id, counted.latest - new.followers, new.time_ns, new.operation, new.outcome,
        new.user_id::uuid, new.application_id, new.application_name,
        new.label_before::uuid, new.label_after::uuid, new.record
    FROM UNNEST(
        $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::text[], $12::text[], $13::text[]
    ) AS new (
        tenant_id, followers, time_ns, operation, outcome, user_id, application_id, application_name,
        label_before, label_after, record
    )
    JOIN counted ON counted.tenant_id = new.tenant_id::uuid
)
SELECT tenant_id::text, latest FROM counted
