-- Until the end of the transaction, whether or not the item has rows.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 0))::text
