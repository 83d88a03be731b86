INSERT INTO uploads (tenant_id, upload_id, version, expires_ns, state)
VALUES ($1::uuid, $2::uuid, $3, $4, $5)
