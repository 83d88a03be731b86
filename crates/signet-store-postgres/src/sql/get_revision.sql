SELECT revision, created_at, author, note, document
FROM revisions
WHERE tenant_id = $1::uuid AND revision = $2
