SELECT tenant_id, revision, short_name, display_name
FROM tenants
WHERE tenant_id > $1
ORDER BY tenant_id
LIMIT $2
