WITH purged AS (DELETE FROM jobs WHERE keep_until_ns < $1 RETURNING name)
SELECT COUNT(*) AS purged FROM purged
