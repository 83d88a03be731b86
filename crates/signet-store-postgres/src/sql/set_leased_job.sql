UPDATE jobs SET
    available_ns = $5,
    lease = $6::uuid,
    result = $7,
    keep_until_ns = $8
WHERE tenant_id = $1::uuid AND queue = $2 AND name = $3 AND lease = $4::uuid
RETURNING name
