-- One statement writes a batch and who acted in it, whole or not at all: each statement costs a turn of the connection's
-- thread, and a batch is waited for.
-- `users`: JSON list of the users' ids as hexadecimal digits.

CREATE VIEW new_decision_batches AS
SELECT tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, records, packed, '[]' AS users
FROM decision_batches
WHERE FALSE;

CREATE TRIGGER new_decision_batches_insert INSTEAD OF INSERT ON new_decision_batches
BEGIN
    INSERT INTO decision_batches (tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, records, packed)
    VALUES (
        NEW.tenant_id, NEW.first_sequence, NEW.last_sequence, NEW.earliest_ns, NEW.latest_ns, NEW.records, NEW.packed
    );
    INSERT INTO decision_batch_users (tenant_id, user_id, first_sequence)
    SELECT NEW.tenant_id, unhex(value), NEW.first_sequence FROM json_each(NEW.users);
END;
