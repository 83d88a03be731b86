INSERT INTO revisions (tenant_id, revision, created_at, author, note, document)
VALUES ($1, $2, $3, $4, $5, $6)
