DELETE FROM jobs
WHERE tenant_id = $1::uuid AND queue = $2 AND name = $3 AND lease = $4::uuid
RETURNING name
