SELECT revision, created_at, author, note
FROM revisions
WHERE tenant_id = $1::uuid AND revision < $2
ORDER BY revision DESC
LIMIT $3
