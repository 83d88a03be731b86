UPDATE jobs SET
    attempts = attempts + 1,
    lost = lost + (lease IS NOT NULL),
    available_ns = $4,
    lease = $2
WHERE rowid = (
    SELECT rowid FROM jobs
    WHERE queue = $1 AND available_ns IS NOT NULL AND available_ns <= $3
    ORDER BY available_ns
    LIMIT 1
)
RETURNING tenant_id, queue, name, payload, created_ns, attempts, lost, available_ns, lease, result, keep_until_ns
