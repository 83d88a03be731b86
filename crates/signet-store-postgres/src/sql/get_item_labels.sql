SELECT observed_ns, kind, protection, labels, refusal_reason, refusal_message
FROM item_labels
WHERE tenant_id = $1::uuid AND drive_id = $2 AND item_id = $3
  AND content_tag = $4 AND extension = $5 AND extractor_version = $6
