UPDATE item_ids
SET source_key = $4, path = $5
WHERE tenant_id = $1::uuid AND drive_id = $2 AND item_id = $3
