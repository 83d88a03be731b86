SELECT COUNT(*) AS jobs FROM jobs WHERE queue = $1 AND available_ns IS NOT NULL
