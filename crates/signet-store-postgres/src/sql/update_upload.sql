UPDATE uploads SET version = $3, expires_ns = $4, state = $5
WHERE tenant_id = $1::uuid AND upload_id = $2::uuid AND version = $3 - 1
RETURNING version
