SELECT
    EXISTS (SELECT FROM jobs WHERE tenant_id = $1::uuid AND queue = $2 AND name = $3) AS same,
    (SELECT COUNT(*) FROM jobs WHERE tenant_id = $1::uuid AND queue = $2 AND available_ns IS NOT NULL) AS beside
