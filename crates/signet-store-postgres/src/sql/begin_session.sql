-- What the guarantees of the store rest on must not depend on the settings of the database.
SELECT
    set_config('statement_timeout', $1, FALSE),
    set_config('idle_in_transaction_session_timeout', $2, FALSE),
    set_config('default_transaction_isolation', 'read committed', FALSE),
    set_config('jit', 'off', FALSE),
    CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', FALSE) END
