-- Callers that name the same thing take turns, until the end of the transaction and whether or not it has rows.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 0))::text
