DELETE FROM item_labels
WHERE tenant_id = $1::uuid AND drive_id = $2 AND item_id = $3
RETURNING item_id
