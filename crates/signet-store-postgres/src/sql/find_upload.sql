SELECT tenant_id::text, upload_id::text, version, expires_ns, state
FROM uploads
WHERE tenant_id = $1::uuid AND upload_id = $2::uuid
