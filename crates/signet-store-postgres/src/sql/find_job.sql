SELECT tenant_id::text, queue, name, payload, created_ns, attempts, lost, available_ns, lease::text, result, keep_until_ns
FROM jobs
WHERE tenant_id = $1::uuid AND queue = $2 AND name = $3
