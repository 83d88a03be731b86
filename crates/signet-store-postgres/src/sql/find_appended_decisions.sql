SELECT decisions.tenant_id::text, MAX(decisions.sequence) AS sequence
FROM UNNEST($1::text[], $2::bigint[], $3::text[]) AS wanted (tenant_id, time_ns, record)
JOIN decisions
    ON decisions.tenant_id = wanted.tenant_id::uuid
    AND decisions.time_ns = wanted.time_ns
    AND decisions.record = wanted.record
GROUP BY decisions.tenant_id
