DELETE FROM uploads
WHERE tenant_id = $1::uuid AND upload_id = $2::uuid
RETURNING version
