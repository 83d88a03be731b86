SELECT COUNT(*) AS beside, COUNT(*) FILTER (WHERE upload_id = $2::uuid) AS taken
FROM uploads
WHERE tenant_id = $1::uuid
