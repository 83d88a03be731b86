SELECT revisions.revision, revisions.created_at, revisions.author, revisions.note, revisions.document
FROM tenants
JOIN revisions ON revisions.tenant_id = tenants.tenant_id AND revisions.revision = tenants.revision
WHERE tenants.tenant_id = $1::uuid
