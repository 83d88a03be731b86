INSERT INTO jobs (tenant_id, queue, name, payload, created_ns, attempts, available_ns)
VALUES ($1::uuid, $2, $3, $4, $5, 0, $5)
