-- The decision log by batches: records of one tenant written together are one row, so that a record costs little more
-- than its text. Records are numbered without gaps: a batch holds `first_sequence` to `last_sequence`.
-- `records`: a record as JSON on each line, without its sequence, in order.
-- `earliest_ns`, `latest_ns`: nanoseconds since 1970 of the earliest and the latest record; times only roughly follow
-- sequences.

CREATE TABLE decision_batches (
    tenant_id      BLOB    NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    earliest_ns    INTEGER NOT NULL,
    latest_ns      INTEGER NOT NULL,
    records        TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, first_sequence)
) STRICT;

CREATE INDEX decision_batches_by_time ON decision_batches (tenant_id, latest_ns, earliest_ns, first_sequence);

-- Who acted in which batch.
CREATE TABLE decision_batch_users (
    tenant_id      BLOB    NOT NULL,
    user_id        BLOB    NOT NULL,
    first_sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, first_sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO decision_batches
SELECT tenant_id, sequence, sequence, time_ns, time_ns, record FROM decisions;

INSERT INTO decision_batch_users
SELECT tenant_id, user_id, sequence FROM decisions WHERE user_id IS NOT NULL;

DROP TABLE decisions;
