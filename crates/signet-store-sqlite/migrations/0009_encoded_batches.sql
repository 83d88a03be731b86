-- Records are kept as bytes without names instead of as JSON, which costs a fraction to write, and a batch says which
-- labels its records name, so that looking for a label need not read the others.
-- `labels`: the ids of the labels before and after, 16 bytes each, without repetition. NULL: not known.
-- `encoded`: the records as `decision_code.rs` writes them, as one block. NULL: they are in `records` or `packed`.
-- Nothing is rewritten: all forms are read. An older program could not read the new one, and must not open the store.

ALTER TABLE decision_batches ADD COLUMN labels BLOB;
ALTER TABLE decision_batches ADD COLUMN encoded BLOB;

DROP VIEW new_decision_batches; -- and its trigger

CREATE VIEW new_decision_batches AS
SELECT tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, labels, encoded, '[]' AS users
FROM decision_batches
WHERE FALSE;

CREATE TRIGGER new_decision_batches_insert INSTEAD OF INSERT ON new_decision_batches
BEGIN
    INSERT INTO decision_batches (
        tenant_id, first_sequence, last_sequence, earliest_ns, latest_ns, records, labels, encoded
    )
    VALUES (
        NEW.tenant_id, NEW.first_sequence, NEW.last_sequence, NEW.earliest_ns, NEW.latest_ns, '', NEW.labels, NEW.encoded
    );
    INSERT INTO decision_batch_users (tenant_id, user_id, first_sequence)
    SELECT NEW.tenant_id, unhex(value), NEW.first_sequence FROM json_each(NEW.users);
END;
