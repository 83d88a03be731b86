INSERT INTO item_labels (
    tenant_id, drive_id, item_id, content_tag, extension, extractor_version,
    observed_ns, kind, protection, labels, refusal_reason, refusal_message
)
VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant_id, drive_id, item_id, content_tag, extension, extractor_version) DO UPDATE SET
    observed_ns = excluded.observed_ns,
    kind = excluded.kind,
    protection = excluded.protection,
    labels = excluded.labels,
    refusal_reason = excluded.refusal_reason,
    refusal_message = excluded.refusal_message
WHERE excluded.labels IS NOT NULL OR item_labels.labels IS NULL
