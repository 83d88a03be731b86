INSERT INTO tenants (tenant_id, revision, short_name, display_name)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id) DO UPDATE SET
    revision = excluded.revision,
    short_name = excluded.short_name,
    display_name = excluded.display_name
