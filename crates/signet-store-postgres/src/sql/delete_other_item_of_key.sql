DELETE FROM item_ids
WHERE tenant_id = $1::uuid AND drive_id = $2 AND source_key = $3 AND item_id <> $4
