WITH chosen AS MATERIALIZED (
    SELECT tenant_id, queue, name FROM jobs
    WHERE queue = $1 AND available_ns IS NOT NULL AND available_ns <= $3
    ORDER BY available_ns
    LIMIT 1
    -- Another worker is about to have those that are locked.
    FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET
    attempts = jobs.attempts + 1,
    lost = jobs.lost + (jobs.lease IS NOT NULL)::int,
    available_ns = $4,
    lease = $2::uuid
FROM chosen
WHERE jobs.tenant_id = chosen.tenant_id AND jobs.queue = chosen.queue AND jobs.name = chosen.name
RETURNING jobs.tenant_id::text, jobs.queue, jobs.name, jobs.payload, jobs.created_ns, jobs.attempts, jobs.lost,
    jobs.available_ns, jobs.lease::text, jobs.result, jobs.keep_until_ns
