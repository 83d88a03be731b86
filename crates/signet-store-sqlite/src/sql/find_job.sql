SELECT tenant_id, queue, name, payload, created_ns, attempts, lost, available_ns, lease, result, keep_until_ns
FROM jobs
WHERE tenant_id = $1 AND queue = $2 AND name = $3
