INSERT INTO item_ids (tenant_id, drive_id, item_id, source_key, path)
SELECT $1::uuid, $2, seen.item_id, seen.source_key, seen.path
FROM UNNEST($3::text[], $4::text[], $5::text[]) AS seen (item_id, source_key, path)
-- In one order for all callers, who then wait for each other instead of in a circle.
ORDER BY seen.source_key COLLATE "C"
ON CONFLICT (tenant_id, drive_id, source_key) DO UPDATE SET path = excluded.path
RETURNING item_id, source_key, path
