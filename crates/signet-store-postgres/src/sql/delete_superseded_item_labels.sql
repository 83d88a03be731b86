DELETE FROM item_labels
WHERE tenant_id = $1::uuid AND drive_id = $2 AND item_id = $3
  AND NOT (content_tag = $4 AND extension = $5 AND extractor_version = $6)
  AND extractor_version <= $6
  AND observed_ns <= $7
  AND ($8 OR labels IS NULL)
