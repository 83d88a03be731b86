SELECT tenant_id::text, revision, short_name, display_name
FROM tenants
WHERE $1::uuid IS NULL OR tenant_id > $1::uuid
ORDER BY tenant_id
LIMIT $2
