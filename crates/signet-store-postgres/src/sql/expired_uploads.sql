SELECT tenant_id::text, upload_id::text, version, expires_ns, state
FROM uploads
WHERE expires_ns < $1
ORDER BY expires_ns
LIMIT $2
