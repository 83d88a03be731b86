SELECT position, tenant_id::text, revision, created_at
FROM changes
WHERE position > $1
ORDER BY position
LIMIT $2
