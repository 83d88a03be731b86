INSERT INTO changes (tenant_id, revision, created_at)
VALUES ($1, $2, $3)
